package trend

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/models/calibration"
	"github.com/forewarn/forewarn/models/exhaustion"
)

// filled returns predictions as a busy signal has them.
func filled(t testing.TB) predictions {
	t.Helper()
	var p predictions
	at := func(hours int64, use float64) observation {
		return observation{Millis: hours * 3_600_000, Use: use, Limit: 100}
	}
	for hour := int64(1); hour < 200; hour++ {
		p.witness(at(hour, 30+float64(hour)/10))
		f := exhaustion.Forecast{Used: 0.4, Within: [4]float64{0, 0.1, 0.6, 0.9}, P10: 50 * time.Hour, P50: 100 * time.Hour, P90: exhaustion.Never}
		p.note(uint32(hour*3600), &f, &f, 3, noteEvery())
		p.settle(uint32(hour*3600), 0, func(*prediction, int) {}, func(*prediction, int) {})
	}
	p.witness(at(201, 5))
	if len(p.list) < 2 || p.list[0].Became != cleaned {
		t.Fatalf("predictions %+v", p)
	}
	return p
}

func encoded(t testing.TB, p *predictions) []byte {
	t.Helper()
	b, err := p.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestPredictionsSurviveTheirCodec, in no more bytes than the documentation says.
func TestPredictionsSurviveTheirCodec(t *testing.T) {
	for _, p := range []predictions{{}, filled(t)} {
		data := encoded(t, &p)
		if want := 58 + 43*len(p.list); len(data) != want {
			t.Errorf("%d predictions take %d bytes, want %d", len(p.list), len(data), want)
		}
		var got predictions
		if err := got.UnmarshalBinary(data); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, got, cmp.AllowUnexported(predictions{})); diff != "" {
			t.Errorf("decoded (-want +got):\n%s", diff)
		}
	}
}

// TestSaidIsExactEnough: what is remembered of a forecast tells the same rows of a scorecard, and dates to a thousandth.
func TestSaidIsExactEnough(t *testing.T) {
	for tenth := range 11 {
		p := float64(tenth) / 10
		s := say(&exhaustion.Forecast{Within: [4]float64{p}})
		if got := s.probability(0); math.Abs(got-p) > 1e-5 || int(got*10) != int(p*10) {
			t.Errorf("%v is remembered as %v", p, got)
		}
	}
	for _, d := range []time.Duration{0, time.Minute, 7 * time.Hour, 179 * 24 * time.Hour} {
		if got := unpackTime(packTime(d)); math.Abs(float64(got-d)) > 0.001*float64(d) {
			t.Errorf("%v is remembered as %v", d, got)
		}
	}
	if got := unpackTime(packTime(exhaustion.Never)); got != calibration.Never {
		t.Errorf("never is remembered as %v", got)
	}
}

// TestRoom: however often episodes open, the memory stays small.
func TestRoom(t *testing.T) {
	var p predictions
	f := exhaustion.Forecast{Used: 0.4, Within: [4]float64{0.5, 0.6, 0.7, 0.9}, P10: time.Hour, P50: 2 * time.Hour, P90: 30 * time.Hour}
	refused := 0
	for at := uint32(60); at < 20*24*3600; at += 600 {
		p.witness(observation{Millis: int64(at) * 1000, Use: 40, Limit: 100})
		if !p.note(at, &f, &f, 0, noteOpening()) {
			refused++
		}
		if len(p.list) > maxPredictions {
			t.Fatalf("%d predictions are remembered", len(p.list))
		}
	}
	if refused == 0 {
		t.Error("there was always room")
	}
}

// FuzzPredictions: whatever is accepted is written as it was read, and can be lived with.
func FuzzPredictions(f *testing.F) {
	p := filled(f)
	f.Add(encoded(f, &p))
	f.Add(encoded(f, new(predictions)))
	f.Add([]byte{predictionsVersion})
	f.Fuzz(func(t *testing.T, data []byte) {
		var p predictions
		if p.UnmarshalBinary(data) != nil {
			return
		}
		if !bytes.Equal(encoded(t, &p), data) {
			t.Fatal("written otherwise than it was read")
		}
		ledger := new(calibration.Ledger)
		add := func(o calibration.Outcome) {
			if err := ledger.Add(o); err != nil {
				t.Fatal(err)
			}
		}
		p.witness(observation{Millis: 2_000_000_000_000, Use: 1, Limit: 2})
		p.settle(2_000_000_000, 0, func(r *prediction, h int) { add(r.outcome("disk", &r.Raw, h)) },
			func(r *prediction, h int) { add(r.dated("disk", &r.Told, h)) })
	})
}

// BenchmarkWitness is what every sample costs.
func BenchmarkWitness(b *testing.B) {
	p := filled(b)
	b.ReportAllocs()
	o := observation{Millis: 202 * 3_600_000, Use: 5, Limit: 100}
	for b.Loop() {
		o.Millis += 15_000
		p.witness(o)
	}
}

// BenchmarkCalibrated is what every forecast costs.
func BenchmarkCalibrated(b *testing.B) {
	table := calibration.Shipped().Table
	f := exhaustion.Forecast{Used: 0.4, Within: [4]float64{0, 0.1, 0.6, 0.9}, P10: 50 * time.Hour, P50: 100 * time.Hour, P90: 200 * time.Hour}
	b.ReportAllocs()
	for b.Loop() {
		calibrated(f, disk, table)
	}
}
