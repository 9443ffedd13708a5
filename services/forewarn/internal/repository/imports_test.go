package repository

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestModelsArePure: a model gets numbers and returns numbers, so that replay and back-test see what production saw.
func TestModelsArePure(t *testing.T) {
	forbidden := []string{"os", "io", "net", "log", "sync", "syscall", "math/rand", "go.uber.org/zap", modulePrefix + "shared", modulePrefix + "services"}
	clock := map[string]bool{"Now": true, "Since": true, "Until": true, "Sleep": true, "After": true, "Tick": true, "NewTimer": true, "NewTicker": true, "AfterFunc": true}
	for _, s := range program(t) {
		if s.module() != "models" {
			continue
		}
		for _, imported := range s.imports() {
			for _, p := range forbidden {
				if imported == p || strings.HasPrefix(imported, p+"/") {
					t.Errorf("%s imports %s; models are pure: take what you need as an argument, or move the code to the service", s.path, imported)
				}
			}
		}
		s.calls(func(call *callExpr, x, name string) {
			if x == "time" && clock[name] {
				t.Errorf("%s calls time.%s; models do not read the clock: take the time as an argument", s.at(call), name)
			}
		})
	}
}

// TestImportsReadDownhill: models and shared do not know each other nor any service, and no service knows another.
func TestImportsReadDownhill(t *testing.T) {
	for _, s := range sources(t) {
		for _, imported := range s.imports() {
			rel, ours := strings.CutPrefix(imported, modulePrefix)
			if !ours {
				continue
			}
			if to := moduleOf(rel); to != s.module() && !mayImport(s.module(), to) {
				t.Errorf("%s imports %s; %s may not know %s: meet on a type in shared or on a subject of the bus", s.path, rel, s.module(), to)
			}
		}
	}
}

func moduleOf(rel string) string { return (&source{path: rel + "/x.go"}).module() }

func mayImport(from, to string) bool {
	switch {
	case from == "services/forewarn":
		return true
	case strings.HasPrefix(from, "services/"):
		return to == "shared" || to == "models"
	}
	return false
}

// TestModulesAreInTheWorkspace: a go.mod that go.work does not list is built by nobody, those below deploy apart.
func TestModulesAreInTheWorkspace(t *testing.T) {
	dir := root(t)
	work, err := os.ReadFile(filepath.Join(dir, "go.work"))
	if err != nil {
		t.Fatal(err)
	}
	mods, err := filepath.Glob(filepath.Join(dir, "services", "*", "go.mod"))
	if err != nil || len(mods) == 0 {
		t.Fatalf("no modules below services: %v", err)
	}
	for _, mod := range mods {
		name := "services/" + filepath.Base(filepath.Dir(mod))
		if !strings.Contains(string(work), "./"+name+"\n") {
			t.Errorf("go.work does not use ./%s; add it: go work use ./%s", name, name)
		}
	}
	if strings.Contains(string(work), "deploy/") {
		t.Error("go.work uses a module below deploy; take it out, it would raise every module's dependencies (docs/adr/0002)")
	}
}
