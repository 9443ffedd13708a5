package evidence

import (
	"slices"
	"strings"
	"testing"

	"github.com/forewarn/forewarn/models/signature"
	"github.com/forewarn/forewarn/shared/checks"
)

// TestBuiltin: the list is sound, every check has something to look at, and the kinds of messages are those of the dictionary.
func TestBuiltin(t *testing.T) {
	l, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks.Names() {
		metrics := 0
		for i := range l.Metrics {
			if l.Need(l.Metrics[i].Need).Check == c {
				metrics++
			}
		}
		if metrics == 0 || !slices.ContainsFunc(l.Messages, func(m Messages) bool { return m.Check == c }) {
			t.Errorf("%s: %d metrics, or no messages", c, metrics)
		}
	}
	for _, m := range l.Messages {
		for _, k := range m.Kinds {
			if !slices.Contains(signature.Kinds(), signature.Kind(k)) || l.CheckOf(k) != m.Check {
				t.Errorf("%s: %s is no kind of the dictionary, or belongs to two checks", m.Check, k)
			}
		}
	}
	if l.CheckOf("storage") != "" {
		t.Error("a full disk is none of the four")
	}
}

// TestParse: what is wrong is told, all at once.
func TestParse(t *testing.T) {
	_, err := Parse([]byte(`
needs:
  - {id: a, check: weather, of: [clouds], title: {en: a, zh: b}}
messages: [{check: weather, kinds: [lock]}]
metrics:
  - {id: m, need: b, sender: s, read: guess, match: ['x'], source: ""}
  - {id: m, need: a, sender: s, read: rate, whole: [w], metrics: [x], least: 1, title: {en: a, zh: b}, source: u}
`))
	for _, want := range []string{
		`need a: check: "weather" is none`, `"clouds" is no role`, `messages: check`, `need: "b" is not listed`, `sender: "s"`, "lacks metrics",
		`read: "guess"`, "least: 0 is not positive", "match: ", "is there twice", "whole: belongs",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q:\n%v", want, err)
		}
	}
	if _, err := Parse([]byte("metrics: [{colour: red}]")); err == nil || !strings.Contains(err.Error(), "colour") {
		t.Errorf("an unknown key: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(builtin)
	f.Add([]byte("metrics: [{id: a}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := Parse(data)
		if err != nil {
			return
		}
		for i := range l.Metrics {
			if l.Need(l.Metrics[i].Need) == nil {
				t.Errorf("metric %q is of no need", l.Metrics[i].ID)
			}
		}
	})
}
