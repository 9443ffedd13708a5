package heard

import (
	"fmt"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
)

var start = time.Date(2026, 3, 12, 3, 0, 0, 0, time.UTC)

func said(minute int, a finding.Action, episode string, count float64) *finding.Finding {
	return &finding.Finding{
		Episode: episode, Action: a, Time: start.Add(time.Duration(minute) * time.Minute), Kind: finding.Log,
		Signal: "log-mysql.lock-wait/host:db", Entity: entity.Entity{Root: "host:db"}, Severity: finding.Warning, Used: count,
	}
}

// TestSpells: what goes on is told from what was over, and what comes again from what is new, however often findings come.
func TestSpells(t *testing.T) {
	b := NewBook()
	for range 2 {
		for _, f := range []*finding.Finding{
			said(0, finding.Opened, "1", 1), said(10, finding.Updated, "1", 12), said(60, finding.Resolved, "1", 13),
			said(600, finding.Opened, "2", 1),
		} {
			b.Take(f)
		}
	}
	b.Take(&finding.Finding{Signal: "filesystem-space/volume:db:/", Kind: finding.Exhaustion, Entity: entity.Entity{Root: "host:db"}})
	all := b.Within(func(root string) bool { return root == "host:db" })
	if len(all) != 1 || len(all[0].Spells) != 2 || len(b.Within(func(string) bool { return false })) != 0 {
		t.Fatalf("signals: %+v", all)
	}
	s := &all[0]
	if p := s.At(start.Add(30 * time.Minute)); p == nil || p.Episode != "1" || p.Count != 13 {
		t.Errorf("after half an hour: %+v", p)
	}
	if p := s.At(start.Add(2 * time.Hour)); p != nil {
		t.Errorf("after two hours: %+v", p)
	}
	if p := s.At(start.Add(11 * time.Hour)); p == nil || p.Episode != "2" {
		t.Errorf("after eleven hours: %+v", p)
	}
	if n, most := s.Before(start.Add(600*time.Minute), time.Hour); n != 1 || most != 13 {
		t.Errorf("before: %d spells, %v", n, most)
	}
}

// TestBounds: however many signals come, so many are remembered, and of each so many spells.
func TestBounds(t *testing.T) {
	b := NewBook()
	for i := range maxSignals + 10 {
		f := said(i, finding.Opened, "1", 1)
		f.Signal = fmt.Sprintf("log-%d/host:db", i)
		b.Take(f)
	}
	for i := range 2 * maxSpells {
		b.Take(said(maxSignals+i, finding.Opened, fmt.Sprint(i), 1))
	}
	all := b.Within(func(string) bool { return true })
	if len(all) > maxSignals || len(all) < maxSignals/2 {
		t.Errorf("%d signals", len(all))
	}
	for _, s := range all {
		if len(s.Spells) > maxSpells {
			t.Errorf("%d spells of %s", len(s.Spells), s.Key)
		}
	}
}
