package evaluation_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/forewarn/forewarn/services/forewarn/internal/evaluation"
	"github.com/forewarn/forewarn/services/forewarn/internal/scenario"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// peers are all methods but the model, whose figures are to change.
func peers() []string {
	return []string{"first_passage", "node_mixin_6h", "predict_linear_1h", "static_90", "theil_sen_42d", "timeleft_exponential", "timeleft_linear"}
}

func small() evaluation.Options {
	return evaluation.Options{
		Seed: 1, Series: 2, Methods: peers(),
		Families: []string{"linear-fill", "runaway", "high-flat", "cleaned-in-time", "leak-gc", "warmup"},
	}
}

func run(t *testing.T, o evaluation.Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := evaluation.Run(t.Context(), o, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestGolden holds the figures of today's rules on a few families. A change of it changes what models are compared with.
func TestGolden(t *testing.T) {
	golden := filepath.Join("testdata", "peers.golden")
	got, _, _ := strings.Cut(run(t, small()), "\n{") // the tables say enough
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("output (-want +got), -update if it is meant to change:\n%s", diff)
	}
}

// TestFilesGiveTheSameFigures writes what was measured, reads it back and measures it again.
func TestFilesGiveTheSameFigures(t *testing.T) {
	o := small()
	o.Lines = t.TempDir()
	want := methods(t, run(t, o))
	o.Data, o.Lines = o.Lines, ""
	if diff := cmp.Diff(want, methods(t, run(t, o))); diff != "" {
		t.Errorf("figures on the files (-made +read):\n%s", diff)
	}
}

// methods returns the part of the JSON object that tells about the methods.
func methods(t *testing.T, output string) any {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(output), "\n")
	var object map[string]any
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &object); err != nil {
		t.Fatal(err)
	}
	return object["methods"]
}

// TestTheModelTakesPart: the worker understands every family's names, and forecasts.
func TestTheModelTakesPart(t *testing.T) {
	o := small()
	o.Series, o.Methods, o.Lines = 1, []string{"forewarn"}, t.TempDir()
	o.HeldOut, o.Families = true, []string{"linear-fill", "inode-storm-fill", "connections-fill", "leak-gc"}
	run(t, o)
	said, err := os.ReadFile(filepath.Join(o.Lines, "forewarn.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, metric := range []string{"node_filesystem_", "node_filesystem_files_free", "node_nf_conntrack_entries"} {
		if !bytes.Contains(said, []byte(`"series":"`+metric)) {
			t.Errorf("nothing is said about %s", metric)
		}
	}
	for line := range bytes.Lines(said) {
		if bytes.Contains(line, []byte(`"type":"forecast"`)) && bytes.Contains(line, []byte(`"p50":"`)) {
			return
		}
	}
	t.Error("no forecast has a date")
}

func TestWrongOptionsAreRefused(t *testing.T) {
	f := func(want string, change func(*evaluation.Options)) {
		t.Helper()
		o := small()
		change(&o)
		err := evaluation.Run(t.Context(), o, &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	f(`method "crystal_ball" is not known`, func(o *evaluation.Options) { o.Methods = []string{"crystal_ball"} })
	f("no family is called", func(o *evaluation.Options) { o.Families = []string{"none"} })
	f("is held out", func(o *evaluation.Options) { o.Seed = scenario.HeldOutSeed })
	f("choose 1 to 100", func(o *evaluation.Options) { o.Series = 0 })
	f("no *.truth.json", func(o *evaluation.Options) { o.Data = t.TempDir() })
}

func TestEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := evaluation.Run(ctx, small(), &bytes.Buffer{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that it was cancelled", err)
	}
}
