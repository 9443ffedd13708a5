package topology

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func samplePage() *Page {
	return &Page{ID: "trend:00:17:0", Source: "trend:00", Number: 3, Until: time.Date(2026, 1, 27, 9, 0, 0, 0, time.UTC), Edges: ledger()}
}

func TestPageRoundTrip(t *testing.T) {
	data, err := EncodePage(samplePage())
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodePage(data)
	if err != nil || !IsPage(data) {
		t.Fatalf("IsPage %v, %v", IsPage(data), err)
	}
	want := samplePage()
	want.Schema, want.Type = SchemaVersion, "relations"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if IsPage([]byte(`{"schema":1,"signal":"relations"}`)) {
		t.Error("a finding that only speaks of relations is taken for a page")
	}
}

func TestPageValidate(t *testing.T) {
	f := func(change func(*Page), want string) {
		t.Helper()
		p := samplePage()
		change(p)
		if _, err := EncodePage(p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	f(func(p *Page) { p.ID = "" }, "lack id, source or time")
	f(func(p *Page) { p.Number = Pages }, "page 64 with")
	f(func(p *Page) { p.Edges = make([]Edge, MaxPageEdges+1) }, "401 edges")
	f(func(p *Page) { p.Edges = []Edge{{From: "a"}} }, "lacks an end")
	if _, err := DecodePage([]byte(`{"schema":2,"type":"relations"}`)); err == nil || !strings.Contains(err.Error(), "schema 2") {
		t.Errorf("a newer schema: %v", err)
	}
}

func FuzzDecodePage(f *testing.F) {
	data, err := EncodePage(samplePage())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"schema":1,"type":"relations","id":"a","source":"b","until":"2026-01-01T00:00:00Z","number":-1,"edges":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := DecodePage(data)
		if err != nil {
			return
		}
		if _, err := EncodePage(p); err != nil || !IsPage(data) {
			t.Fatalf("what was decoded cannot be encoded: %v", err)
		}
		g := New(p.Edges)
		for _, e := range p.Edges {
			g.Near(e.From, e.To)
		}
	})
}
