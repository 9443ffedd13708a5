package calendar

import (
	"os"
	"strings"
	"testing"
)

// TestManualExample: what docs/calendar.md shows is what the parser takes, for every company in it.
func TestManualExample(t *testing.T) {
	manual, err := os.ReadFile("../../docs/calendar.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(manual), "## Add your own: YAML")
	_, rest, _ = strings.Cut(rest, "```yaml\n")
	example, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("docs/calendar.md has no example")
	}
	a, err := ParseYAML([]byte(example))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append([]string{""}, a.Companies()...) {
		c := build(t, Config{Zone: zone(t, "Asia/Shanghai"), Additions: []Additions{a}, Company: name})
		if c.Assumed(2027) || !c.Assumed(2028) {
			t.Errorf("company %q: assumed are 2027 %v, 2028 %v", name, c.Assumed(2027), c.Assumed(2028))
		}
	}
	for _, code := range Countries() {
		if !strings.Contains(string(manual), code) {
			t.Errorf("docs/calendar.md does not name country %s", code)
		}
	}
}
