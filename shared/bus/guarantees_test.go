package bus_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// Every guarantee that doc.go numbers has a test whose name or comment starts with its number, and no test
// names one that does not exist.
func TestEveryGuaranteeHasATest(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	promised := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^//   - (G\d+): `).FindAllSubmatch(doc, -1) {
		promised[string(m[1])] = true
	}
	if len(promised) == 0 {
		t.Fatal("doc.go promises nothing")
	}
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	tested := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^// ((?:G\d+(?:, )?)+): .*(?:\n// .*)*\nfunc (?:Test|Fuzz)`).FindAllSubmatch(text, -1) {
			for _, g := range bytes.Split(m[1], []byte(", ")) {
				tested[string(g)] = true
			}
		}
	}
	for g := range promised {
		if !tested[g] {
			t.Errorf("%s is promised and not tested", g)
		}
	}
	for g := range tested {
		if !promised[g] {
			t.Errorf("%s is tested and not promised", g)
		}
	}
}
