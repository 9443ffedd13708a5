package fault

import (
	"testing"
	"time"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/services/forewarn/internal/landscape"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

func china(t testing.TB) *calendar.Calendar {
	t.Helper()
	c, err := calendar.New(calendar.Config{Zone: time.FixedZone("UTC+8", 8*3600), Country: calendar.China})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// known returns the entities that a landscape tells of.
func known(t *testing.T, l *landscape.Landscape, at time.Time) map[string]bool {
	t.Helper()
	cat, err := signal.Load(signal.File{Name: "landscape", Data: landscape.Catalogue()})
	if err != nil {
		t.Fatal(err)
	}
	l.Step(at)
	var b telemetry.Batch
	l.Drain(&b)
	out := map[string]bool{}
	for _, ts := range b.Series {
		for _, bound := range cat.Bind(ts.Labels) {
			out[bound.Entity.ID], out[bound.Entity.Root] = true, true
		}
	}
	return out
}

// TestTruthsAreThere: what may be named as a cause is something that the landscape measures.
func TestTruthsAreThere(t *testing.T) {
	for _, s := range Scenarios() {
		c := s.New(3, time.Hour, time.Minute, china(t))
		entities := known(t, landscape.New(c.Plan), c.Plan.Start)
		for _, truth := range c.Truths {
			found := false
			for _, cause := range truth.Causes {
				found = found || entities[cause.Entity]
			}
			if !found {
				t.Errorf("%s: nothing of %+v is measured", s.Name, truth.Causes)
			}
		}
	}
}

// TestCaseIsDrawn: cases of a seed are the same, begin on a suitable day after their health, do something, and end.
func TestCaseIsDrawn(t *testing.T) {
	cal := china(t)
	for _, s := range Scenarios() {
		for seed := range uint64(3) {
			c, again := s.New(seed, Learning, time.Minute, cal), s.New(seed, Learning, time.Minute, cal)
			if !c.Onset.Equal(again.Onset) || !c.Ends.Equal(again.Ends) {
				t.Errorf("%s, seed %d: from %s to %s, and again from %s to %s", s.Name, seed, c.Onset, c.Ends, again.Onset, again.Ends)
			}
			if day := cal.Day(c.Onset); !day.Working() || s.Closing != (day.Class == calendar.MonthEnd) {
				t.Errorf("%s, seed %d: begins on %s, a day of class %v", s.Name, seed, c.Onset, day.Class)
			}
			if c.Onset.Sub(c.Plan.Start) < Learning || !c.Ends.After(c.Onset) {
				t.Errorf("%s, seed %d: health from %s, trouble from %s to %s", s.Name, seed, c.Plan.Start, c.Onset, c.Ends)
			}
			var well, ill landscape.Trouble
			c.Act(c.Onset.Add(-time.Minute), &well)
			c.Act(c.Onset.Add(c.Ends.Sub(c.Onset)/2), &ill)
			if well != (landscape.Trouble{}) || ill == well {
				t.Errorf("%s, seed %d: before the onset %+v, then %+v", s.Name, seed, well, ill)
			}
		}
	}
}
