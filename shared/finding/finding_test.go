package finding

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/i18n"
)

func example() *Finding {
	at := time.Date(2026, 1, 30, 14, 0, 0, 0, time.UTC)
	return &Finding{
		Schema: SchemaVersion, ID: "trend:00:17:0", Episode: "e-1", Action: Opened, Time: at, Kind: Exhaustion,
		Signal: "filesystem-space/volume:erp-01:/u01", Series: `node_filesystem_avail_bytes{mountpoint="/u01"}`,
		Entity:   entity.Entity{ID: "volume:erp-01:/u01", Type: entity.Volume, Root: "host:erp-01", Name: "/u01 on erp-01"},
		Severity: Critical, Probability: 0.8, Horizons: Horizons{H4: 0.1, H24: 0.8, D7: 1, D30: 1}, ETA: ETA{P50: &at},
		Used: 9, Limit: 10, Unit: "bytes", Message: i18n.Text{En: "full soon", Zh: "即将用满"},
		Evidence: []Evidence{{Name: "used", Value: 0.9}},
	}
}

func TestRoundTrip(t *testing.T) {
	want := example()
	want.Schema = 0 // Encode sets it
	data, err := Encode(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	want.Schema = SchemaVersion
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestResourceIsOptional: what was written before it was known, and a kind that only a later release knows, are read alike.
func TestResourceIsOptional(t *testing.T) {
	for _, resource := range []Resource{"", Tablespace, "of-a-later-release"} {
		want := example()
		want.Kind, want.Resource = Log, resource
		data, err := Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		if has := strings.Contains(string(data), `"resource"`); has != (resource != "") {
			t.Errorf("of %q: %s", resource, data)
		}
		got, err := Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("of %q: %s", resource, diff)
		}
	}
}

func TestValidate(t *testing.T) {
	f := func(change func(*Finding), want string) {
		t.Helper()
		g := example()
		change(g)
		if err := g.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	f(func(f *Finding) { f.Schema = SchemaVersion + 1 }, "schema 2 is not known; this release reads up to 1")
	f(func(f *Finding) { f.Schema = 0 }, "schema 0")
	f(func(f *Finding) { f.ID = "" }, "lacks id, episode or signal")
	f(func(f *Finding) { f.Action = "closed" }, `unknown action "closed"`)
	f(func(f *Finding) { f.Severity = "fatal" }, `unknown severity "fatal"`)
	f(func(f *Finding) { f.Time = time.Time{} }, "no time")
	f(func(f *Finding) { f.Probability = 1.01 }, "probability 1.01 is outside 0 to 1")
	if err := example().Validate(); err != nil {
		t.Error(err)
	}
}

func TestSeveritiesAreOrdered(t *testing.T) {
	if !(Info.Rank() < Warning.Rank() && Warning.Rank() < Critical.Rank() && Severity("?").Rank() < Info.Rank()) {
		t.Error("the ranks are out of order")
	}
}

func FuzzDecode(f *testing.F) {
	data, err := Encode(example())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"schema":1,"id":"a","episode":"b","signal":"c","action":"opened","severity":"info","probability":1e400}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := Decode(data)
		if err != nil {
			return
		}
		if err := g.Validate(); err != nil {
			t.Fatalf("what was decoded is not valid: %v", err)
		}
		if _, err := Encode(g); err != nil {
			t.Fatalf("what was decoded cannot be encoded: %v", err)
		}
	})
}
