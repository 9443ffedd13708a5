package robust

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/gonum/stat"
)

// near compares what rounding may touch; two NaN are equal.
func near() cmp.Option { return cmp.Options{cmpopts.EquateApprox(1e-12, 1e-12), cmpopts.EquateNaNs()} }

func noise(seed uint64, n int) []float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

func TestLocation(t *testing.T) {
	f := func(x []float64, median, deviation float64) {
		t.Helper()
		got := []float64{Median(slices.Clone(x)), Deviation(slices.Clone(x))}
		if diff := cmp.Diff([]float64{median, deviation}, got, near()); diff != "" {
			t.Errorf("%v (-want +got):\n%s", x, diff)
		}
	}
	f(nil, math.NaN(), math.NaN())
	f([]float64{3}, 3, 0)
	f([]float64{4, 1}, 2.5, 1.5*MADScale)
	f([]float64{1, 2, 3, 4, 1e9}, 3, MADScale)
	f([]float64{7, 7, 7, 7}, 7, 0)
	f([]float64{5, -1, 2, 8, 3, 3}, 3, 1.5*MADScale)
}

func TestQuantile(t *testing.T) {
	f := func(x []float64, q, want float64) {
		t.Helper()
		if diff := cmp.Diff(want, Quantile(slices.Clone(x), q), near()); diff != "" {
			t.Errorf("%v at %v (-want +got):\n%s", x, q, diff)
		}
	}
	f(nil, 0.5, math.NaN())
	f([]float64{1, 2}, math.NaN(), math.NaN())
	f([]float64{3, 1, 2}, 0, 1)
	f([]float64{3, 1, 2}, 1, 3)
	f([]float64{3, 1, 2}, -7, 1)
	f([]float64{3, 1, 2}, 7, 3)
	f([]float64{40, 10, 30, 20}, 0.25, 17.5)
	f([]float64{40, 10, 30, 20}, 0.9, 37)
}

// TestSelectAgreesWithSorting: whatever the order and the ties, selection finds what sorting finds.
func TestSelectAgreesWithSorting(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		x := make([]float64, 1+r.IntN(200))
		for i := range x {
			x[i] = float64(r.IntN(1 + r.IntN(300)))
		}
		want := slices.Sorted(slices.Values(x))
		for k := range want {
			y := slices.Clone(x)
			if got := Select(y, k); got != want[k] {
				t.Fatalf("Select(%v, %d) = %v, want %v", x, k, got, want[k])
			}
			if slices.Sort(y); !slices.Equal(y, want) {
				t.Fatalf("Select(%v, %d) lost samples", x, k)
			}
		}
	}
}

func TestTheilSen(t *testing.T) {
	line := func(n int, wild ...int) (x, y []float64) {
		for i := range n {
			x, y = append(x, float64(2*i)), append(y, 5+3*float64(2*i))
		}
		for _, i := range wild {
			y[i] = 1e6
		}
		return x, y
	}
	f := func(x, y []float64, want Slope) {
		t.Helper()
		sd := math.Sqrt(MannKendall(y, make([]float64, len(y))).Variance)
		if diff := cmp.Diff(want, TheilSen(Slopes(nil, x, y), 1.96, sd), near()); diff != "" {
			t.Errorf("%v, %v (-want +got):\n%s", x, y, diff)
		}
	}
	x, y := line(12)
	f(x, y, Slope{3, 3, 3})
	x, y = line(40, 0, 7, 20)
	f(x, y, Slope{3, 3, 3})
	f(nil, nil, Slope{math.NaN(), math.NaN(), math.NaN()})
	f([]float64{1, 1}, []float64{2, 3}, Slope{math.NaN(), math.NaN(), math.NaN()})
	f([]float64{1, 2}, []float64{2, 7}, Slope{5, 5, 5})
}

// TestSenInterval: of noise about a line, the 80 % interval holds the slope 80 times in a hundred.
func TestSenInterval(t *testing.T) {
	const n, runs = 30, 2000
	x, held := make([]float64, n), 0
	scratch, slopes := make([]float64, n), make([]float64, 0, n*(n-1)/2)
	for run := range runs {
		y := noise(uint64(run), n)
		for i := range y {
			x[i] = float64(i)
			y[i] += 0.3 * x[i]
		}
		got := TheilSen(Slopes(slopes, x, y), 1.2816, math.Sqrt(MannKendall(y, scratch).Variance))
		if got.Low <= 0.3 && 0.3 <= got.High {
			held++
		}
	}
	if share := float64(held) / runs; math.Abs(share-0.8) > 0.04 {
		t.Errorf("the interval held the slope in %.3f of %d runs, want 0.8", share, runs)
	}
}

func TestMannKendall(t *testing.T) {
	f := func(y []float64, want Kendall, z float64) {
		t.Helper()
		got := MannKendall(y, make([]float64, len(y)))
		if diff := cmp.Diff(want, got, near()); diff != "" {
			t.Errorf("%v (-want +got):\n%s", y, diff)
		}
		if diff := cmp.Diff(z, got.Z(1), cmpopts.EquateApprox(0, 1e-3)); diff != "" {
			t.Errorf("z of %v (-want +got):\n%s", y, diff)
		}
	}
	f(nil, Kendall{}, 0)
	f([]float64{1}, Kendall{}, 0)
	f([]float64{2, 2, 2}, Kendall{}, 0)
	f([]float64{1, 2, 3, 4, 5}, Kendall{10, 50.0 / 3}, 2.2045)
	f([]float64{5, 4, 3, 2, 1}, Kendall{-10, 50.0 / 3}, -2.2045)
	// Gilbert, Statistical Methods for Environmental Pollution Monitoring (1987), section 16.4: ties.
	f([]float64{10, 22, 21, 30, 22, 30, 40, 40}, Kendall{21, 62.3333333333333333}, 2.5332)
}

// TestKendallAgainstGonum: S is Kendall's tau times the number of pairs.
func TestKendallAgainstGonum(t *testing.T) {
	for seed := range uint64(20) {
		y := noise(seed, 25)
		x := make([]float64, len(y))
		for i := range x {
			x[i] = float64(i)
		}
		want := stat.Kendall(x, y, nil) * 25 * 24 / 2
		if got := MannKendall(y, make([]float64, 25)).S; math.Abs(got-want) > 1e-9 {
			t.Errorf("seed %d: S = %v, want %v", seed, got, want)
		}
	}
}

func TestKendallAdds(t *testing.T) {
	got := Kendall{10, 16}.Add(Kendall{-3, 9})
	if diff := cmp.Diff(Kendall{7, 25}, got); diff != "" {
		t.Error(diff)
	}
	if z := got.Z(1); z != 1.2 {
		t.Errorf("z = %v, want 1.2", z)
	}
	if z := got.Z(4); z != 0.6 {
		t.Errorf("z with twice the deviation = %v, want 0.6", z)
	}
}

// TestHamedRao: the trend test keeps its level on autocorrelated noise, where without the factor it does not.
func TestHamedRao(t *testing.T) {
	const n, runs = 60, 1000
	plain, corrected := 0, 0
	scratch := make([]float64, n)
	for run := range runs {
		y := noise(uint64(run), n)
		for i := 1; i < n; i++ {
			y[i] += 0.6 * y[i-1]
		}
		k := MannKendall(y, scratch)
		if k.Z(1) > 1.645 {
			plain++
		}
		if k.Z(HamedRao(y, scratch)) > 1.645 {
			corrected++
		}
	}
	if plain < runs/8 {
		t.Errorf("%d of %d plain tests reject at 5 %%: the noise is not autocorrelated enough to show anything", plain, runs)
	}
	if corrected > runs/10 {
		t.Errorf("%d of %d corrected tests reject at 5 %%, want at most twice the level", corrected, runs)
	}
}

func TestHamedRaoBounds(t *testing.T) {
	f := func(y []float64) {
		t.Helper()
		if got := HamedRao(y, make([]float64, len(y))); got != 1 {
			t.Errorf("HamedRao(%v) = %v, want 1", y, got)
		}
	}
	f(nil)
	f([]float64{1, 2})
	f([]float64{4, 4, 4, 4})
	f([]float64{1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1})
}

// TestAllocations: the models call this for every signal.
func TestAllocations(t *testing.T) {
	y := noise(1, 48)
	x, scratch, slopes := noise(2, 48), make([]float64, 48), make([]float64, 0, 48*47/2)
	got := testing.AllocsPerRun(10, func() {
		s := Slopes(slopes, x, y)
		TheilSen(s, 1.96, 100)
		Deviation(s)
		Quantile(s, 0.9)
		MannKendall(y, scratch)
		HamedRao(y, scratch)
	})
	if got != 0 {
		t.Errorf("%v allocations, want none", got)
	}
}

// FuzzSelect: no samples, NaN and infinities included, make a selection panic or lose one.
func FuzzSelect(f *testing.F) {
	f.Add([]byte{1, 2, 3}, uint8(1))
	f.Add([]byte{0, 255, 0, 254, 9, 9, 9, 9, 9, 255, 255, 3, 4, 5, 253, 1, 0, 7}, uint8(9))
	f.Fuzz(func(t *testing.T, raw []byte, k uint8) {
		x := make([]float64, len(raw))
		for i, b := range raw {
			x[i] = [...]float64{math.NaN(), math.Inf(1), math.Inf(-1), float64(b)}[max(0, 3-int(255-b))%4]
			if b < 253 {
				x[i] = float64(b)
			}
		}
		if int(k) < len(x) {
			Select(x, int(k))
			Quantile(x, float64(k)/255)
			Deviation(x)
		}
	})
}

func BenchmarkTheilSen(b *testing.B) {
	x, y, slopes := make([]float64, 48), noise(2, 48), make([]float64, 0, 48*47/2)
	for i := range x {
		x[i] = float64(i)
	}
	b.ReportAllocs()
	for b.Loop() {
		TheilSen(Slopes(slopes, x, y), 1.2816, 112)
	}
}

func BenchmarkMannKendall(b *testing.B) {
	y, scratch := noise(2, 48), make([]float64, 48)
	b.ReportAllocs()
	for b.Loop() {
		MannKendall(y, scratch)
	}
}

func BenchmarkHamedRao(b *testing.B) {
	y, scratch := noise(2, 48), make([]float64, 48)
	b.ReportAllocs()
	for b.Loop() {
		HamedRao(y, scratch)
	}
}
