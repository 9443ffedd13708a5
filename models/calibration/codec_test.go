package calibration

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTableSurvivesTheWire(t *testing.T) {
	for _, table := range []*Table{{}, fit(t, nil, nil), fit(t, newSource("disk", 1).outcomes(20_000), nil)} {
		text := encode(t, table)
		var got Table
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(table, &got, cmp.AllowUnexported(Table{}, maps{}, factor{})); diff != "" {
			t.Errorf("decoded (-want +got):\n%s", diff)
		}
		if again := encode(t, &got); again != text {
			t.Error("equal tables, other bytes")
		}
		t.Logf("%d kinds take %d bytes", len(table.kinds), len(text))
	}
}

func TestDamagedTableIsRefused(t *testing.T) {
	whole := encode(t, fit(t, newSource("disk", 1).outcomes(20_000), nil))
	before := Table{version: 7}
	f := func(name, text string) {
		t.Helper()
		table := before
		if err := table.UnmarshalJSON([]byte(text)); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if diff := cmp.Diff(before, table, cmp.AllowUnexported(Table{})); diff != "" {
			t.Errorf("%s: an error changed the table (-want +got):\n%s", name, diff)
		}
	}
	f("empty", "")
	f("cut short", whole[:len(whole)/2])
	f("another format", strings.Replace(whole, `"format":1`, `"format":2`, 1))
	f("no maps", `{"format":1,"pooled":{}}`)
	f("short curve", strings.Replace(whole, `"curves":[[`, `"curves":[[0],[`, 1))
	f("falling curve", strings.Replace(whole, `"curves":[[`, `"curves":[[0.99999,`, 1))
	f("dates out of order", strings.Replace(whole, `"dates":[[-`, `"dates":[[`, 1))
	f("huge score", strings.Replace(whole, `"dates":[[-`, `"dates":[[-99`, 1))
	f("kind without a name", strings.Replace(whole, `"kind":"disk"`, `"kind":""`, 1))
}

// FuzzTable: whatever is accepted is a table: monotone, within 0 to 1, and the same after another round.
func FuzzTable(f *testing.F) {
	f.Add([]byte(encode(f, new(Table))))
	f.Add([]byte(encode(f, fit(f, newSource("disk", 1).outcomes(20_000), nil))))
	f.Add([]byte(`{"format":1,"version":1,"pooled":{"curves":[],"dates":[]}}`))
	f.Add([]byte(`{"format":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var table, again Table
		if table.UnmarshalJSON(data) != nil {
			return
		}
		text := encode(t, &table)
		if err := again.UnmarshalJSON([]byte(text)); err != nil {
			t.Fatalf("does not read what it wrote: %v", err)
		}
		if encode(t, &again) != text {
			t.Fatal("equal tables, other bytes")
		}
		last := 0.0
		for p := 0.0; p <= 1; p += 1.0 / 128 {
			if got := table.Probability("disk", 1, p); got < last || got > 1 {
				t.Fatalf("Probability(%v) = %v after %v", p, got, last)
			} else {
				last = got
			}
		}
		if a, b, c := table.Interval("disk", 3*hour, 5*hour, 9*hour); a > b || b > c {
			t.Fatalf("Interval is out of order: %v, %v, %v", a, b, c)
		}
	})
}

// FuzzLedger: whatever is accepted can be added to, merged with itself and fitted.
func FuzzLedger(f *testing.F) {
	f.Add([]byte(encode(f, new(Ledger))))
	f.Add([]byte(encode(f, filled(f, newSource("disk", 1).outcomes(200)))))
	f.Add([]byte(`{"format":1,"kinds":[{"kind":"disk","horizons":[{"bins":[[0,1,2,0,0]]}]}]}`))
	f.Add([]byte(`{"format":1,"kinds":[{"kind":"disk","bands":[[[128,1,1]]]}]}`))
	f.Add([]byte(`{"format":2}`))
	o := newSource("disk", 1).outcome()
	f.Fuzz(func(t *testing.T, data []byte) {
		var l, again Ledger
		if l.UnmarshalJSON(data) != nil {
			return
		}
		text := encode(t, &l)
		if err := again.UnmarshalJSON([]byte(text)); err != nil {
			t.Fatalf("does not read what it wrote: %v", err)
		}
		if encode(t, &again) != text {
			t.Fatal("equal ledgers, other bytes")
		}
		_, _ = l.Add(o), l.Merge(&again)
		var table Table
		if err := table.UnmarshalJSON([]byte(encode(t, l.Fit(nil)))); err != nil {
			t.Fatalf("a fit that is no table: %v", err)
		}
	})
}
