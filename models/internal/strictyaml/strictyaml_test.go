package strictyaml_test

import (
	"strings"
	"testing"

	"github.com/forewarn/forewarn/models/internal/strictyaml"
)

// TestDecode: what is right is read, and of what is wrong everything is said at once.
func TestDecode(t *testing.T) {
	form := strictyaml.Form{Name: "books", Manual: "docs/books.md", Wanted: func(goType string) string { return "what fits " + goType }}
	f := func(text string, want ...string) {
		t.Helper()
		var out struct {
			Name  string `yaml:"name"`
			Pages int    `yaml:"pages"`
		}
		err := form.Decode([]byte(text), &out)
		if len(want) == 0 {
			if err != nil || strings.Contains(text, "name") && out.Name != "ledger" {
				t.Errorf("%q: %+v, %v", text, out, err)
			}
			return
		}
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%q: %v does not say %q", text, err, w)
			}
		}
	}
	f("")
	f("# nothing\n")
	f("name: ledger\npages: 3\n")
	f("nam: x\npages: many\n", `books: line 1: unknown key "nam"; remove it or correct its spelling (see docs/books.md)`,
		`books: line 2: "many" does not fit here; write what fits int`)
	f("name: [\n", "correct the YAML syntax")
	f("name: ledger\n---\nname: other\n", "a second document begins at ---")
	f(strings.Repeat("#", 1<<20+1), "1 MiB is the most")
}
