package console

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/models/calendar"
)

// TestSpells: week-ends and closes as the calendar's zone has them, joined, and none of ordinary days.
func TestSpells(t *testing.T) {
	shanghai := time.FixedZone("", 8*3600)
	c, err := calendar.New(calendar.Config{Zone: shanghai})
	if err != nil {
		t.Fatal(err)
	}
	day := func(month time.Month, d int) time.Time { return time.Date(2026, month, d, 0, 0, 0, 0, shanghai).UTC() }
	got := spells{c}.Spells(day(6, 11).Add(5*time.Hour), day(7, 4))
	var closes, rests []Spell
	for _, s := range got {
		if s.Close {
			closes = append(closes, s)
		} else {
			rests = append(rests, s)
		}
	}
	if diff := cmp.Diff(Spell{From: day(6, 13), To: day(6, 15)}, rests[0]); diff != "" {
		t.Errorf("the first rest: %s", diff)
	}
	if len(closes) != 2 || !closes[0].From.Equal(day(6, 25)) || !closes[0].To.Equal(day(6, 27)) || !closes[1].From.Equal(day(6, 29)) || !closes[1].To.Equal(day(7, 3)) {
		t.Errorf("closes: %+v", closes)
	}
	if got := (spells{c}).Spells(day(6, 10), day(6, 12)); len(got) != 0 {
		t.Errorf("working days: %+v", got)
	}
	if got := (spells{c}).Spells(day(1, 1), day(1, 1).AddDate(20, 0, 0)); len(got) > maxSpellDays {
		t.Errorf("%d spells", len(got))
	}
}
