package load

import (
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"
	"time"
)

// ScaleReport is what more processes brought.
type ScaleReport struct {
	Series, Partitions int
	Rows               []ScaleRow
}

// ScaleRow is one number of processes.
type ScaleRow struct {
	Processes int
	// Samples that waited were worked off in so much time, for which the processes used so much time of processors.
	Samples   int64
	Took, CPU time.Duration
	// Skew is how many more series the largest partition has than the mean, as a share, and Held the most partitions that a
	// process had.
	Skew float64
	Held int
}

// PerSecond is the rate, in samples.
func (r *ScaleRow) PerSecond() float64 { return float64(r.Samples) / r.Took.Seconds() }

// Write writes the report for people.
func (r *ScaleReport) Write(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%d series in %d partitions, %d processors\n", r.Series, r.Partitions, runtime.NumCPU())             //nolint:errcheck // Flush tells
	fmt.Fprint(t, "processes\tsamples a second\tto the first\tprocessors\tus a sample\tlargest partition\tmost held\n") //nolint:errcheck // likewise
	for k := range r.Rows {
		row := &r.Rows[k]
		fmt.Fprintf(t, "%d\t%.0f\t%.2f\t%.2f\t%.2f\t+%.1f %%\t%d\n", row.Processes, row.PerSecond(), row.PerSecond()/r.Rows[0].PerSecond(), //nolint:errcheck // likewise
			row.CPU.Seconds()/row.Took.Seconds(), 1e6*row.CPU.Seconds()/float64(row.Samples), 100*row.Skew, row.Held)
	}
	return t.Flush()
}
