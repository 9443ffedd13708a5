package trend

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/forewarn/forewarn/models/calibration"
	"github.com/forewarn/forewarn/models/exhaustion"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/outcome"
	"github.com/forewarn/forewarn/shared/signal"
)

// Calibrate lets the worker tell probabilities and dates by a table from now on, instead of the prior that it begins
// with; the zero table tells them as the models make them.
func (w *Worker) Calibrate(t *calibration.Table) { w.table = t }

// recalibrate takes over a table that came through the stream: if it was fitted to these models, and is newer.
func (w *Worker) recalibrate(data []byte) error {
	c, err := outcome.DecodeCalibration(data)
	if err != nil {
		return err
	}
	if c.Basis != w.prior.Basis {
		return nil
	}
	var t calibration.Table
	if err := json.Unmarshal(c.Table, &t); err != nil {
		return fmt.Errorf("new calibration: %w", err)
	}
	if t.Version() > w.table.Version() {
		w.table = &t
	}
	return nil
}

// kindOf names what outcomes of a rule's signals are counted under: the model, and the rule as far as there is room.
func kindOf(r *signal.Rule) string {
	const most = 64 // bytes of a calibration.Outcome's Kind
	family := string(troubleOf(r))
	if kind := family + "/" + r.ID; len(kind) <= most {
		return kind
	}
	return family
}

// troubleOf returns the kind of trouble that a rule's signals make.
func troubleOf(r *signal.Rule) finding.Kind {
	switch r.Kind {
	case signal.Leak:
		return finding.Leak
	case signal.Expiry:
		return finding.Expiry
	}
	return finding.Exhaustion
}

// forecast asks the model, and corrects what it says.
func (s *tracked) forecast(days exhaustion.Days, t *calibration.Table) {
	s.raw, s.leak = s.model.judge(days)
	if s.last, s.version = s.raw, 0; !s.certain() {
		s.last, s.version = calibrated(s.raw, s.account, t), t.Version()
	}
}

// calibrated returns the forecast as it is to be believed. One that says nothing, or of what is at its limit, stays.
func calibrated(f exhaustion.Forecast, kind string, t *calibration.Table) exhaustion.Forecast {
	if f.Within == [calibration.Horizons]float64{} || f.Used >= 1 {
		return f
	}
	f.Within = t.Probabilities(kind, f.Within)
	f.P10, f.P50, f.P90 = t.Interval(kind, f.P10, f.P50, f.P90)
	for _, d := range [...]*time.Duration{&f.P10, &f.P50, &f.P90} {
		if *d > exhaustion.MaxETA {
			*d = exhaustion.Never
		}
	}
	return f
}

// note remembers the forecast that was just made, if it is one and its turn.
func (w *Worker) note(s *tracked, moment int64, opened bool) {
	if s.certain() || s.rule.Kind == signal.Leak && !s.leak.Leaking {
		return // of what does not leak nothing is predicted
	}
	every := noteEvery()
	if opened {
		every = noteOpening()
	}
	if !s.foretold.note(uint32(moment/1000), &s.raw, &s.last, s.version, every) {
		w.stats.NotNoted++
	}
}
