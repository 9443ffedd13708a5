package rehearsal

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/services/forewarn/internal/fault"
	"github.com/forewarn/forewarn/services/forewarn/internal/landscape"
	"github.com/forewarn/forewarn/services/forewarn/internal/scenario"
)

// FaultOptions say which faults are injected.
type FaultOptions struct {
	// Seed is the first of Seeds.
	Seed    uint64
	Seeds   int
	HeldOut bool
	// Health is how long all is well before; 0: as long as it takes to learn what is usual.
	Health time.Duration
	// Scenarios are the names of those that are played; empty for all.
	Scenarios []string
	Calendar  *calendar.Calendar
	// Verbose writes each incident, and what the workers said beside.
	Verbose  bool
	Progress io.Writer
}

const (
	// Interval is the time between two samples where faults are injected.
	Interval = 2 * time.Minute
	// round is the time between two batches, and two ticks, while nothing happens: a longer one would count as a bus that sleeps.
	round = 2 * Interval
	// after is how long it is watched after all is repaired.
	after = 3 * time.Hour
)

// Faults injects faults and writes a table in Markdown, then one JSON object on the last line.
func Faults(ctx context.Context, o FaultOptions, stdout io.Writer) error {
	if !o.HeldOut && o.Seed+uint64(o.Seeds) > scenario.HeldOutSeed {
		return fmt.Errorf("seed %d is held out; use one below %d, or ask for what is held out", o.Seed, scenario.HeldOutSeed)
	}
	if o.HeldOut {
		o.Seed += scenario.HeldOutSeed
	}
	scenarios, unknown := fault.Named(o.Scenarios)
	if unknown != "" {
		return fmt.Errorf("no scenario is called %q; the table of scenarios names them", unknown)
	}
	dir, err := os.MkdirTemp("", "forewarn-eval-")
	if err != nil {
		return fmt.Errorf("directory for the bus: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a leftover in the temporary directory
	if err := o.learn(ctx, scenarios, dir); err != nil {
		return err
	}
	verdicts, err := o.inject(ctx, scenarios, dir)
	if err != nil {
		return err
	}
	return o.report(scenarios, verdicts, stdout)
}

func (o *FaultOptions) health() time.Duration { return cmp.Or(o.Health, fault.Learning) }

// tell says how far it is.
func tell(w io.Writer, format string, args ...any) {
	if w != nil {
		fmt.Fprintf(w, format, args...) //nolint:errcheck // nobody depends on it
	}
}

// learn plays the health before the faults, once for the cases that have it in common. The states that the stage is in then are
// kept in folders of a directory.
func (o *FaultOptions) learn(ctx context.Context, scenarios []fault.Scenario, dir string) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	begun := map[string]bool{}
	for k := range scenarios {
		for seed := o.Seed; seed < o.Seed+uint64(o.Seeds); seed++ {
			s, to := &scenarios[k], folder(dir, &scenarios[k], seed)
			if begun[to] {
				continue
			}
			begun[to] = true
			g.Go(func() error {
				c := s.New(seed, o.health(), Interval, o.Calendar)
				r, err := perform(ctx, &play{
					landscapes: []*landscape.Landscape{landscape.New(c.Plan)}, start: c.Plan.Start, end: c.Day.Add(-Interval),
					interval: Interval, round: round, partitions: 1, close: c.Day,
				}, to, o.Calendar)
				if err == nil {
					tell(o.Progress, "health before %s learnt: %d incidents\n", c.Day.Format(time.DateOnly), len(r.Incidents))
				}
				return err
			})
		}
	}
	return g.Wait()
}

// folder is where the state before the day of a case is kept.
func folder(dir string, s *fault.Scenario, seed uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%d-%t", seed, s.Closing))
}

// inject plays all cases.
func (o *FaultOptions) inject(ctx context.Context, scenarios []fault.Scenario, dir string) ([]Verdict, error) {
	verdicts := make([]Verdict, len(scenarios)*o.Seeds)
	var done atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for k := range verdicts {
		g.Go(func() (err error) {
			s, seed := &scenarios[k/o.Seeds], o.Seed+uint64(k%o.Seeds)
			if verdicts[k], err = o.one(ctx, s, seed, folder(dir, s, seed)); err != nil {
				return fmt.Errorf("%s, seed %d: %w", s.Name, seed, err)
			}
			tell(o.Progress, "%d of %d: %s, seed %d: %d incidents\n", done.Add(1), len(verdicts), s.Name, seed, verdicts[k].Incidents)
			return nil
		})
	}
	return verdicts, g.Wait()
}

// one plays a case from where its health has been learnt.
func (o *FaultOptions) one(ctx context.Context, s *fault.Scenario, seed uint64, learnt string) (Verdict, error) {
	if ctx.Err() != nil {
		return Verdict{}, ctx.Err()
	}
	dir := learnt + "-" + s.Name
	defer os.RemoveAll(dir) //nolint:errcheck // in a temporary directory
	if err := os.CopyFS(dir, os.DirFS(learnt)); err != nil {
		return Verdict{}, err
	}
	c := s.New(seed, o.health(), Interval, o.Calendar)
	l := landscape.New(c.Plan)
	r, err := perform(ctx, &play{
		landscapes: []*landscape.Landscape{l}, start: c.Plan.Start, from: c.Day, end: c.Ends.Add(after), interval: Interval, round: round, partitions: 1,
		before: func(at time.Time) { c.Act(at, &l.Trouble) }, close: c.Onset.Add(-time.Hour),
	}, dir, o.Calendar)
	if err != nil {
		return Verdict{}, err
	}
	v := judge(s.Name, seed, &c, r)
	if o.Verbose {
		tell(o.Progress, "%s", explain(&v, &c, r))
	}
	return v, nil
}

// explain tells all that was said of a case.
func explain(v *Verdict, c *fault.Case, r *Record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s, seed %d, onset %s, repaired after %s\n", v.Scenario, v.Seed, c.Onset.Format(time.RFC3339), c.Ends.Sub(c.Onset))
	for _, s := range v.Said {
		data, _ := json.Marshal(s) //nolint:errcheck // strings and numbers
		fmt.Fprintf(&b, "  incident %s\n", data)
	}
	for _, f := range r.Findings {
		when := "before"
		if !f.Time.Before(c.Onset) {
			when = fmt.Sprintf("%+.0f min", f.Time.Sub(c.Onset).Minutes())
		} else if f.Severity == "info" {
			continue
		}
		fmt.Fprintf(&b, "    %s  %s %s %s: %s\n", when, f.Severity, f.Kind, f.Signal, f.Message.En)
	}
	return b.String()
}
