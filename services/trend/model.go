package trend

import (
	"time"

	"github.com/forewarn/forewarn/models/exhaustion"
	"github.com/forewarn/forewarn/models/leak"
	"github.com/forewarn/forewarn/shared/signal"
)

// observation is what a signal was at one moment; Limit, StartMillis and Requests (a second) are 0 if not known.
type observation struct {
	Millis      int64
	Use, Limit  float64
	StartMillis int64
	Requests    float64
}

// model is what is remembered of one signal.
type model interface {
	// observe reports whether the observation could be used.
	observe(o observation) bool
	// rewind forgets everything after a time.
	rewind(millis int64)
	// judge returns what it makes of its signal: a forecast and, of what should come back, whether it does; nil of anything else.
	judge(days exhaustion.Days) (exhaustion.Forecast, *leak.Verdict)
	// habits returns what its signal is known to do.
	habits() exhaustion.Habits
	// known returns the times of the first and the newest observation, 0 for none.
	known() (first, last int64)

	AppendBinary(b []byte) ([]byte, error)
	UnmarshalBinary(b []byte) error
}

var (
	_ model = (*filling)(nil)
	_ model = (*growing)(nil)
)

// newModel returns the model for a kind of signal; ahead is what local time is ahead of UTC.
func newModel(k signal.Kind, ahead time.Duration) model {
	switch k {
	case signal.Leak:
		return &growing{}
	case signal.Expiry:
		return &expiring{}
	}
	m := &filling{}
	m.In(ahead)
	return m
}

// filling is the model of what has a limit.
type filling struct{ exhaustion.Forecaster }

func (m *filling) observe(o observation) bool { return m.Observe(o.Millis, o.Use, o.Limit) }

func (m *filling) rewind(millis int64) { m.Rewind(millis) }

func (m *filling) judge(days exhaustion.Days) (exhaustion.Forecast, *leak.Verdict) {
	return m.Forecast(days), nil
}

func (m *filling) habits() exhaustion.Habits { return m.Habits() }

func (m *filling) known() (first, last int64) { return m.FirstMillis, m.LastMillis }

// growing is the model of what should come back and may not.
type growing struct{ leak.Detector }

func (m *growing) observe(o observation) bool {
	return m.Observe(leak.Sample{TimeMillis: o.Millis, Used: o.Use, Limit: o.Limit, StartMillis: o.StartMillis, Requests: o.Requests})
}

func (m *growing) rewind(millis int64) { m.Rewind(millis) }

// judge tells a leak in the terms of a forecast.
func (m *growing) judge(exhaustion.Days) (exhaustion.Forecast, *leak.Verdict) {
	v := m.Verdict()
	first, last := m.Known()
	f := exhaustion.Forecast{
		P10: v.P10, P50: v.P50, P90: v.P90, Within: v.Within,
		Learning: v.Reason == leak.Learning && !v.Leaking, Seen: time.Duration(last-first) * time.Millisecond,
	}
	if m.Limit > 0 {
		f.Used = float64(m.Used) / float64(m.Limit)
	}
	return f, &v
}

func (m *growing) habits() exhaustion.Habits { return exhaustion.Habits{} }

func (m *growing) known() (first, last int64) { return m.Known() }
