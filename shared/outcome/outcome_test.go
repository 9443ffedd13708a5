package outcome

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func summary() *Summary {
	return &Summary{
		ID: "trend:03:7:0", Source: "trend:03", Seq: 7, Until: time.Unix(1_767_600_000, 0).UTC(), Basis: "b", Calibration: 2,
		Raw: json.RawMessage(`{"format":1}`), Told: json.RawMessage(`{"format":1}`),
		Episodes: []Episodes{{Kind: "leak/jvm-heap", Reached: 1, Faded: 2, LeadSeconds: []int64{3600}}},
	}
}

func TestSummarySurvivesTheWire(t *testing.T) {
	data, err := Encode(summary())
	if err != nil {
		t.Fatal(err)
	}
	if !IsSummary(data) {
		t.Error("a summary is not known for one")
	}
	want := summary()
	want.Schema, want.Type = SchemaVersion, typeSummary
	got, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
}

func TestWhatIsNoSummary(t *testing.T) {
	f := func(text string) {
		t.Helper()
		if IsSummary([]byte(text)) {
			t.Errorf("%s is taken for a summary", text)
		}
		if _, err := Decode([]byte(text)); err == nil {
			t.Errorf("%s is decoded", text)
		}
	}
	f(``)
	f(`{"id":"trend:00:1:0","signal":"outcomes"}`)
	f(`["outcomes"]`)
	s := summary()
	s.Basis = ""
	if _, err := Encode(s); err == nil {
		t.Error("a summary without a basis is encoded")
	}
	if _, err := Decode([]byte(`{"schema":2,"type":"outcomes","id":"x","source":"x","basis":"x","until":"2026-01-05T08:00:00Z"}`)); err == nil {
		t.Error("a summary of a newer release is decoded")
	}
	if _, err := DecodeCalibration([]byte(`{"schema":2}`)); err == nil {
		t.Error("a table of a newer release is decoded")
	}
}

// FuzzDecode: whatever is accepted can be written again, and is known for what it is.
func FuzzDecode(f *testing.F) {
	data, err := Encode(summary())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"schema":1,"type":"outcomes"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Decode(data)
		if err != nil {
			return
		}
		if again, err := Encode(s); err != nil || !IsSummary(again) {
			t.Errorf("cannot be written again: %v", err)
		}
	})
}
