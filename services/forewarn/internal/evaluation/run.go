package evaluation

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/services/forewarn/internal/scenario"
	"github.com/forewarn/forewarn/services/forewarn/internal/score"
)

// Options say what is measured on what.
type Options struct {
	// Seed is that of the scenarios and of the bootstrap.
	Seed uint64
	// HeldOut adds the families that models are not tuned on, and moves the seed to where none are tuned.
	HeldOut bool
	// Series is the number of series of each family.
	Series int
	// Families are the names of those that are measured; empty for all.
	Families []string
	// Data is a folder of *.csv.gz and *.truth.json to use instead of scenarios; empty for none.
	Data string
	// Methods are the names of those that take part; empty for all.
	Methods []string
	// Lines is a folder for samples, truth and everything that was said, for other scorers; empty for none.
	Lines string
	// Calendar tells on which days people work, in the scenarios and to the model; nil: from Monday to Friday, and the
	// model is not told.
	Calendar *calendar.Calendar
	// Progress is told how far the work is; nil for nobody.
	Progress io.Writer
}

// workday tells on which days people work.
func (o *Options) workday(t time.Time) bool {
	if o.Calendar == nil {
		return scenario.Weekdays(t)
	}
	return o.Calendar.Day(t).Working()
}

// source makes the series number i. It may be called from several goroutines.
type source func(i int) *scenario.Series

// series returns how many series there are and where they come from.
func (o *Options) series() (int, source, error) {
	if o.Data != "" {
		list, err := scenario.ReadFolder(o.Data)
		return len(list), func(i int) *scenario.Series { return list[i] }, err
	}
	if o.Series < 1 || o.Series > 100 {
		return 0, nil, fmt.Errorf("%d series of a family are too few or too many; choose 1 to 100", o.Series)
	}
	if !o.HeldOut && o.Seed >= scenario.HeldOutSeed {
		return 0, nil, fmt.Errorf("seed %d is held out; use one below %d, or ask for what is held out", o.Seed, scenario.HeldOutSeed)
	}
	families := slices.DeleteFunc(scenario.Families(o.HeldOut), func(f scenario.Family) bool {
		return len(o.Families) > 0 && !slices.Contains(o.Families, f.Name)
	})
	if len(families) == 0 {
		return 0, nil, fmt.Errorf("no family is called %s; the table of families names them, and some are held out", strings.Join(o.Families, " or "))
	}
	return len(families) * o.Series, func(i int) *scenario.Series {
		return families[i/o.Series].Make(o.seed(), i%o.Series, o.workday)
	}, nil
}

func (o *Options) seed() uint64 {
	if o.HeldOut {
		return o.Seed + scenario.HeldOutSeed
	}
	return o.Seed
}

// Run measures and writes tables in Markdown, then one JSON object on the last line. It uses all processors, returns
// the first error, and stops early when ctx ends.
func Run(ctx context.Context, o Options, stdout io.Writer) error {
	methods, err := chosen(o.Methods, o.Calendar)
	if err != nil {
		return err
	}
	n, source, err := o.series()
	if err != nil {
		return err
	}
	results, err := measure(ctx, &o, methods, n, source)
	if err != nil {
		return err
	}
	return report(&o, methods, results, stdout)
}

// measure returns the results by method and series.
func measure(ctx context.Context, o *Options, methods []entry, n int, source source) ([][]score.Result, error) {
	results := make([][]score.Result, len(methods))
	for m := range results {
		results[m] = make([]score.Result, n)
	}
	out, err := newLines(o.Lines, methods, n)
	if err != nil {
		return nil, err
	}
	err = o.each(ctx, n, func(i int) error {
		s := source(i)
		for m := range methods {
			said, err := play(&methods[m], s)
			if err != nil {
				return fmt.Errorf("%s on %s: %w", methods[m].name, s.Series, err)
			}
			results[m][i] = score.Judge(&s.Truth, said)
			out.add(m, i, s, said)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return results, out.close()
}

// each does something with every series, as many at once as there are processors, and shows how far it is.
func (o *Options) each(ctx context.Context, n int, do func(i int) error) error {
	done := newProgress(o.Progress, n)
	defer done.stop()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		g.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := do(i); err != nil {
				return err
			}
			done.one()
			return nil
		})
	}
	return g.Wait()
}

// forecastEvery is how often a method is asked for a forecast, in seconds of the samples' time.
const forecastEvery = 3600

// play feeds a series to a new method.
func play(e *entry, s *scenario.Series) (*score.Said, error) {
	method, err := e.make(&s.Truth)
	if err != nil {
		return nil, err
	}
	said := &score.Said{}
	var due int64
	for _, x := range s.Samples {
		said.Findings = append(said.Findings, method.Observe(x)...)
		if x.Time >= due {
			said.Forecasts = append(said.Forecasts, method.Forecast())
			due = x.Time + forecastEvery
		}
	}
	return said, nil
}
