package translation

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// finder collects sentences.
type finder struct {
	root    string
	known   map[[2]string]*Sentence
	missing []Place
}

func (f *finder) walk() error {
	return filepath.WalkDir(f.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != f.root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || name == "dist") {
				return fs.SkipDir
			}
			return nil
		}
		switch {
		case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
			return f.source(path)
		case strings.HasSuffix(name, ".html") && filepath.Base(filepath.Dir(path)) == "templates":
			return f.template(path)
		}
		return nil
	})
}

func (f *finder) add(en, zh string, p Place) {
	key := [2]string{en, zh}
	s := f.known[key]
	if s == nil {
		s = &Sentence{En: en, Zh: zh}
		f.known[key] = s
	}
	s.Places = append(s.Places, p)
}

// file is one Go file.
type file struct {
	*finder
	name string
	set  *token.FileSet
}

// source reads a Go file: wherever a Chinese text follows an English one, among the elements of a literal or the arguments of
// a call, that is a sentence.
func (f *finder) source(path string) error {
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	in := &file{finder: f, name: f.relative(path), set: set}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			in.pairs(n.Args)
		case *ast.CompositeLit:
			in.pairs(values(n.Elts))
			in.complete(n)
		}
		return true
	})
	return nil
}

// values returns the elements of a literal without their keys.
func values(elements []ast.Expr) []ast.Expr {
	out := make([]ast.Expr, len(elements))
	for i, e := range elements {
		out[i] = e
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			out[i] = kv.Value
		}
	}
	return out
}

// pairs adds the sentences among neighbours. Texts that are put together of several are paired one by one if there are as many in
// both languages.
func (f *file) pairs(all []ast.Expr) {
	for i := 1; i < len(all); i++ {
		en, zh := texts(all[i-1]), texts(all[i])
		if len(en) != len(zh) {
			continue
		}
		for k := range zh {
			a, b := unquote(en[k]), unquote(zh[k])
			if chinese(b) && !chinese(a) {
				at := f.set.Position(zh[k].Pos())
				f.add(a, b, Place{File: f.name, Line: at.Line, from: at.Offset, to: at.Offset + len(zh[k].Value)})
			}
		}
	}
}

// complete notes a literal of i18n.Text that says something in English only.
func (f *file) complete(lit *ast.CompositeLit) {
	sel, ok := lit.Type.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Text" {
		return
	}
	if pkg, ok := sel.X.(*ast.Ident); !ok || pkg.Name != "i18n" {
		return
	}
	said := map[string]bool{}
	wordless := true
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			return
		}
		key, _ := kv.Key.(*ast.Ident)
		parts := texts(kv.Value)
		for _, p := range parts {
			wordless = wordless && !wordy(unquote(p))
		}
		said[key.Name] = len(parts) != 1 || unquote(parts[0]) != ""
	}
	if said["En"] != said["Zh"] && !wordless {
		f.missing = append(f.missing, Place{File: f.name, Line: f.set.Position(lit.Pos()).Line})
	}
}

// texts returns the literals that an expression is put together of: itself, the format of a call of Sprintf, or the parts of a sum.
func texts(e ast.Expr) []*ast.BasicLit {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			return []*ast.BasicLit{e}
		}
	case *ast.ParenExpr:
		return texts(e.X)
	case *ast.BinaryExpr:
		return append(texts(e.X), texts(e.Y)...)
	case *ast.CallExpr:
		if sel, ok := e.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Sprintf" && len(e.Args) > 0 {
			return texts(e.Args[0])
		}
	}
	return nil
}

func unquote(lit *ast.BasicLit) string {
	s, err := strconv.Unquote(lit.Value)
	if err != nil { // the parser has accepted it
		panic(fmt.Sprintf("literal %s: %v", lit.Value, err))
	}
	return s
}

// said is a sentence of a template.
var said = regexp.MustCompile(`\bSayf? ("(?:[^"\\]|\\.)*") ("(?:[^"\\]|\\.)*")`)

// template reads a template of pages.
func (f *finder) template(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for _, m := range said.FindAllSubmatchIndex(data, -1) {
		place := Place{File: f.relative(path), Line: strings.Count(string(data[:m[4]]), "\n") + 1, from: m[4], to: m[5]}
		en, errEn := strconv.Unquote(string(data[m[2]:m[3]]))
		zh, errZh := strconv.Unquote(string(data[m[4]:m[5]]))
		if errEn != nil || errZh != nil || en == "" || zh == "" {
			f.missing = append(f.missing, place)
			continue
		}
		f.add(en, zh, place)
	}
	return nil
}

func (f *finder) relative(path string) string {
	rel, err := filepath.Rel(f.root, path)
	if err != nil {
		return path
	}
	return filepath.ToSlash(rel)
}
