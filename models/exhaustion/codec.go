package exhaustion

import (
	"encoding/binary"
	"fmt"
	"math"
)

// codecVersion changes whenever the layout of state or the meaning of a field does.
const codecVersion = 2

// AppendBinary appends the state to b, 2.4 KB of fixed layout: equal states give equal bytes. It never fails.
func (f *Forecaster) AppendBinary(b []byte) ([]byte, error) {
	return binary.Append(append(b, codecVersion), binary.LittleEndian, &f.state)
}

// UnmarshalBinary restores what AppendBinary wrote. On an error f is unchanged: the bytes are of another
// release, cut short or damaged.
func (f *Forecaster) UnmarshalBinary(b []byte) error {
	var s state
	if len(b) == 0 || b[0] != codecVersion {
		return fmt.Errorf("exhaustion state is not of version %d; let it be learned again", codecVersion)
	}
	if n, err := binary.Decode(b[1:], binary.LittleEndian, &s); err != nil || n != len(b)-1 {
		return fmt.Errorf("exhaustion state has %d bytes instead of %d", len(b), 1+binary.Size(s))
	}
	if err := s.check(); err != nil {
		return err
	}
	f.state = s
	return nil
}

// check refuses numbers that no sequence of samples leads to, which would poison every later answer.
func (s *state) check() error {
	for r, last := range s.Last {
		if last < -1 || last > math.MaxInt64/dayMillis {
			return fmt.Errorf("exhaustion state: newest bucket %d of resolution %d is impossible", last, r)
		}
	}
	if !(s.Share >= 0 && s.Share <= maxShare) || !(s.Limit >= 0) || math.IsInf(s.Limit, 0) ||
		s.FirstMillis < 0 || s.LastMillis < s.FirstMillis {
		return fmt.Errorf("exhaustion state: share %v of limit %v from %d to %d is impossible",
			s.Share, s.Limit, s.FirstMillis, s.LastMillis)
	}
	if s.ZoneMillis < -dayMillis || s.ZoneMillis > dayMillis {
		return fmt.Errorf("exhaustion state: a zone of %d ms is impossible", s.ZoneMillis)
	}
	for _, values := range [][]float32{s.Hour[:], s.Height[:], s.Peak[:], s.Rise[:], {s.HourShare, s.DayLow, s.Low, s.High}} {
		for _, v := range values {
			if !(v >= 0 && v <= maxShare) {
				return fmt.Errorf("exhaustion state: a share of %v is impossible", v)
			}
		}
	}
	for _, buckets := range [][]bucket{s.Fine[:], s.Minute[:], s.Quarter[:], s.Day[:]} {
		for _, b := range buckets {
			if !(b.Max >= -1 && b.Max <= maxShare) || !(b.Min >= -1 && b.Min <= b.Max) {
				return fmt.Errorf("exhaustion state: bucket %v to %v is impossible", b.Min, b.Max)
			}
		}
	}
	return nil
}
