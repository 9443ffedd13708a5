package life

import (
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// keepScore notes what was predicted when an incident opens, and what became of it. That its limit was reached stays
// true, whatever comes after.
func keepScore(next *incident.Incident, f *finding.Finding, action finding.Action) {
	final := next.Outcome != nil && next.Outcome.What == finding.Reached
	if action == finding.Opened {
		next.Predicted = predicted(f)
		if !final {
			next.Outcome = nil
		}
	}
	if f.Outcome != nil && !final {
		next.Outcome = f.Outcome
	}
}

// predicted returns what a finding predicts, nil if that is nothing.
func predicted(f *finding.Finding) *incident.Prediction {
	if f.Probability == 0 && f.ETA.P50 == nil {
		return nil
	}
	return &incident.Prediction{Time: f.Time, Probability: f.Probability, Horizons: f.Horizons, ETA: f.ETA, Calibration: f.Calibration}
}
