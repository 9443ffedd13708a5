package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/forewarn/forewarn/shared/config"
)

func TestText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.tmpl")
	if err := os.WriteFile(path, []byte("{{.What}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(doc, want, problem string) {
		t.Helper()
		var v struct {
			Text config.Text `yaml:"text"`
		}
		err := yaml.Unmarshal([]byte(doc), &v)
		if v.Text.Body != want || (err == nil) != (problem == "") || err != nil && !strings.Contains(err.Error(), problem) {
			t.Errorf("%s: %q, %v", doc, v.Text.Body, err)
		}
	}
	f("text: a\n", "a", "")
	f("text: |\n  a\n  b\n", "a\nb\n", "")
	f("text: file:"+path+"\n", "{{.What}}\n", "")
	f("text: file:"+path+".no\n", "", "line 1 column 7: text: open")
	f("text: [a]\n", "", "single value")
}

// TestTextIsWritten: what is written of a text reads as it did, and people are told where it stands.
func TestTextIsWritten(t *testing.T) {
	for text, name := range map[config.Text]string{{Body: "a\nb", File: "/x.tmpl"}: "/x.tmpl", {Body: "a\nb"}: "template"} {
		data, err := text.MarshalText()
		want := "a\nb"
		if text.File != "" {
			want = "file:" + text.File
		}
		if err != nil || string(data) != want || text.Name("template") != name {
			t.Errorf("%+v: written %q, called %q, %v", text, data, text.Name("template"), err)
		}
	}
}
