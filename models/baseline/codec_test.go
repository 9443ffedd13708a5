package baseline_test

import (
	"math"
	"math/rand/v2"
	"os"
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
	if b, err := os.ReadFile("testdata/version1.bin"); err == nil {
		f.Add(b)
	}
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

// TestStateOfVersion1IsRead reads what the version without records wrote after three weeks of a daily load, beside the bands
// that it gave then.
func TestStateOfVersion1IsRead(t *testing.T) {
	b, err := os.ReadFile("testdata/version1.bin")
	if err != nil {
		t.Fatal(err)
	}
	var s baseline.Series
	if err := s.UnmarshalBinary(b); err != nil {
		t.Fatal(err)
	}
	const end = 1_767_225_600_000 + 21*daySeconds*1000
	clock := baseline.NewClock(nil)
	f := func(hour int64, want ...float64) {
		t.Helper()
		low, usual, high, ok := s.Expected(clock.At(end+hour*3600_000), baseline.Terms{})
		for i, got := range []float64{low, usual, high} {
			if !ok || math.Abs(got-want[i]) > 0.01*want[i] {
				t.Errorf("at %d h: %.2f instead of %.2f", hour, got, want[i])
			}
		}
	}
	f(0, 41.77, 49.57, 58.69)
	f(5, 62.41, 78.40, 98.23)
	f(18, 18.10, 20.18, 22.47)
	if s.Age() != 21*288 || s.Learned(end) != 1 {
		t.Errorf("%d samples were learnt, %.2f of what is needed", s.Age(), s.Learned(end))
	}
	if j, _ := s.Observe(clock.At(end), 20, baseline.Terms{}); j.Score < baseline.Onset {
		t.Errorf("a value far below what is usual scores %.2f", j.Score)
	}
	if again, _ := s.AppendBinary(nil); again[0] == b[0] {
		t.Error("the state is written as version 1 again")
	}
	if err := s.UnmarshalBinary(b[:len(b)-1]); err == nil {
		t.Error("a state of version 1 that is cut short is taken")
	}
}
