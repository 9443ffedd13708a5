package trend

import (
	"encoding/binary"
	"errors"
	"math"
	"time"

	"github.com/forewarn/forewarn/models/exhaustion"
	"github.com/forewarn/forewarn/models/leak"
	"github.com/forewarn/forewarn/shared/signal"
)

// observation is what a signal was at one moment; Limit and StartMillis are 0 if not known.
type observation struct {
	Millis      int64
	Use, Limit  float64
	StartMillis int64
}

// model is what is remembered of one signal.
type model interface {
	// observe reports whether the observation could be used.
	observe(o observation) bool
	// rewind forgets everything after a time.
	rewind(millis int64)
	// judge returns what it makes of its signal: a forecast and, of what should come back, whether it does.
	judge(days exhaustion.Days) (exhaustion.Forecast, leak.Verdict)
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
	if k == signal.Leak {
		return &growing{}
	}
	m := &filling{}
	m.In(ahead)
	return m
}

// filling is the model of what has a limit.
type filling struct{ exhaustion.Forecaster }

func (m *filling) observe(o observation) bool { return m.Observe(o.Millis, o.Use, o.Limit) }

func (m *filling) rewind(millis int64) { m.Rewind(millis) }

func (m *filling) judge(days exhaustion.Days) (exhaustion.Forecast, leak.Verdict) {
	return m.Forecast(days), leak.Verdict{}
}

func (m *filling) habits() exhaustion.Habits { return m.Habits() }

func (m *filling) known() (first, last int64) { return m.FirstMillis, m.LastMillis }

// growing is the model of what should come back and may not.
type growing struct {
	leak.Detector
	newest observation
	first  int64
}

func (m *growing) observe(o observation) bool {
	if !m.Observe(leak.Sample{TimeMillis: o.Millis, Used: o.Use, Limit: o.Limit, StartMillis: o.StartMillis}) {
		return false
	}
	if m.first == 0 {
		m.first = o.Millis
	}
	if m.first = min(m.first, o.Millis); o.Millis >= m.newest.Millis {
		m.newest = o
	}
	return true
}

func (m *growing) rewind(millis int64) {
	m.Rewind(millis)
	m.newest.Millis, m.first = min(m.newest.Millis, millis), min(m.first, millis)
}

// judge tells a leak in the terms of a forecast.
func (m *growing) judge(exhaustion.Days) (exhaustion.Forecast, leak.Verdict) {
	v := m.Verdict()
	f := exhaustion.Forecast{
		P10: exhaustion.Never, P50: exhaustion.Never, P90: exhaustion.Never,
		Learning: v.Reason == leak.Learning && !v.Leaking, Seen: time.Duration(m.newest.Millis-m.first) * time.Millisecond,
	}
	if m.newest.Limit > 0 {
		f.Used = m.newest.Use / m.newest.Limit
	}
	if v.Leaking {
		f.Within, f.P10, f.P50, f.P90 = v.Within, v.P10, v.P50, v.P90
	}
	return f, v
}

func (m *growing) habits() exhaustion.Habits { return exhaustion.Habits{} }

func (m *growing) known() (first, last int64) { return m.first, m.newest.Millis }

// AppendBinary appends the times and the newest values, then the detector's own state.
func (m *growing) AppendBinary(b []byte) ([]byte, error) {
	for _, v := range [...]uint64{uint64(m.first), uint64(m.newest.Millis), math.Float64bits(m.newest.Use), math.Float64bits(m.newest.Limit)} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	return m.Detector.AppendBinary(b)
}

// UnmarshalBinary restores what AppendBinary wrote; after an error m is not to be used.
func (m *growing) UnmarshalBinary(b []byte) error {
	const own = 4 * 8
	if len(b) < own {
		return errors.New("leak state is cut short")
	}
	at := func(i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) }
	m.first, m.newest.Millis = int64(at(0)), int64(at(1))
	m.newest.Use, m.newest.Limit = math.Float64frombits(at(2)), math.Float64frombits(at(3))
	share := m.newest.Use / max(m.newest.Limit, 1e-9)
	if m.first < 0 || m.newest.Millis < m.first || !(m.newest.Use >= 0) || !(m.newest.Limit >= 0) ||
		math.IsInf(m.newest.Limit, 0) || math.IsInf(share, 0) {
		return errors.New("leak state is impossible")
	}
	return m.Detector.UnmarshalBinary(b[own:])
}
