package exhaustion

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// codecVersion changes whenever the layout of state or the meaning of a field does.
const codecVersion = 3

// AppendBinary appends the state to b, less than 700 bytes of fixed layout: equal states give equal bytes. It never fails.
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
	*f = Forecaster{state: s}
	return nil
}

// check refuses numbers that no sequence of samples leads to, which would poison every later answer. Any step is
// possible.
func (s *state) check() error {
	if s.FirstMillis == 0 {
		if *s != (state{ZoneMillis: s.ZoneMillis}) {
			return errors.New("exhaustion state remembers uses and no time")
		}
		return nil
	}
	finite := func(x float64) bool { return x > 0 && !math.IsInf(x, 0) }
	if !(s.Share >= 0 && s.Share <= maxShare) || !finite(s.Limit) || !finite(s.Scale) ||
		s.FirstMillis < 0 || s.LastMillis < s.FirstMillis || s.LastMillis > math.MaxInt64/2 ||
		s.LowMillis < 0 || s.HighMillis < s.LowMillis || s.LastMillis < s.HighMillis {
		return fmt.Errorf("exhaustion state: share %v of limit %v in steps of %v from %d to %d is impossible",
			s.Share, s.Limit, s.Scale, s.FirstMillis, s.LastMillis)
	}
	if int64(s.ZoneMillis) < -dayMillis || int64(s.ZoneMillis) > dayMillis {
		return fmt.Errorf("exhaustion state: a zone of %d ms is impossible", s.ZoneMillis)
	}
	for _, v := range s.Hour {
		if !(v >= 0 && v <= math.MaxUint16) {
			return fmt.Errorf("exhaustion state: a growth of %v steps an hour is impossible", v)
		}
	}
	return nil
}
