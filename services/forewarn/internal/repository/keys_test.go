package repository

import (
	"go/ast"
	"path"
	"reflect"
	"strconv"
	"strings"
)

// key is one key of the configuration file.
type key struct {
	// path is relative to the section: "targets.interval".
	path string
	// at is where its field is declared.
	at string
	// tagged is false where the field lacks a yaml tag.
	tagged bool
	// scalar is true for a single value outside of lists and maps, env for one that the environment can set.
	scalar, env bool
	// group is true for a key that only holds other keys; naming those is enough.
	group bool
}

func (k key) last() string { return path.Base(strings.ReplaceAll(k.path, ".", "/")) }

// structs finds type declarations by directory and name, across packages of this repository.
type structs struct {
	files map[string][]*source
}

func (st structs) find(dir, name string) (*source, ast.Expr) {
	for _, s := range st.files[dir] {
		for _, decl := range s.file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range gen.Specs {
				if ts, ok := spec.(*ast.TypeSpec); ok && ts.Name.Name == name {
					return s, ts.Type
				}
			}
		}
	}
	return nil, nil
}

// keys returns the keys of the named struct, nested ones included, without those of types that are not structs here.
func (st structs) keys(dir, name string) []key {
	s, typ := st.find(dir, name)
	if s == nil {
		return nil
	}
	return st.walk(s, typ, "", map[string]bool{dir + "." + name: true})
}

func (st structs) walk(s *source, typ ast.Expr, prefix string, seen map[string]bool) (out []key) {
	switch x := typ.(type) {
	case *ast.StarExpr:
		return st.walk(s, x.X, prefix, seen)
	case *ast.ArrayType:
		return listed(st.walk(s, x.Elt, prefix, seen))
	case *ast.MapType:
		return listed(st.walk(s, x.Value, prefix, seen))
	case *ast.Ident:
		return st.follow(s.dir(), x.Name, prefix, seen)
	case *ast.SelectorExpr:
		pkg, ok := x.X.(*ast.Ident)
		if !ok {
			return nil
		}
		if rel, ok := strings.CutPrefix(s.imports()[pkg.Name], modulePrefix); ok {
			return st.follow(rel, x.Sel.Name, prefix, seen)
		}
	case *ast.StructType:
		for _, f := range x.Fields.List {
			out = append(out, st.field(s, f, prefix, seen)...)
		}
	}
	return out
}

// listed marks keys below a list or a map: the environment has no way to name them.
func listed(keys []key) []key {
	for i := range keys {
		keys[i].scalar = false
	}
	return keys
}

// composite reports whether a field holds more than one value.
func composite(typ ast.Expr) bool {
	switch x := typ.(type) {
	case *ast.StarExpr:
		return composite(x.X)
	case *ast.ArrayType, *ast.MapType, *ast.StructType:
		return true
	}
	return false
}

func (st structs) follow(dir, name, prefix string, seen map[string]bool) []key {
	id := dir + "." + name
	if seen[id] {
		return nil
	}
	s, typ := st.find(dir, name)
	if s == nil {
		return nil
	}
	seen[id] = true
	defer delete(seen, id)
	return st.walk(s, typ, prefix, seen)
}

func (st structs) field(s *source, f *ast.Field, prefix string, seen map[string]bool) []key {
	var tag reflect.StructTag
	if f.Tag != nil {
		text, err := strconv.Unquote(f.Tag.Value)
		if err == nil {
			tag = reflect.StructTag(text)
		}
	}
	value, tagged := tag.Lookup("yaml")
	name, options, _ := strings.Cut(value, ",")
	switch {
	case name == "-":
		return nil
	case strings.Contains(options, "inline"):
		return st.walk(s, f.Type, prefix, seen)
	case len(f.Names) > 0 && !f.Names[0].IsExported():
		return nil
	case name == "" && len(f.Names) > 0:
		name = strings.ToLower(f.Names[0].Name)
	}
	nested := st.walk(s, f.Type, prefix+name+".", seen)
	_, env := tag.Lookup("env")
	own := key{path: prefix + name, at: s.at(f), tagged: tagged, scalar: len(nested) == 0 && !composite(f.Type), env: env, group: len(nested) > 0}
	return append([]key{own}, nested...)
}
