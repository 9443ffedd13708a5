package pattern

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// labelled is a line and the name of what it reports, by which a person would group it.
type labelled struct{ label, line string }

// corpus returns the lines of a file of testdata/corpus.
func corpus(tb testing.TB, name string) (out []labelled) {
	tb.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	for row := range strings.Lines(string(data)) {
		label, line, ok := strings.Cut(strings.TrimSuffix(row, "\n"), "\t")
		if !ok {
			tb.Fatalf("%s: the line %q has no label", name, row)
		}
		out = append(out, labelled{label, line})
	}
	return out
}

// everything returns the lines of all files of testdata/corpus.
func everything(tb testing.TB) (lines [][]byte) {
	tb.Helper()
	names, err := filepath.Glob("testdata/corpus/*.tsv")
	if err != nil || len(names) == 0 {
		tb.Fatalf("no corpus: %v", err)
	}
	for _, name := range names {
		for _, l := range corpus(tb, name) {
			lines = append(lines, []byte(l.line))
		}
	}
	return lines
}

// accuracy is the share of lines whose group by one partition is exactly their group by the other.
func accuracy(got, want []string) float64 {
	members := func(labels []string) map[string]string {
		out := map[string]string{}
		for i, l := range labels {
			out[l] += fmt.Sprint(" ", i)
		}
		return out
	}
	g, w, right := members(got), members(want), 0
	for i := range got {
		if g[got[i]] == w[want[i]] {
			right++
		}
	}
	return float64(right) / float64(len(got))
}

func newMiner(tb testing.TB, cfg Config) *Miner {
	tb.Helper()
	m, err := New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// TestCorpus: lines as finance systems in China write them are grouped as a person would, and their patterns read well.
func TestCorpus(t *testing.T) {
	f := func(system string, least float64) {
		t.Helper()
		rows := corpus(t, filepath.Join("testdata", "corpus", system+".tsv"))
		m := newMiner(t, DefaultConfig())
		for _, r := range rows {
			m.Add([]byte(r.line))
		}
		m.Review()
		var got, want []string
		var texts bytes.Buffer
		for _, r := range rows {
			match := m.Find([]byte(r.line))
			if !slices.Contains(got, match.Text) {
				fmt.Fprintf(&texts, "%s %s\n", match.ID, match.Text)
			}
			got, want = append(got, match.Text), append(want, r.label)
		}
		if a := accuracy(got, want); a < least {
			t.Errorf("%s: %.3f of the lines are grouped as labelled, want %.3f:\n%s", system, a, least, &texts)
		}
		golden(t, system, texts.Bytes())
	}
	f("erp", 1)
	f("oracle", 1)
	// Names of one word and of four in the same place have nothing in common but what is around them.
	f("tomcat", 0.89)
	f("weblogic", 1)
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got), -update writes it anew:\n%s", path, diff)
	}
}
