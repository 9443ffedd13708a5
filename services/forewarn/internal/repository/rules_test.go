package repository

import (
	"go/parser"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// parse returns a file of the given text, as if it were at that path.
func parse(t *testing.T, path, text string) *source {
	t.Helper()
	file, err := parser.ParseFile(fileSet, path, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return &source{path: path, data: []byte(text), file: file}
}

// The rules below judge others, so they are judged first.

func TestWrittenFindsChanges(t *testing.T) {
	f := func(body, want string) {
		t.Helper()
		s := parse(t, "shared/x/x.go", "package x\nfunc (r *T) f(arg int) {"+body+"}")
		fn := s.file.Decls[0].(*funcDecl)
		if got := strings.Join(sortedKeys(written(fn)), " "); got != want {
			t.Errorf("written(%q) = %q, want %q", body, got, want)
		}
	}
	f("count = 1", "count")
	f("count++", "count")
	f("table[1].field = 2", "table")
	f("use(&state)", "state")
	f("(*p).x += 1", "p")
	f("count := 1; count = 2", "")
	f("var count int; count = 2", "")
	f("for i, v := range table { i, v = v, i }", "")
	f("arg = 1; r.x = 2", "")
	f("use(&T{}); _ = table[1]", "_")
}

func TestKeysAreFound(t *testing.T) {
	st := structs{byDir([]*source{
		parse(t, "services/a/config.go", "package a\nimport \"github.com/forewarn/forewarn/shared/tls\"\n"+
			"type Config struct {\n Listen string `yaml:\"listen\" env:\"LISTEN\"`\n Hidden int `yaml:\"-\"`\n secret int\n"+
			" TLS tls.Config `yaml:\"tls\"`\n Targets []Target `yaml:\"targets\"`\n Common `yaml:\",inline\"`\n Bare int\n}\n"+
			"type Target struct { URL string `yaml:\"url\"` }\ntype Common struct { Wait int `yaml:\"wait\"` }"),
		parse(t, "shared/tls/config.go", "package tls\ntype Config struct { Cert string `yaml:\"cert\" env:\"CERT\"` }"),
	})}
	var got []string
	for _, k := range st.keys("services/a", "Config") {
		line := k.path
		if !k.tagged {
			line += " untagged"
		}
		if k.scalar && !k.env {
			line += " no-env"
		}
		got = append(got, line)
	}
	want := []string{"listen", "tls", "tls.cert", "targets", "targets.url", "wait no-env", "bare untagged no-env"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

func TestMetricsAreFound(t *testing.T) {
	s := parse(t, "services/a/metrics.go", `package a
var x = []any{
	opts{Name: "forewarn_a_direct_total", Help: "Direct."},
	opts{Namespace: "forewarn", Subsystem: "a", Name: "parts_bytes", Help: "In parts."},
	counter("helped_total", "By a helper."),
	counter("forewarn_a_full_total", "By a helper, in full."),
	label("service", "kind"),
}`)
	want := []string{"forewarn_a_direct_total", "forewarn_a_full_total", "forewarn_a_helped_total", "forewarn_a_parts_bytes"}
	if diff := cmp.Diff(want, sortedKeys(metrics(s))); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}

func TestNamesAndChapters(t *testing.T) {
	manual := "# Configuration\n## `bus`\n| `url` | where |\n| `targets[].tls.cert` | file |\n## collector\n```yaml\ncollector:\n  interval: 10s\n```\n# End\n`wait`\n"
	bus, collector := chapterOf(manual, "bus"), chapterOf(manual, "collector")
	for _, c := range []struct {
		text, key string
		want      bool
	}{
		{bus, "url", true},
		{bus, "cert", true},
		{bus, "interval", false},
		{collector, "interval", true},
		{collector, "wait", false},
		{collector, "url", false},
	} {
		if got := names(c.text, c.key); got != c.want {
			t.Errorf("names(%q, %q) = %v, want %v", c.text, c.key, got, c.want)
		}
	}
	if got := chapterOf(manual, "trend"); got != "" {
		t.Errorf("chapterOf an absent section = %q, want nothing", got)
	}
}
