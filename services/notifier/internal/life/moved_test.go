package life

import (
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/incident"
)

// TestMovedSince: a message of a forecast that moved knows what people had been told before, and not what they were not told.
func TestMovedSince(t *testing.T) {
	first := say(0, op, crit, "e1", 72*time.Hour)
	cur := usual.Apply(nil, first, Scene{}).Incident
	held, unheard := *cur, *cur.Notified
	unheard.Held, unheard.Was = true, new(time.Time)
	held.Notified = &unheard
	second := say(60, up, crit, "e1", 20*time.Hour)
	f := func(cur *incident.Incident, want *time.Time) {
		t.Helper()
		s := usual.Apply(cur, second, Scene{})
		if s == nil || s.Reason != incident.ReasonMoved {
			t.Fatalf("step %+v, want one that tells of a move", s)
		}
		if got := s.Incident.Notified.Was; got == nil || !got.Equal(*want) {
			t.Errorf("told before: %v, want %v", got, want)
		}
	}
	f(cur, first.ETA.P50)
	f(&held, held.Notified.Was)
}
