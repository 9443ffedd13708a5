package baseline

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
)

// codecVersion changes whenever the layout of state or the meaning of a field does.
const codecVersion = 2

// AppendBinary appends the state to b in a fixed layout: equal states give equal bytes. It never fails.
func (s *Series) AppendBinary(b []byte) ([]byte, error) {
	l := layout{b: append(b, codecVersion)}
	s.fields(&l)
	return l.b, nil
}

// UnmarshalBinary restores what AppendBinary wrote. On an error s is unchanged: the bytes are of another release, cut short
// or damaged.
func (s *Series) UnmarshalBinary(b []byte) error {
	var st state
	var err error
	switch {
	case len(b) > 0 && b[0] == codecVersion:
		l := layout{b: b[1:], reading: true}
		if st.fields(&l); l.short || len(l.b) > 0 {
			err = fmt.Errorf("baseline state has %d bytes instead of %d", len(b), 1+binary.Size(&st))
		}
	case len(b) > 0 && b[0] == withoutRecords:
		var before stateWithoutRecords
		err = decode(b, &before)
		st = before.state()
	default:
		return fmt.Errorf("baseline state is not of version %d or %d; let it be learned again", withoutRecords, codecVersion)
	}
	if err = cmp.Or(err, st.check()); err != nil {
		return err
	}
	s.state = st
	return nil
}

// decode fills a state of an earlier version with all the bytes behind the version.
func decode(b []byte, st any) error {
	if n, err := binary.Decode(b[1:], binary.LittleEndian, st); err != nil || n != len(b)-1 {
		return fmt.Errorf("baseline state has %d bytes instead of %d", len(b), 1+binary.Size(st))
	}
	return nil
}

// check refuses numbers that no sequence of samples leads to and that would poison every later answer.
func (s *state) check() error {
	if s.Nature >= natures {
		return fmt.Errorf("baseline state: nature %d is not known", s.Nature)
	}
	if s.LastMillis < 0 || !(math.Abs(s.Base) <= mostValue) {
		return fmt.Errorf("baseline state: base %v at %d is impossible", s.Base, s.LastMillis)
	}
	sizes := [...]float32{s.Interval, s.Spread[0], s.Spread[1], s.Step, s.Variance, s.Calm, s.Hot, s.Peak, s.Unit, s.Size}
	for _, of := range [...][]float32{sizes[:], s.Error[:]} {
		if err := checkSizes(of...); err != nil {
			return err
		}
	}
	for _, t := range append(s.Tails[:], s.All) {
		if err := checkSizes(t.From, t.Mean, t.Square); err != nil {
			return err
		}
	}
	deviations := [...]float32{
		s.Level, s.Covariance, s.Before, s.Fresh, s.Short, s.Long, s.Run, s.Sum, s.Past, s.Now, s.Today, s.Highest,
	}
	for _, v := range deviations {
		if !(math.Abs(float64(v)) <= math.MaxFloat32) {
			return fmt.Errorf("baseline state: a deviation of %v is impossible", v)
		}
	}
	if err := s.records.check(); err != nil {
		return err
	}
	return s.profile.check()
}

// checkSizes refuses what is negative or no number.
func checkSizes(sizes ...float32) error {
	for _, v := range sizes {
		if !(v >= 0 && v <= math.MaxFloat32) {
			return fmt.Errorf("baseline state: a size of %v is impossible", v)
		}
	}
	return nil
}

// check refuses spacings that are none, and days that lie the wrong way round.
func (c *records) check() error {
	before := 0.0
	for _, below := range c.Below[:min(max(int(c.Days)-1, 0), spacings)] {
		v := below.value()
		if !(v >= before && v <= math.MaxFloat32) {
			return fmt.Errorf("baseline state: a spacing of %v after %v is impossible", v, before)
		}
		before = v
	}
	return nil
}

// check refuses hours and days that there are none of.
func (p *profile) check() error {
	if p.At < 0 || p.At > 23 || p.Close < 0 || p.Close > CloseDays {
		return fmt.Errorf("baseline state: hour %d of day %d of a close is impossible", p.At, p.Close)
	}
	narrowest, widest := wideSteps*math.Log2(0.9*leastWide), wideSteps*math.Log2(1.1*mostWide)
	for h, steps := range p.Wide {
		if v := float64(steps); v < narrowest || v > widest {
			return fmt.Errorf("baseline state: a width of %v is impossible", p.wide(h))
		}
	}
	return nil
}

// eventsVersion changes whenever the layout of the state of events or the meaning of a field does.
const eventsVersion = 101

// AppendBinary appends the state to b in a fixed layout: equal states give equal bytes. It never fails.
func (e *Events) AppendBinary(b []byte) ([]byte, error) {
	return binary.Append(append(b, eventsVersion), binary.LittleEndian, &e.events)
}

// UnmarshalBinary restores what AppendBinary wrote. On an error e is unchanged: the bytes are of something else, cut short or
// damaged.
func (e *Events) UnmarshalBinary(b []byte) error {
	var fresh events
	if len(b) == 0 || b[0] != eventsVersion {
		return fmt.Errorf("state of events is not of version %d; let it be learned again", eventsVersion)
	}
	if n, err := binary.Decode(b[1:], binary.LittleEndian, &fresh); err != nil || n != len(b)-1 {
		return fmt.Errorf("state of events has %d bytes instead of %d", len(b), 1+binary.Size(fresh))
	}
	if fresh.LastMillis < 0 {
		return fmt.Errorf("state of events: a time of %d is impossible", fresh.LastMillis)
	}
	sizes := []float32{fresh.Interval, fresh.Calm, fresh.Hot, fresh.Recent, fresh.Sum, fresh.Seconds}
	for _, r := range [...]rhythm{fresh.Brief, fresh.Hour} {
		sizes = append(sizes, r.Mean, r.Variance, r.Tail.From, r.Tail.Mean, r.Tail.Square)
	}
	for _, v := range sizes {
		if !(v >= 0 && v <= math.MaxFloat32) {
			return fmt.Errorf("state of events: a size of %v is impossible", v)
		}
	}
	e.events = fresh
	return nil
}
