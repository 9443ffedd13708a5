package scenario_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/forewarn/forewarn/services/forewarn/internal/scenario"
)

func store(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestBadFilesAreRefused(t *testing.T) {
	f := func(truth, csv, want string) {
		t.Helper()
		list, err := scenario.ReadTruth(strings.NewReader(truth))
		if err == nil {
			_, err = scenario.ReadCSV(strings.NewReader(csv), list)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	f(`{`, "", "read truth")
	f(`[{"series":""}]`, "", "has no series")
	f(`[{"series":"a","start":2,"end":1}]`, "", "ends before it starts")
	f(`[{"series":"a"}]`, "a,1", "wrong number of fields")
	f(`[{"series":"a"}]`, "a,soon,1", "soon")
	f(`[{"series":"a"}]`, "a,1e30,1", "not in Unix seconds")
	f(`[{"series":"a"}]`, "a,1,much", "much")
}

func TestEmptyFolderIsAnError(t *testing.T) {
	if _, err := scenario.ReadFolder(t.TempDir()); err == nil || !strings.Contains(err.Error(), "has no *.truth.json") {
		t.Errorf("error %v", err)
	}
}

func FuzzReadCSV(f *testing.F) {
	truths := []scenario.Truth{{Series: `a{b="c"}`, Limit: "l"}, {Series: "x", Limit: "l"}}
	f.Add("series,timestamp,value\n\"a{b=\"\"c\"\"}\",1,2\nl,1,3\nx,2,NaN\n")
	f.Add("l,1,1\nl,1,2\nx,-5,1e400\n")
	f.Fuzz(func(t *testing.T, text string) {
		series, err := scenario.ReadCSV(strings.NewReader(text), truths)
		if err == nil && len(series) != len(truths) {
			t.Errorf("%d series for %d truths", len(series), len(truths))
		}
	})
}

func FuzzReadTruth(f *testing.F) {
	f.Add(`[{"series":"a","limit":"b","kind":"leak","start":1,"end":2,"onset":null,"failure":2}]`)
	f.Fuzz(func(t *testing.T, text string) {
		list, err := scenario.ReadTruth(strings.NewReader(text))
		for i := range list {
			if err == nil && list[i].End < list[i].Start {
				t.Error("a truth ends before it starts")
			}
		}
	})
}
