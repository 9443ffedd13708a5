// Package repository holds the repository's rules as tests: what lives where, who may import whom, what must be
// documented. They read the sources of all modules and say, for each breach, where it is and what to do.
//
// go test caches a result by the files of the tested module, and these tests read those of others: after a change
// elsewhere, run them with -count=1 (.ci/lint does).
package repository

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const modulePrefix = "github.com/forewarn/forewarn/"

// source is one Go file.
type source struct {
	// path is relative to the root of the repository, with slashes: "shared/bus/stream.go".
	path string
	data []byte
	file *ast.File
}

func (s *source) dir() string { return path.Dir(s.path) }
func (s *source) test() bool  { return strings.HasSuffix(s.path, "_test.go") }
func (s *source) pkg() string { return s.file.Name.Name }
func (s *source) lines() int  { return strings.Count(string(s.data), "\n") }
func (s *source) module() string {
	if parts := strings.SplitN(s.path, "/", 3); parts[0] == "services" {
		return parts[0] + "/" + parts[1]
	}
	return strings.SplitN(s.path, "/", 2)[0]
}

// owner is the name that the file's metrics carry: of its service, or of its shared package.
func (s *source) owner() string {
	if parts := strings.Split(s.path, "/"); len(parts) > 2 {
		return parts[1]
	}
	return s.module()
}

// imports returns the import paths of the file by the name under which the file knows them.
func (s *source) imports() map[string]string {
	out := map[string]string{}
	for _, spec := range s.file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(p)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		out[name] = p
	}
	return out
}

// at returns where a node is, for a message.
func (s *source) at(n ast.Node) string {
	return s.path + ":" + strconv.Itoa(fileSet.Position(n.Pos()).Line)
}

var fileSet = token.NewFileSet()

// root returns the root of the repository: the directory above that holds go.work.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.work above the working directory; run this test inside the repository")
		}
		dir = up
	}
}

// sources returns all Go files of the workspace's modules, sorted by path.
func sources(t *testing.T) []*source {
	t.Helper()
	dir := root(t)
	list, err := parsed(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatalf("no Go files below %s", dir)
	}
	return list
}

// parsed reads and parses once for all tests.
var parsed = func() func(string) ([]*source, error) {
	var (
		once sync.Once
		list []*source
		err  error
	)
	return func(dir string) ([]*source, error) {
		once.Do(func() { list, err = parseAll(dir, "models", "shared", "services") })
		return list, err
	}
}()

func parseAll(dir string, folders ...string) (list []*source, err error) {
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(dir, folder), func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")):
				return fs.SkipDir
			case d.IsDir() || filepath.Ext(name) != ".go":
				return nil
			}
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			file, err := parser.ParseFile(fileSet, name, data, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(dir, name)
			if err != nil {
				return err
			}
			list = append(list, &source{path: filepath.ToSlash(rel), data: data, file: file})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// program returns the files that are not tests.
func program(t *testing.T) (list []*source) {
	t.Helper()
	for _, s := range sources(t) {
		if !s.test() {
			list = append(list, s)
		}
	}
	return list
}

// byDir groups files by their directory.
func byDir(list []*source) map[string][]*source {
	out := map[string][]*source{}
	for _, s := range list {
		out[s.dir()] = append(out[s.dir()], s)
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// calls visits every call of a selector in the file as "x.Name", x being what the source says.
func (s *source) calls(visit func(call *ast.CallExpr, x, name string)) { calls(s.file, visit) }

func calls(in ast.Node, visit func(call *ast.CallExpr, x, name string)) {
	ast.Inspect(in, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
				x, _ := sel.X.(*ast.Ident)
				if x == nil {
					x = ast.NewIdent("")
				}
				visit(call, x.Name, sel.Sel.Name)
			}
		}
		return true
	})
}
