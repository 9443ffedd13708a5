package repository

import (
	"go/ast"
	"go/token"
	"strings"
	"testing"
)

// TestNoMutableGlobals: a package-level variable is a constant that Go cannot express (a table, a sentinel, a compiled
// expression) or scratch space (a pool); nothing assigns to it, and nothing hands out its address.
func TestNoMutableGlobals(t *testing.T) {
	for _, files := range byDir(program(t)) {
		globals := map[string]*source{}
		for _, s := range files {
			for name, spec := range packageVariables(s) {
				globals[name] = s
				if len(spec.Values) == 0 && !scratch(spec) {
					t.Errorf("%s: variable %s of the package has no value, so somebody sets it later; construct it in New and pass it on", s.at(spec), name)
				}
			}
		}
		for _, s := range files {
			for _, decl := range s.file.Decls {
				if f, ok := decl.(*ast.FuncDecl); ok && f.Body != nil {
					for name, where := range written(f) {
						if globals[name] != nil {
							t.Errorf("%s changes %s, a variable of the package; make it a field of what owns it", s.at(where), name)
						}
					}
				}
			}
		}
	}
}

// packageVariables returns the variables that a file declares at package level, embedded files and blanks apart.
func packageVariables(s *source) map[string]*ast.ValueSpec {
	out := map[string]*ast.ValueSpec{}
	for _, decl := range s.file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR || embedded(gen.Doc) {
			continue
		}
		for _, spec := range gen.Specs {
			if vs, ok := spec.(*ast.ValueSpec); ok && !embedded(vs.Doc) {
				for _, name := range vs.Names {
					if name.Name != "_" {
						out[name.Name] = vs
					}
				}
			}
		}
	}
	return out
}

func embedded(doc *ast.CommentGroup) bool {
	if doc == nil {
		return false
	}
	for _, c := range doc.List {
		if strings.HasPrefix(c.Text, "//go:embed ") {
			return true
		}
	}
	return false
}

// scratch reports whether a variable is a pool, whose zero value is ready and whose content nobody can observe.
func scratch(spec *ast.ValueSpec) bool {
	sel, ok := spec.Type.(*ast.SelectorExpr)
	return ok && strings.HasSuffix(sel.Sel.Name, "Pool")
}

// written returns the names that a function assigns to, in whole or in part, or takes the address of, but for those
// that it declares itself.
func written(f *ast.FuncDecl) map[string]ast.Node {
	out, own := map[string]ast.Node{}, map[string]bool{}
	declare := func(e ast.Expr) {
		if id, ok := e.(*ast.Ident); ok {
			own[id.Name] = true
		}
	}
	write := func(e ast.Expr) {
		if id := base(e); id != nil {
			out[id.Name] = id
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.AssignStmt:
			for _, e := range x.Lhs {
				if x.Tok == token.DEFINE {
					declare(e)
				} else {
					write(e)
				}
			}
		case *ast.IncDecStmt:
			write(x.X)
		case *ast.UnaryExpr:
			if _, literal := x.X.(*ast.CompositeLit); x.Op == token.AND && !literal {
				write(x.X)
			}
		case *ast.RangeStmt:
			for _, e := range []ast.Expr{x.Key, x.Value} {
				if e != nil && x.Tok == token.DEFINE {
					declare(e)
				}
			}
		case *ast.ValueSpec:
			for _, id := range x.Names {
				own[id.Name] = true
			}
		case *ast.Field:
			for _, id := range x.Names {
				own[id.Name] = true
			}
		}
		return true
	})
	for name := range own {
		delete(out, name)
	}
	return out
}

// base returns the variable that an expression such as table[k].field reaches into; nil through a call.
func base(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}
