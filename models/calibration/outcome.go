package calibration

import (
	"fmt"
	"math"
	"time"
)

const (
	// Horizons is how many horizons a forecast has; an index into those of package exhaustion.
	Horizons = 4
	// DatesOnly is the Horizon of an outcome that has no probability, only dates: one that was watched for longer
	// than any horizon.
	DatesOnly = -1
	// Never stands for a quantile beyond all that is told.
	Never = time.Duration(math.MaxInt64)

	maxKindBytes = 64
)

// What became of a forecast.
type What uint8

// The ends that a forecast can come to.
const (
	// Unresolved is the zero value: it is still open and does not count.
	Unresolved What = iota
	// Reached: the limit was reached, within the horizon where the outcome has one.
	Reached
	// NotReached: the horizon passed without it. It says nothing of dates: an interval tells when, given that it
	// happens, and the probability whether.
	NotReached
	// Censored: a person prevented it. Nobody knows whether it would have happened within the horizon, so it leaves the
	// fit of probabilities. Up to the moment of the cure the limit had not been reached, which the fit of dates uses as
	// a right-censored time (life table after Cutler & Ederer, 1958). That holds as far as people do not choose their
	// moment by what the forecast cannot see.
	Censored
)

// Outcome is one forecast of one horizon, and what became of it. Give the predictions as the model made them, before
// calibration, to a ledger that is to be fitted; and as they were told, to one that is to be shown as a [Scorecard].
type Outcome struct {
	// Kind of resource, 1 to 64 bytes: "disk", or "exhaustion/disk" of the family "exhaustion". While there are too few
	// outcomes of a kind to learn from, those of its family stand in, and without one those of all kinds.
	Kind string
	// Horizon is an index, 0 to Horizons-1, or DatesOnly.
	Horizon int
	// Predicted is the probability, 0 to 1, that the limit is reached within the horizon. Ignored for DatesOnly.
	Predicted float64
	// P10, P50 and P90 are quantiles of the time ahead at which the limit is reached. Not used where P50 is 0 or
	// Never. A forecast with several horizons gives its dates with one of them only, or it counts several times.
	P10, P50, P90 time.Duration
	// What became of it, and how long After the forecast that was: for Reached the time to the limit, for Censored
	// the time to the cure.
	What  What
	After time.Duration
	// Version of the table that was in force.
	Version uint64
}

// check returns an error that names the first field that cannot be.
func (o *Outcome) check() error {
	switch {
	case o.Kind == "" || len(o.Kind) > maxKindBytes:
		return fmt.Errorf("kind %.70q has %d bytes; give it 1 to %d", o.Kind, len(o.Kind), maxKindBytes)
	case o.Horizon < DatesOnly || o.Horizon >= Horizons:
		return fmt.Errorf("horizon %d is none of 0 to %d, nor DatesOnly (%d)", o.Horizon, Horizons-1, DatesOnly)
	case o.Horizon != DatesOnly && !(o.Predicted >= 0 && o.Predicted <= 1):
		return fmt.Errorf("predicted probability %v is not within 0 to 1", o.Predicted)
	case o.What > Censored:
		return fmt.Errorf("what became of it is %d, which is unknown", o.What)
	case o.After < 0 || o.P10 < 0 || o.P50 < 0 || o.P90 < 0:
		return fmt.Errorf("a time ahead is negative: p10 %v, p50 %v, p90 %v, after %v", o.P10, o.P50, o.P90, o.After)
	}
	return nil
}

// dated reports whether the outcome says something of dates.
func (o *Outcome) dated() bool {
	return o.P50 > 0 && o.P50 != Never && (o.What == Reached || o.What == Censored)
}
