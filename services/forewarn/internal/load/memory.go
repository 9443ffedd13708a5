package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/shared/pause"
)

// MemoryOptions say what the workers hold.
type MemoryOptions struct {
	// Series of the fleet, Interval between two samples of one, and Partitions of the bus.
	Series     int
	Interval   time.Duration
	Partitions int
	// Duration of the measurement, in which samples come as often as those of such a fleet do.
	Duration time.Duration
	// Programs is the directory of the services' programs; "" builds them.
	Programs string
	// Dir is where the install is made.
	Dir string
	// Log is told how it goes.
	Log io.Writer
}

// MemoryReport is what memory the processes of workers have.
type MemoryReport struct {
	Series int
	Rows   []MemoryRow
}

// MemoryRow is one process. Mean, Most and Last are the bytes that are resident over the measurement and at its end, whatever they are used for.
type MemoryRow struct {
	Service          string
	Mean, Most, Last uint64
	// CPU is the time of processors that it needed for each second.
	CPU float64
}

// Memory starts the workers as processes of their own, makes a fleet known to them, and looks at what is resident while its samples come.
func Memory(ctx context.Context, o MemoryOptions) (report *MemoryReport, err error) {
	same := Options{Series: o.Series, Partitions: o.Partitions, Interval: o.Interval, Duration: o.Duration}
	if err := same.Validate(); err != nil {
		return nil, err
	}
	services := []string{"trend", "anomaly"}
	if o.Programs, err = build(ctx, o.Programs, o.Dir, services...); err != nil {
		return nil, err
	}
	in := installation{Series: o.Series, Partitions: o.Partitions, Interval: o.Interval, Programs: o.Programs, Dir: o.Dir}
	c, err := gather(ctx, in, "", services...)
	defer func() { err = errors.Join(err, c.close()) }()
	if err != nil {
		return nil, err
	}
	return o.watch(ctx, c)
}

// watch looks at the processes every second, while samples come evenly over each interval.
func (o *MemoryOptions) watch(ctx context.Context, c *crowd) (*MemoryReport, error) {
	c.gap = time.Duration(float64(o.Interval) * perMessage / float64(o.Series))
	report := &MemoryReport{Series: o.Series, Rows: make([]MemoryRow, len(c.workers))}
	for k, w := range c.workers {
		report.Rows[k] = MemoryRow{Service: w.service, CPU: -w.cpu.Seconds()}
	}
	began := time.Now()
	g, within := errgroup.WithContext(ctx)
	g.Go(func() error {
		for time.Since(began) < o.Duration {
			if err := c.round(within); err != nil {
				return err
			}
		}
		return nil
	})
	looks := uint64(0)
	for ; time.Since(began) < o.Duration && pause.For(within, time.Second); looks++ {
		for k, w := range c.workers {
			now := resident(w.cmd.Process.Pid)
			report.Rows[k].Mean, report.Rows[k].Last = report.Rows[k].Mean+now, now
			report.Rows[k].Most = max(report.Rows[k].Most, now)
			if looks%30 == 0 {
				fmt.Fprintf(o.Log, "%s: %d MiB\n", w.service, now>>20) //nolint:errcheck // nobody depends on it
			}
		}
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if err := c.until(ctx, c.done); err != nil {
		return nil, err
	}
	for k, w := range c.workers {
		row := &report.Rows[k]
		row.Mean /= max(looks, 1)
		row.CPU = (row.CPU + w.cpu.Seconds()) / time.Since(began).Seconds()
	}
	return report, nil
}

// Write writes the report for people.
func (r *MemoryReport) Write(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%d series\nprocess\tresident, mean\tmost\tat the end\tprocessors\n", r.Series) //nolint:errcheck // Flush tells
	all := MemoryRow{Service: "all"}
	for _, row := range r.Rows {
		all.Mean, all.Most, all.Last, all.CPU = all.Mean+row.Mean, all.Most+row.Most, all.Last+row.Last, all.CPU+row.CPU
	}
	for _, row := range append(r.Rows[:len(r.Rows):len(r.Rows)], all) {
		fmt.Fprintf(t, "%s\t%d MiB\t%d MiB\t%d MiB\t%.2f\n", row.Service, row.Mean>>20, row.Most>>20, row.Last>>20, row.CPU) //nolint:errcheck // likewise
	}
	return t.Flush()
}
