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

// expiring is the model of what ceases to be valid at a date that its sender names: a certificate, a licence, a password.
// There is nothing to learn: the date is certain until another one is named.
type expiring struct {
	first, last int64 // of the observations, Unix ms
	until       int64 // Unix ms
}

var _ model = (*expiring)(nil)

// daysLeft is how signals that expire are counted: the days from a moment to their end, negative behind it.
func daysLeft(untilSeconds float64, moment int64) float64 {
	return (untilSeconds*1000 - float64(moment)) / float64(day.Milliseconds())
}

// observe takes the days that are left. Ends before 1970 or after the year 9999 are none.
func (m *expiring) observe(o observation) bool {
	const year9999 = 253402300799000
	until := float64(o.Millis) + o.Use*float64(day.Milliseconds())
	if until <= 0 || until > year9999 || o.Millis < m.last {
		return false
	}
	if m.first == 0 {
		m.first = o.Millis
	}
	m.last, m.until = o.Millis, int64(math.Round(until))
	return true
}

func (m *expiring) rewind(millis int64) { m.first, m.last = min(m.first, millis), min(m.last, millis) }

// judge tells a date in the terms of a forecast.
func (m *expiring) judge(exhaustion.Days) (exhaustion.Forecast, *leak.Verdict) {
	left := time.Duration(m.until-m.last) * time.Millisecond
	f := exhaustion.Forecast{P10: exhaustion.Never, P50: exhaustion.Never, P90: exhaustion.Never, Seen: time.Duration(m.last-m.first) * time.Millisecond}
	if m.until-m.last <= exhaustion.MaxETA.Milliseconds() {
		left = max(left, 0)
		f.P10, f.P50, f.P90 = left, left, left
		for i, h := range exhaustion.Horizons() {
			if left <= h {
				f.Within[i] = 1
			}
		}
	}
	return f, nil
}

func (m *expiring) habits() exhaustion.Habits { return exhaustion.Habits{} }

func (m *expiring) known() (first, last int64) { return m.first, m.last }

// AppendBinary appends a version byte and the three times.
func (m *expiring) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, 1)
	for _, v := range [...]int64{m.first, m.last, m.until} {
		b = binary.AppendVarint(b, v)
	}
	return b, nil
}

// UnmarshalBinary reads what AppendBinary wrote.
func (m *expiring) UnmarshalBinary(b []byte) error {
	if len(b) == 0 || b[0] != 1 {
		return errors.New("what expires is not remembered in version 1")
	}
	b = b[1:]
	var next expiring
	for _, v := range [...]*int64{&next.first, &next.last, &next.until} {
		n, width := binary.Varint(b)
		if width <= 0 {
			return errors.New("what is remembered of what expires is cut short")
		}
		*v, b = n, b[width:]
	}
	if len(b) > 0 {
		return errors.New("what is remembered of what expires goes on behind its end")
	}
	*m = next
	return nil
}

// certain tells that a signal's date is named by its sender, and neither to be confirmed nor corrected nor scored.
func (s *tracked) certain() bool { return s.rule.Kind == signal.Expiry }
