package evaluation

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/models/calibration"
	"github.com/forewarn/forewarn/services/forewarn/internal/peer"
	"github.com/forewarn/forewarn/services/forewarn/internal/scenario"
	"github.com/forewarn/forewarn/services/forewarn/internal/score"
)

// Method judges one series. It is not shared between goroutines.
type Method interface {
	// Observe takes the next sample and returns what it gives cause to say.
	Observe(scenario.Sample) []score.Finding
	// Forecast returns what is expected after the newest sample. It is asked every hour of the samples' time.
	Forecast() score.Forecast
}

// maker makes a method for a series, of which it may use the names only.
type maker func(*scenario.Truth) (Method, error)

// present is the model under test.
const present = "forewarn"

// uncalibrated is the model under test without the prior that it is shipped with. It takes part if it is named.
const uncalibrated = "forewarn_uncalibrated"

func newUncalibrated(t *scenario.Truth, cal *calendar.Calendar) (Method, error) {
	w, err := newWorker(t, cal)
	if err == nil {
		w.Calibrate(new(calibration.Table))
	}
	return w, err
}

// makers returns all methods by name.
func makers(cal *calendar.Calendar) map[string]maker {
	all := map[string]maker{
		present:                func(t *scenario.Truth) (Method, error) { return newWorker(t, cal) },
		uncalibrated:           func(t *scenario.Truth) (Method, error) { return newUncalibrated(t, cal) },
		"timeleft_exponential": playing(func() peer.Rule { return peer.TimeleftExponential() }),
		"theil_sen_42d":        playing(func() peer.Rule { return peer.NewTheilSen() }),
		"first_passage":        playing(func() peer.Rule { return peer.NewFirstPassage() }),
	}
	for _, r := range peer.Usuals() {
		all[r.Name] = playing(r.New)
	}
	return all
}

// entry is a method that takes part.
type entry struct {
	name string
	make maker
}

// chosen returns the methods of the names, the model first; all if there are none.
func chosen(names []string, cal *calendar.Calendar) ([]entry, error) {
	all := makers(cal)
	known := slices.Sorted(maps.Keys(all))
	if len(names) == 0 {
		names = slices.DeleteFunc(slices.Clone(known), func(name string) bool { return name == uncalibrated })
	}
	var out []entry
	for _, name := range names {
		if all[name] == nil {
			return nil, fmt.Errorf("method %q is not known; choose from %s", name, strings.Join(known, ", "))
		}
		out = append(out, entry{name, all[name]})
	}
	slices.SortStableFunc(out, func(a, b entry) int {
		return strings.Compare(order(a.name), order(b.name))
	})
	return out, nil
}

// order sorts the model before the rules that it is compared with.
func order(name string) string {
	if name == present {
		return ""
	}
	return name
}
