package trend

import (
	"math"
	"time"

	"github.com/forewarn/forewarn/models/calibration"
	"github.com/forewarn/forewarn/models/exhaustion"
)

// prediction is a forecast that is remembered until it is known what became of it. Times are Unix seconds.
type prediction struct {
	At uint32
	// Raw is what the model said, Told what people were told, under the table of that Version.
	Raw, Told said
	Version   uint32
	// Became is what happened first, and After how many seconds after At that was.
	Became became
	After  uint32
	// Open has a bit for each horizon whose probability is still to be settled. Dates is 1 more than the horizon after
	// which the dates are; 0: not any more, or never.
	Open, Dates uint8
}

// said is what a forecast says, in 14 bytes: probabilities in steps of 1/65535, quantiles to 0.03 %.
type said struct {
	Within    [calibration.Horizons]uint16
	Quantiles [3]uint16
}

// became is what happened to a signal after a prediction.
type became uint8

const (
	pending became = iota
	reached        // its limit
	cleaned        // a large share of the use was taken away, as does not happen every few days
	resized        // the limit changed
	unseen         // it was silent for so long that nobody knows
	numBecame
)

const (
	probabilitySteps = math.MaxUint16
	// quantileSteps for each factor e of the time, so that exhaustion.MaxETA fits.
	quantileSteps = 3900
	never         = math.MaxUint16
)

func say(f *exhaustion.Forecast) said {
	var s said
	for h, p := range f.Within {
		s.Within[h] = uint16(math.Round(min(1, max(0, p)) * probabilitySteps))
	}
	s.Quantiles = [3]uint16{packTime(f.P10), packTime(f.P50), packTime(f.P90)}
	return s
}

func (s *said) probability(h int) float64 { return float64(s.Within[h]) / probabilitySteps }

// packTime writes a time ahead as its logarithm; 0 is below a second.
func packTime(d time.Duration) uint16 {
	if d >= exhaustion.MaxETA {
		return never
	}
	return uint16(math.Round(quantileSteps * math.Log(max(1, d.Seconds()))))
}

func unpackTime(v uint16) time.Duration {
	switch v {
	case never:
		return calibration.Never
	case 0:
		return 0
	}
	return time.Duration(math.Exp(float64(v)/quantileSteps) * float64(time.Second))
}

// horizon returns the length of a horizon in seconds.
func horizon(h int) uint32 { return uint32(exhaustion.Horizons()[h] / time.Second) }

// what returns what became of the prediction for a horizon that is over.
func (p *prediction) what(h int) calibration.What {
	switch {
	case p.Became == pending || p.After > horizon(h):
		return calibration.NotReached
	case p.Became == reached:
		return calibration.Reached
	case p.Became == unseen:
		return calibration.Unresolved
	}
	return calibration.Censored
}

// outcome returns what a ledger is told of the probability for a horizon that is over.
func (p *prediction) outcome(kind string, s *said, h int) calibration.Outcome {
	return calibration.Outcome{Kind: kind, Horizon: h, Predicted: s.probability(h), What: p.what(h), Version: uint64(p.Version)}
}

// dated returns what a ledger is told of the dates, after a horizon.
func (p *prediction) dated(kind string, s *said, h int) calibration.Outcome {
	return calibration.Outcome{
		Kind: kind, Horizon: calibration.DatesOnly, What: p.what(h), Version: uint64(p.Version),
		P10: unpackTime(s.Quantiles[0]), P50: unpackTime(s.Quantiles[1]), P90: unpackTime(s.Quantiles[2]),
		After: time.Duration(p.After) * time.Second,
	}
}
