package leak

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// codecVersion changes whenever the layout of state or the meaning of a field does.
const codecVersion = 3

// AppendBinary appends the state to b, in a fixed layout of less than 300 bytes: equal states give equal bytes. It never
// fails.
func (d *Detector) AppendBinary(b []byte) ([]byte, error) {
	return binary.Append(append(b, codecVersion), binary.LittleEndian, &d.state)
}

// UnmarshalBinary restores what AppendBinary wrote. On an error d is unchanged: the bytes are of another release, cut
// short or damaged.
func (d *Detector) UnmarshalBinary(b []byte) error {
	var s state
	if len(b) == 0 || b[0] != codecVersion {
		return fmt.Errorf("leak state is not of version %d; let it be learned again", codecVersion)
	}
	if n, err := binary.Decode(b[1:], binary.LittleEndian, &s); err != nil || n != len(b)-1 {
		return fmt.Errorf("leak state has %d bytes instead of %d", len(b), 1+binary.Size(s))
	}
	if err := s.check(); err != nil {
		return err
	}
	d.state = s
	return nil
}

// check refuses numbers that no sequence of samples leads to, which would poison every later answer.
func (s *state) check() error {
	if s.LastMillis < 0 || s.LastMillis > maxMillis {
		return fmt.Errorf("leak state: a sample at %d is impossible", s.LastMillis)
	}
	if int64(s.Hour) != s.LastMillis/hourMillis || s.FirstMinute < 0 || s.Segment < s.first() || s.Hour < s.Segment || s.GC < 0 || s.GC > s.Hour {
		return fmt.Errorf("leak state: hours %d, %d, %d and %d are impossible", s.first(), s.Segment, s.GC, s.Hour)
	}
	for _, x := range [...]float32{s.HourLow, s.HourHigh, s.High, s.Limit, s.Used, s.Excess, s.Requests, s.Rises[0], s.Rises[1], s.Habit} {
		if !(x >= 0) || math.IsInf(float64(x), 0) {
			return fmt.Errorf("leak state: an amount of %v is impossible", x)
		}
	}
	if s.Lows[0] > s.Lows[1] && s.Lows[1] != 0 || s.Lows[1] > s.Lows[2] && s.Lows[2] != 0 {
		return fmt.Errorf("leak state: lowest hours %v are out of order", s.Lows)
	}
	if !slices.IsSortedFunc(s.Peaks[:], func(a, b level) int { return int(b) - int(a) }) {
		return fmt.Errorf("leak state: peaks %v are out of order", s.Peaks)
	}
	return nil
}
