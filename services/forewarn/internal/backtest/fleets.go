package backtest

import (
	"cmp"
	"slices"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest/page"
	"github.com/forewarn/forewarn/services/trend"
	"github.com/forewarn/forewarn/shared/signal"
)

// fleets is the second stage: it judges the instances of a release together, in whichever lanes they are.
type fleets struct {
	releases *trend.Releases
	recorder *page.Recorder          // nil if no page is written
	states   map[string]signal.State // of the releases that were told of, for the page
}

func newFleets(o *Options) *fleets {
	f := &fleets{releases: trend.NewReleases(o.Catalogue, 1), states: map[string]signal.State{}}
	if o.Output == HTML {
		f.recorder = page.NewRecorder(func(key string) (signal.State, bool) { s, ok := f.states[key]; return s, ok })
	}
	return f
}

// judge hears what the leaks' signals came to on a day, if one ended with the window, and returns what that says of releases.
func (f *fleets) judge(w *window) (said []statement) {
	var day int64
	var all []trend.Growth
	for i := range w.lanes {
		day, all = max(day, w.lanes[i].ended), append(all, w.lanes[i].growth...)
	}
	if day == 0 {
		return nil
	}
	slices.SortFunc(all, func(a, b trend.Growth) int { return cmp.Compare(a.Key, b.Key) })
	findings := f.releases.Hear("backtest", day, all, true)
	for i := range findings {
		x := &findings[i]
		said = append(said, statement{at: x.Time, finding: x})
		if f.recorder != nil {
			f.states[x.Signal] = signal.State{Key: x.Signal, Series: x.Series, Kind: signal.Leak, Entity: x.Entity, Unit: x.Unit, Used: x.Used, Limit: x.Limit}
			f.recorder.Observe(x.Signal, x.Time.UnixMilli(), x.Used, x.Limit)
			f.recorder.Hear(x)
		}
	}
	return said
}
