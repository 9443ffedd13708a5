package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestStarterConfiguration: what a new install begins with is valid, its calendar and catalogue too, and says in its comments what is.
func TestStarterConfiguration(t *testing.T) {
	const from = "../../../../deploy/release"
	text, err := os.ReadFile(filepath.Join(from, "forewarn.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.Abs(from)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "forewarn.yaml")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(text), "/etc/forewarn", dir)), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := Check(file, nil, &out); err != nil || strings.Contains(out.String(), "warning") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// TestStarterExamples: what stands in the comments of the starter catalogue and calendar is valid, too.
func TestStarterExamples(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"calendar.yaml", "catalogue.yaml"} {
		text, err := os.ReadFile(filepath.Join("../../../../deploy/release", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(uncommented(string(text))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "forewarn.yaml")
	if err := os.WriteFile(file, []byte("calendar: {files: ["+dir+"/calendar.yaml]}\ncatalogue: {files: ["+dir+"/catalogue.yaml]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := Check(file, nil, &out); err != nil {
		t.Error(err)
	}
}

// uncommented makes YAML of the comments that are YAML: those that begin with a key or continue one.
func uncommented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, "#")
		rest = strings.TrimPrefix(rest, " ")
		key, _, is := strings.Cut(rest, ":")
		example := ok && (strings.HasPrefix(rest, " ") || is && !strings.Contains(key, " "))
		if example && !strings.HasPrefix(strings.TrimSpace(rest), "#") {
			line = rest
		}
		b.WriteString(line)
	}
	return b.String()
}
