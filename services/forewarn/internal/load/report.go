package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/forewarn/forewarn/shared/pause"
)

// Report is what a measurement came to.
type Report struct {
	// Samples were published and read by everybody in so much time, at the cost of so much time of processors, that of the
	// generator included.
	Samples int64         `json:"samples"`
	Took    time.Duration `json:"took_ns"`
	CPU     time.Duration `json:"cpu_ns"`
	// Played is how long that is for the fleet.
	Played time.Duration `json:"played_ns"`
	// Series of the fleet, and how many more the largest partition has than the mean, as a share.
	Series int     `json:"series"`
	Skew   float64 `json:"skew"`
	// Peak is the most memory that was resident, the generator's included; Resident is what is left without the generator.
	Peak     uint64 `json:"peak_bytes"`
	Resident uint64 `json:"resident_bytes"`
	// Saved is how long it took to stop with a last snapshot of every state, Restored until all of them were read and at work
	// again.
	Saved    time.Duration `json:"saved_ns"`
	Restored time.Duration `json:"restored_ns"`
	// Refused counts what there was no room for: 0, or the figures are of less than they say.
	Refused float64 `json:"refused"`
}

// PerSecond is the rate.
func (r *Report) PerSecond() float64 { return float64(r.Samples) / r.Took.Seconds() }

// Write writes the report for people.
func (r *Report) Write(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range [][2]string{
		{"samples a second", fmt.Sprintf("%.0f", r.PerSecond())},
		{"samples", fmt.Sprintf("%d in %s, which play %s of %d series", r.Samples, r.Took.Round(time.Second), r.Played, r.Series)},
		{"processors", fmt.Sprintf("%.2f, or %.2f us a sample, generator included", r.CPU.Seconds()/r.Took.Seconds(), 1e6*r.CPU.Seconds()/float64(r.Samples))},
		{"largest partition", fmt.Sprintf("%.1f %% above the mean", 100*r.Skew)},
		{"resident memory", fmt.Sprintf("%d MiB, %d MiB at most with the generator", r.Resident>>20, r.Peak>>20)},
		{"stop with all states saved", r.Saved.Round(10 * time.Millisecond).String()},
		{"start until all states are at work", r.Restored.Round(10 * time.Millisecond).String()},
		{"samples refused", fmt.Sprintf("%.0f", r.Refused)},
	} {
		if _, err := fmt.Fprintf(t, "%s\t%s\n", row[0], row[1]); err != nil {
			return err
		}
	}
	return t.Flush()
}

// moment is what this process has used until a time.
type moment struct {
	at       time.Time
	cpu      time.Duration
	resident uint64 // bytes
	samples  int64
}

func (r *run) observe() moment {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // it cannot fail for oneself
	return moment{at: time.Now(), cpu: time.Duration(u.Utime.Nano() + u.Stime.Nano()), resident: resident(os.Getpid()), samples: r.published.Load()}
}

// resident returns the resident memory of a process in bytes, 0 if the system does not tell.
func resident(pid int) uint64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(data))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseUint(fields[1], 10, 64) //nolint:errcheck // 0 where it is no number
	return pages * uint64(os.Getpagesize())          //nolint:gosec // positive
}

// tell says how it goes.
func (r *run) tell(now, last moment) {
	wall := now.at.Sub(last.at).Seconds()
	fmt.Fprintf(r.o.Log, "%s: %.0f samples/s, %.2f processors, %d MiB resident\n", r.at.Format("Jan 2 15:04:05"), //nolint:errcheck // nobody depends on it
		float64(now.samples-last.samples)/wall, (now.cpu-last.cpu).Seconds()/wall, now.resident>>20)
}

// report sums up.
func (r *run) report(began, end moment, peak uint64) (*Report, error) {
	without, err := refused(r.registry)
	if err != nil {
		return nil, err
	}
	all := 0
	for _, f := range r.fleets {
		all += len(f.tracks)
	}
	samples := end.samples - began.samples
	return &Report{
		Samples: samples, Took: end.at.Sub(began.at), CPU: end.cpu - began.cpu, Series: all,
		Played: time.Duration(float64(samples) / float64(all) * float64(r.o.Interval)).Round(time.Second),
		Skew:   skew(r.fleets), Peak: peak, Refused: without,
	}, nil
}

// skew returns how many more series the largest partition has than the mean, as a share.
func skew(fleets []*fleet) float64 {
	most, all := 0, 0
	for _, f := range fleets {
		most, all = max(most, len(f.tracks)), all+len(f.tracks)
	}
	return float64(most*len(fleets))/float64(all) - 1
}

// refused sums what there was no room for, as all parts count it: under the value "refused" of a label, or a name of its own.
func refused(g prometheus.Gatherer) (sum float64, err error) {
	families, err := g.Gather()
	if err != nil {
		return 0, err
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			named := strings.HasSuffix(f.GetName(), "_refused_total")
			for _, l := range m.GetLabel() {
				named = named || l.GetValue() == "refused"
			}
			if named {
				sum += m.GetCounter().GetValue()
			}
		}
	}
	return sum, nil
}

// settled returns the least memory that is resident at several looks, of which some are between snapshots.
func settled(ctx context.Context) uint64 {
	const looks, apart = 3, 2 * time.Second
	least := uint64(math.MaxUint64)
	for range looks {
		runtime.GC() // what is lent out again and again is let go by the second one
		debug.FreeOSMemory()
		least = min(least, resident(os.Getpid()))
		pause.For(ctx, apart)
	}
	return least
}

// restart drops the generator, looks at the memory that is left, and stops and starts the services, each of whose signals has news to be saved.
func (r *run) restart(ctx context.Context, report *Report) error {
	r.fleets = nil
	report.Resident = settled(ctx)
	if err := profileHeap(r.o.Heap); err != nil {
		return err
	}
	r.fleets = newFleets(r.o.Series, r.o.Partitions, r.catalogue, r.bus.PartitionOf)
	if err := errors.Join(r.round(ctx), r.settle(ctx)); err != nil {
		return err
	}

	at, began := r.at, time.Now()
	if err := r.site.close(); err != nil {
		return err
	}
	report.Saved = time.Since(began)
	began = time.Now()
	s, err := open(ctx, r.o, at)
	if err != nil {
		return err
	}
	r.site = s
	if err := r.settle(ctx); err != nil {
		return err
	}
	report.Restored = time.Since(began)
	return nil
}
