package baseline_test

import (
	"math/rand/v2"
	"testing"

	"github.com/forewarn/forewarn/models/baseline"
)

// learnt returns the bytes of a series that has seen some days.
func learnt(t testing.TB) []byte {
	r := rand.New(rand.NewPCG(2, 2))
	s := baseline.New(baseline.Positive)
	play(&s, baseline.NewClock(nil), fiveMinutes, 3*288, func(int) float64 { return 5 + r.NormFloat64() }, func(int, *baseline.Judgement) {})
	b, err := s.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestStateSurvives(t *testing.T) {
	b := learnt(t)
	var s baseline.Series
	if err := s.UnmarshalBinary(b); err != nil {
		t.Fatal(err)
	}
	again, _ := s.AppendBinary(nil)
	if string(again) != string(b) {
		t.Error("a restored state has other bytes")
	}
	if err := s.UnmarshalBinary(b[:len(b)-1]); err == nil {
		t.Error("a state that is cut short is taken")
	}
}

func FuzzUnmarshal(f *testing.F) {
	f.Add(learnt(f))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		var s baseline.Series
		if s.UnmarshalBinary(b) != nil {
			return
		}
		again, _ := s.AppendBinary(nil)
		if err := new(baseline.Series).UnmarshalBinary(again); err != nil {
			t.Fatalf("what was taken is not taken again: %v", err)
		}
		clock := baseline.NewClock(nil)
		for i := range int64(200) {
			j, _ := s.Observe(clock.At(4_000_000_000_000+i*600_000), float64(i), baseline.Terms{})
			if !(j.Score >= 0 && j.Score <= 1) {
				t.Fatalf("score %v", j.Score)
			}
		}
	})
}
