package evaluation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/forewarn/forewarn/models/calibration"
	"github.com/forewarn/forewarn/shared/finding"
)

// Release says what a prior is measured of.
type Release struct{ Made, Revision string }

// checkable is how many outcomes a map needs to be tried at all.
const checkable = 30

// WritePrior measures how far the models are to be believed, and writes that as the prior of a release to a file. A
// table is fitted on the scenarios of the seed; those of the next seed decide which of its maps are better than none;
// what is kept is fitted anew on both. It shows on out what was kept and why. What is held out is never used.
func WritePrior(ctx context.Context, o Options, r Release, file string, out io.Writer) error {
	if o.HeldOut || o.Data != "" || len(o.Families) > 0 {
		return errors.New("a prior is fitted on all development families, and not on what is held out nor on files; leave out those options")
	}
	if r.Revision == "" {
		return errors.New("--revision: say which models are measured, as git describe --always --dirty does")
	}
	first, err := o.record(ctx, new(calibration.Table))
	if err != nil {
		return err
	}
	apart := calibration.Separate(string(finding.Exhaustion), string(finding.Leak))
	candidate := first.raw().Families().FitFrom(apart, checkable)
	next := o
	next.Seed++
	second, err := next.record(ctx, candidate)
	if err != nil {
		return err
	}
	both := first.raw()
	if err := both.Merge(second.raw()); err != nil {
		return err
	}
	checked := second.check()
	prior := calibration.Prior{
		Made: r.Made, Revision: r.Revision, Fitted: o.Seed, Checked: next.Seed, Series: len(first), Outcomes: both.Resolved(),
		Table: both.Families().FitFrom(apart, checkable).Keep(checked.curve, checked.date),
	}
	if err := checked.write(out); err != nil {
		return err
	}
	data, err := json.Marshal(prior)
	if err != nil {
		return fmt.Errorf("encode prior: %w", err)
	}
	return os.WriteFile(file, append(data, '\n'), 0o644) //nolint:gosec // it is part of the source
}

// records are what became of the predictions on each series.
type records []struct{ raw, told *calibration.Ledger }

// record plays all series to a worker with a table. One that ends because its limit was reached goes on in silence until
// its planned end, so that predictions which came true are counted as long after they were made as those which did not.
func (o *Options) record(ctx context.Context, table *calibration.Table) (records, error) {
	n, source, err := o.series()
	if err != nil {
		return nil, err
	}
	out := make(records, n)
	return out, o.each(ctx, n, func(i int) error {
		s := source(i)
		w, err := newWorker(&s.Truth, o.Calendar)
		if err != nil {
			return err
		}
		w.Calibrate(table)
		for _, x := range s.Samples {
			w.Observe(x)
		}
		w.idle(s.Planned)
		out[i].raw, out[i].told = w.Record()
		return nil
	})
}

// raw returns the ledger of all series, of what the models said.
func (r records) raw() *calibration.Ledger {
	all := new(calibration.Ledger)
	for i := range r {
		if err := all.Merge(r[i].raw); err != nil {
			panic(err) // a catalogue has fewer rules than a ledger has room for
		}
	}
	return all
}
