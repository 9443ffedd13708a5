package evaluation

import (
	"fmt"
	"math"
	"time"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/services/forewarn/internal/scenario"
	"github.com/forewarn/forewarn/services/forewarn/internal/score"
	"github.com/forewarn/forewarn/services/trend"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// tickEvery is how often the worker is told the time, as the bus does.
const tickEvery = 10 * time.Minute

// worker runs the trend worker as it is in production, on one series.
type worker struct {
	*trend.Worker

	use, limit *telemetry.Series
	now, tick  time.Time
	batch      telemetry.Batch
}

var _ Method = (*worker)(nil)

func newWorker(t *scenario.Truth, cal *calendar.Calendar) (*worker, error) {
	catalogue, err := signal.Load()
	if err != nil {
		return nil, err
	}
	w := &worker{Worker: trend.NewWorker(trend.DefaultConfig(), catalogue, cal)}
	if w.use, err = series(t.Series); err != nil {
		return nil, err
	}
	if t.Limit == "" {
		return w, nil
	}
	w.limit, err = series(t.Limit)
	return w, err
}

// idle lets time pass without samples, as after the end of a recording, in steps short enough that silence is noticed.
func (w *worker) idle(until int64) {
	const step = 4 * time.Minute
	for end := time.Unix(until, 0); !w.tick.After(end); w.tick = w.tick.Add(step) {
		w.Tick(w.tick)
	}
}

func series(text string) (*telemetry.Series, error) {
	labels, err := telemetry.ParseSeries(text)
	if err != nil {
		return nil, fmt.Errorf("name of a series: %w", err)
	}
	return telemetry.NewSeries(labels), nil
}

// Observe feeds the sample as a batch that is stored when it was taken; a late one when the one before it was.
func (w *worker) Observe(s scenario.Sample) (out []score.Finding) {
	at := time.Unix(s.Time, 0)
	if w.tick.IsZero() {
		w.tick = at
	}
	for ; w.tick.Before(at); w.tick = w.tick.Add(tickEvery) {
		out = said(out, w.Tick(w.tick))
	}
	if at.After(w.now) {
		w.now = at
	}
	w.batch.Series = w.batch.Series[:0]
	w.add(w.use, s.Time, s.Use)
	w.add(w.limit, s.Time, s.Limit)
	return said(out, w.Worker.Observe(w.now, &w.batch))
}

func (w *worker) add(series *telemetry.Series, seconds int64, value float64) {
	if series != nil && !math.IsNaN(value) {
		w.batch.Series = append(w.batch.Series, telemetry.TimeSeries{
			Series: series, Samples: []telemetry.Sample{{TimeMillis: seconds * 1000, Value: value}},
		})
	}
}

func said(out []score.Finding, findings []finding.Finding) []score.Finding {
	for i := range findings {
		f := &findings[i]
		out = append(out, score.Finding{
			Time: float64(f.Time.Unix()), Action: string(f.Action), Severity: string(f.Severity), Episode: f.Episode,
		})
	}
	return out
}

// Forecast asks for the state of the signal. Its urgency is the probability within 7 days.
func (w *worker) Forecast() score.Forecast {
	f := score.Silent(float64(w.now.Unix()))
	for s := range w.Forecasts() {
		f.Within = [score.Horizons]float64{s.Probability.H4, s.Probability.H24, s.Probability.D7, s.Probability.D30}
		f.P10, f.P50, f.P90 = unix(s.ETA.P10), unix(s.ETA.P50), unix(s.ETA.P90)
		f.Urgency = s.Probability.D7
	}
	return f
}

func unix(t *time.Time) float64 {
	if t == nil {
		return math.NaN()
	}
	return float64(t.Unix())
}
