package load

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Options say what is published, and to whom.
type Options struct {
	// Series of the fleet; one in ten belongs to something that has a limit, the others to what has a habit.
	Series int
	// Interval between two samples of a series, in the time of the samples.
	Interval time.Duration
	// Duration of the measurement; the fleet is made known before it.
	Duration time.Duration
	// Partitions of the bus.
	Partitions int
	// History tells whether samples are stored.
	History bool
	// Dir is where the bus and the history are kept.
	Dir string
	// Profile is the file for a profile of the processors during the measurement, by label "service"; "" for none.
	Profile string
	// Heap is the file for a profile of the memory once the generator is gone; "" for none.
	Heap string
	// Log is told every ten seconds how it goes.
	Log io.Writer

	maxSignals int // that a partition watches; 0 as by default
}

// Validate returns all that is wrong with the options, joined.
func (o *Options) Validate() error {
	var errs []error
	if o.Partitions < 1 || o.Partitions > 64 {
		errs = append(errs, fmt.Errorf("--partitions: %d is out of range; use 1 to 64", o.Partitions))
	}
	if o.Series < seriesEach || o.Series > 10_000_000 {
		errs = append(errs, fmt.Errorf("--series: %d is out of range; use %d, which is one host, to 10000000", o.Series, seriesEach))
	}
	if o.Interval < time.Second || o.Interval > 5*time.Minute {
		errs = append(errs, fmt.Errorf("--interval: %v is out of range; use 1s to 5m", o.Interval))
	}
	if o.Duration < time.Second {
		errs = append(errs, fmt.Errorf("--duration: %v is too short to measure anything; use at least 10s", o.Duration))
	}
	return errors.Join(errs...)
}
