package repository

import (
	"go/ast"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

type (
	callExpr = ast.CallExpr
	funcDecl = ast.FuncDecl
)

// TestPackageComments: each package says once what it is for.
func TestPackageComments(t *testing.T) {
	for dir, files := range byDir(sources(t)) {
		var commented []string
		var name string
		onlyTests := true
		for _, s := range files {
			onlyTests = onlyTests && s.test()
		}
		for _, s := range files {
			if s.test() != onlyTests || strings.HasSuffix(s.pkg(), "_test") {
				continue
			}
			name = s.pkg()
			if text := s.file.Doc.Text(); text != "" {
				commented = append(commented, path.Base(s.path))
				if name != "main" && !strings.HasPrefix(text, "Package "+name+" ") {
					t.Errorf("%s: the package comment must begin with %q", s.path, "Package "+name+" ")
				}
			}
		}
		if name != "" && len(commented) != 1 {
			t.Errorf("%s: package %s has %d package comments %v; write exactly one: what it is for and what it guarantees", dir, name, len(commented), commented)
		}
	}
}

// TestNoHiddenState: nothing runs at import, nothing is reached through a global, only main ends the process.
func TestNoHiddenState(t *testing.T) {
	testing := map[string]bool{"t": true, "b": true, "f": true, "tb": true}
	for _, s := range sources(t) {
		for _, decl := range s.file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: init(); construct what it prepares in New and pass it on", s.at(f))
			}
		}
		zap := s.imports()["zap"]
		s.calls(func(call *callExpr, x, name string) {
			switch {
			case zap != "" && x == "zap" && (name == "L" || name == "S" || name == "ReplaceGlobals"):
				t.Errorf("%s: zap.%s; take a *zap.Logger in Settings", s.at(call), name)
			case !s.test() && x == "log" && s.imports()["log"] == "log":
				t.Errorf("%s: log.%s; take a *zap.Logger in Settings", s.at(call), name)
			case !s.test() && s.pkg() != "main" && x == "os" && name == "Exit":
				t.Errorf("%s: os.Exit; return an error, main decides", s.at(call))
			case !s.test() && zap != "" && !testing[x] && (name == "Fatal" || name == "Panic" || name == "DPanic") && len(call.Args) > 0:
				t.Errorf("%s: %s.%s; return an error, main decides", s.at(call), x, name)
			}
		})
	}
}

// TestPackageNames: a package is a noun that says what is in it.
func TestPackageNames(t *testing.T) {
	vague := map[string]bool{"util": true, "utils": true, "common": true, "helper": true, "helpers": true, "misc": true, "base": true, "types": true}
	for dir, files := range byDir(sources(t)) {
		if name := files[0].pkg(); vague[name] || vague[path.Base(dir)] {
			t.Errorf("%s: package %s; name it for what is in it", dir, name)
		}
	}
}

// maxLines is how long a file may be; one that has grown beyond holds two things. Tests may be longer.
const maxLines = 450

// longFiles are allowed to be longer, each for a reason.
var longFiles = map[string]string{}

// TestFileSize: a file is read in one sitting.
func TestFileSize(t *testing.T) {
	generated := regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)
	for _, s := range program(t) {
		if _, ok := longFiles[s.path]; ok || generated.Match(s.data) {
			continue
		}
		if n := s.lines(); n > maxLines {
			t.Errorf("%s has %d lines, more than %d; move the second thing in it to a file named for that", s.path, n, maxLines)
		}
	}
}

// TestNoLooseEnds: what is left to do is an issue, not a comment.
func TestNoLooseEnds(t *testing.T) {
	loose := regexp.MustCompile(`\b(` + "TO" + `DO|FIX` + `ME|XXX)\b`)
	for _, s := range sources(t) {
		for _, group := range s.file.Comments {
			if word := loose.FindString(group.Text()); word != "" {
				t.Errorf("%s: %s; do it, or open an issue and take the comment out", s.at(group), word)
			}
		}
	}
}

// TestFuzzTargetsHaveSeeds: a fuzz target without seeds tests nothing in an ordinary run, and starts blind in a long one.
func TestFuzzTargetsHaveSeeds(t *testing.T) {
	dir := root(t)
	for _, s := range sources(t) {
		for _, decl := range s.file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || !s.test() || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Fuzz") || f.Body == nil {
				continue
			}
			corpus, err := filepath.Glob(filepath.Join(dir, s.dir(), "testdata", "fuzz", f.Name.Name, "*"))
			if err != nil {
				t.Fatal(err)
			}
			if len(corpus) == 0 && !seeds(f) {
				t.Errorf("%s: %s has no seed; f.Add one valid input and one for each kind of damage", s.at(f), f.Name.Name)
			}
		}
	}
}

// seeds reports whether f adds a seed itself, or hands its *testing.F to a function that does.
func seeds(f *ast.FuncDecl) (found bool) {
	ast.Inspect(f.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		found = found || ok && sel.Sel.Name == "Add"
		for _, arg := range call.Args {
			id, ok := arg.(*ast.Ident)
			found = found || ok && id.Name == "f"
		}
		return true
	})
	return found
}

// finders are who may skip a test for what its machine lacks: the one place of the workspace, and deploy/check, which imports nothing of ours.
func finders(path string) bool {
	return strings.HasPrefix(path, "shared/machinetest/") || strings.HasPrefix(path, "deploy/check/")
}

// TestSkipsAreLoud: what a test needs of its machine is found in one place, which fails where CI promises that it is there.
func TestSkipsAreLoud(t *testing.T) {
	for _, s := range sources(t) {
		if finders(s.path) {
			continue
		}
		s.calls(func(call *callExpr, x, name string) {
			if x == "os" && name == "Getenv" && firstLiteral(call) == "FOREWARN_REQUIRE"+"_SERVERS" || s.test() && x == "exec" && name == "LookPath" {
				t.Errorf("%s: %s.%s; use machinetest.Program or machinetest.Need", s.at(call), x, name)
			}
		})
		if s.test() && !strings.Contains(string(s.data), "testing.Short()") {
			loud(t, s)
		}
	}
}

// loud judges the skips of one file. TestLive… are left out: they talk to a service on the internet, whose address a developer gives by
// hand; and what another test runs as a program of its own.
func loud(t *testing.T, s *source) {
	t.Helper()
	for _, decl := range s.file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || strings.HasPrefix(f.Name.Name, "TestLive") {
			continue
		}
		calls(f, func(call *callExpr, x, name string) {
			skips := (x == "t" || x == "b" || x == "tb") && strings.HasPrefix(name, "Skip")
			if skips && !strings.HasPrefix(firstLiteral(call), "only runs inside ") {
				t.Errorf("%s skips; use machinetest.Need, which fails when FOREWARN_REQUIRE"+"_SERVERS=1 is set", s.at(call))
			}
		})
	}
}

// firstLiteral returns the text that is written as the first argument of a call, "" if none is.
func firstLiteral(call *callExpr) string {
	if len(call.Args) == 0 {
		return ""
	}
	lit, ok := call.Args[0].(*ast.BasicLit)
	if !ok {
		return ""
	}
	text, err := strconv.Unquote(lit.Value)
	if err != nil { // a number
		return ""
	}
	return text
}
