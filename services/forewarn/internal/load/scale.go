package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"
)

// scaled is the service whose processes are measured: of all it has the most to do for a sample.
const scaled = "anomaly"

// scaleInterval is the time between two samples of a series.
const scaleInterval = 15 * time.Second

// ScaleOptions say what waits for how many processes.
type ScaleOptions struct {
	// Processes are the numbers that are measured, each with the same input in an install of its own. Every process uses one
	// processor at most.
	Processes []int
	// Series of the fleet, and Partitions of the bus.
	Series, Partitions int
	// Rounds is how many samples of each series wait when the processes begin.
	Rounds int
	// Programs is the directory of the services' programs; "" builds them.
	Programs string
	// Dir is where installs are made.
	Dir string
	// Log is told how it goes.
	Log io.Writer
}

// Validate returns all that is wrong with the options, joined.
func (o *ScaleOptions) Validate() error {
	var errs []error
	for _, n := range o.Processes {
		if n < 1 || n > o.Partitions {
			errs = append(errs, fmt.Errorf("--processes: %d is out of range; use 1 to the number of partitions, %d", n, o.Partitions))
		}
	}
	if o.Rounds < 1 {
		errs = append(errs, fmt.Errorf("--rounds: %d is out of range; use at least 1", o.Rounds))
	}
	both := Options{Series: o.Series, Partitions: o.Partitions, Interval: scaleInterval, Duration: time.Minute}
	return errors.Join(append(errs, both.Validate())...)
}

// Scale measures, one after the other, how fast so many processes work off what waits for them.
func Scale(ctx context.Context, o ScaleOptions) (_ *ScaleReport, err error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o.Programs, err = build(ctx, o.Programs, o.Dir, scaled); err != nil {
		return nil, err
	}
	report := &ScaleReport{Series: o.Series, Partitions: o.Partitions}
	for k, n := range o.Processes {
		row, err := o.measure(ctx, n, filepath.Join(o.Dir, fmt.Sprintf("install-%d", k)))
		if err != nil {
			return nil, fmt.Errorf("%d processes: %w", n, err)
		}
		fmt.Fprintf(o.Log, "%d processes: %.0f samples/s\n", n, row.PerSecond()) //nolint:errcheck // nobody depends on it
		report.Rows = append(report.Rows, *row)
	}
	return report, nil
}

// measure makes an install in a directory and measures n processes in it, whose leases outlast the time that they are frozen.
func (o *ScaleOptions) measure(ctx context.Context, n int, dir string) (row *ScaleRow, err error) {
	in := installation{Series: o.Series, Partitions: o.Partitions, Interval: scaleInterval, Programs: o.Programs, Dir: dir}
	c, err := gather(ctx, in, "lease: 5m, tick_interval: 1h", slices.Repeat([]string{scaled}, n)...)
	defer func() { err = errors.Join(err, c.close()) }()
	if err != nil {
		return nil, err
	}
	return c.race(ctx, o.Rounds)
}

// race freezes the processes, publishes what they shall do, and takes the time that they need for it.
func (c *crowd) race(ctx context.Context, rounds int) (*ScaleRow, error) {
	c.each((*worker).freeze)
	for range rounds {
		if err := c.round(ctx); err != nil {
			return nil, err
		}
	}
	row := &ScaleRow{Processes: len(c.workers), Samples: int64(c.Series/seriesEach*seriesEach) * int64(rounds), Skew: skew(c.fleets)}
	c.each(func(w *worker) { row.CPU -= w.cpu })
	began := time.Now()
	c.each((*worker).thaw)
	if err := c.until(ctx, c.done); err != nil {
		return nil, err
	}
	row.Took = time.Since(began)
	c.each(func(w *worker) {
		row.CPU += w.cpu
		row.Held = max(row.Held, w.held)
	})
	return row, nil
}
