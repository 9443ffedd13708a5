package capacity

import (
	"errors"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var update = flag.Bool("update", false, "write the golden files")

func mustFit(t testing.TB, p Problem) *Plan {
	t.Helper()
	plan, err := Fit(p)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// coefficients returns those of the report by name.
func coefficients(r Report) map[string]float64 {
	out := map[string]float64{}
	for _, term := range r.Terms {
		out[term.Name] = term.Coefficient
	}
	return out
}

// TestLinearSystemsAreRecovered: without noise, the coefficients are those that made the data.
func TestLinearSystemsAreRecovered(t *testing.T) {
	near := cmpopts.EquateApprox(1e-6, 1e-6)
	r := rand.New(rand.NewPCG(1, 1))
	disk, _ := ledgerDisk{base: 3, perVoucher: 0.01, perQuarter: 25, perYear: 80}.problem(r, 36, 0)
	report := mustFit(t, disk).Report()
	want := map[string]float64{"constant": 3, "vouchers a day": 0.01, "users": 0, "quarter end": 25, "year end": 80}
	if diff := cmp.Diff(want, coefficients(report), near); diff != "" {
		t.Errorf("disk (-want +got):\n%s", diff)
	}
	level, _ := connections(r, 24, 0, 0)
	want = map[string]float64{"constant": 40, "users": 1.5, "months since 2023-01-01": 0.5, "quarter end": 60, "year end": 0}
	report = mustFit(t, level).Report()
	if diff := cmp.Diff(want, coefficients(report), near); diff != "" {
		t.Errorf("connections (-want +got):\n%s", diff)
	}
	if report.R2 < 0.999999 || report.Sigma > 1e-6 {
		t.Errorf("R2 %v, sigma %v, want 1 and 0", report.R2, report.Sigma)
	}
}

// TestCoefficientIntervals: 80 % of the intervals hold the coefficient that made the data.
func TestCoefficientIntervals(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	held, n := 0, 0
	for range 400 {
		p, _ := ledgerDisk{base: 3, perVoucher: 0.01, perQuarter: 25, noise: 5}.problem(r, 36, 0)
		for _, term := range mustFit(t, p).Report().Terms {
			truth, ok := map[string]float64{"vouchers a day": 0.01, "users": 0, "quarter end": 25, "year end": 0}[term.Name]
			if !ok {
				continue
			}
			if n++; term.Low <= truth && truth <= term.High {
				held++
			}
		}
	}
	if got := float64(held) / float64(n); got < 0.77 || got > 0.83 {
		t.Errorf("intervals hold %.3f of the coefficients, want 0.77 to 0.83", got)
	}
}

// TestFormula is what people read.
func TestFormula(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	disk, _ := ledgerDisk{base: 3, perVoucher: 0.01, perQuarter: 25, perYear: 80, noise: 3}.problem(r, 36, 0)
	level, _ := connections(r, 24, 0, 8)
	bare := Problem{Resource: "disk /var", Unit: "GB", Accumulates: true, Limit: 100}
	for n := range 8 {
		bare.Points = append(bare.Points, Point{Time: month(n), Used: 10 + 2*float64(n)})
	}
	var got strings.Builder
	for _, p := range []Problem{disk, level, bare} {
		report := mustFit(t, p).Report()
		got.WriteString(report.Formula + "\n")
		for _, d := range report.Dropped {
			got.WriteString("  without " + d.Name + ": " + d.Reason.String() + "\n")
		}
	}
	golden := filepath.Join("testdata", "formula.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("formula (-want +got):\n%s", diff)
	}
}

// TestDroppedWithAReason: what the past cannot tell is left out, and the rest still stands.
func TestDroppedWithAReason(t *testing.T) {
	f := func(want Reason, name string, spoil func(n int, point *Point)) {
		t.Helper()
		p, _ := ledgerDisk{base: 3, perVoucher: 0.01, perQuarter: 25, noise: 1}.problem(rand.New(rand.NewPCG(4, 4)), 36, 0)
		for n := range p.Points {
			spoil(n, &p.Points[n])
		}
		report := mustFit(t, p).Report()
		if !slices.Contains(report.Dropped, Dropped{name, want}) {
			t.Errorf("dropped %v, want %s: %v", report.Dropped, name, want)
		}
		if math.IsNaN(report.R2) || len(report.Terms) < 2 {
			t.Errorf("%s: what is left does not stand: %+v", name, report)
		}
	}
	f(Constant, "users", func(_ int, p *Point) { p.Drivers[1] = 100 })
	f(Constant, "users", func(n int, p *Point) { p.Drivers[1] = 1e6 + 1e-6*float64(n%2) })
	f(Collinear, "users", func(_ int, p *Point) { p.Drivers[1] = 7 - 3*p.Drivers[0] })
	f(Collinear, "quarter end", func(n int, p *Point) { p.Drivers[1] = float64(n % 3 / 2) })
	f(Missing, "users", func(_ int, p *Point) { p.Drivers[1] = math.NaN() })
	f(Missing, "users", func(n int, p *Point) {
		if n < 12 {
			p.Drivers[1] = math.Inf(1)
		}
	})
	f(Missing, "users", func(_ int, p *Point) { p.Drivers[1] = 1e30 })
}

// TestFewPoints: the least important effects go first, and then there is an error.
func TestFewPoints(t *testing.T) {
	f := func(months int, want ...string) {
		t.Helper()
		p, _ := connections(rand.New(rand.NewPCG(5, 5)), months, 0, 5)
		plan, err := Fit(p)
		if len(want) == 0 {
			if !errors.Is(err, ErrTooFewPoints) {
				t.Errorf("%d months: error %v, want ErrTooFewPoints", months, err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, term := range plan.Report().Terms {
			got = append(got, term.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d months (-want +got):\n%s", months, diff)
		}
	}
	f(0)
	f(5)
	f(6, "constant", "users")
	f(9, "constant", "users", "months since 2023-01-01")
	f(11, "constant", "users", "months since 2023-01-01", "quarter end")
	f(36, "constant", "users", "months since 2023-01-01", "quarter end", "year end")
}

func TestProblemsAreNamed(t *testing.T) {
	f := func(spoil func(*Problem), want ...string) {
		t.Helper()
		p, _ := connections(rand.New(rand.NewPCG(6, 6)), 24, 0, 5)
		spoil(&p)
		_, err := Fit(p)
		for _, text := range want {
			if err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("error %v, want one with %q", err, text)
			}
		}
	}
	f(func(p *Problem) { p.Limit, p.Headroom = math.NaN(), 1 }, "limit", "headroom")
	f(func(p *Problem) { p.Step, p.YearEnd = 9, 13 }, "step", "year end")
	f(func(p *Problem) { p.Drivers = nil }, "has 1 drivers instead of 0")
	f(func(p *Problem) { p.Drivers[0] = "" }, "name")
	f(func(p *Problem) { p.Drivers = make([]string, 13) }, "more than 12")
	f(func(p *Problem) { p.Points[3].Time = p.Points[4].Time }, "two points", "2023-05-01")
	f(func(p *Problem) {
		for i := range p.Points {
			p.Points[i].Used = math.NaN()
		}
	}, "none of 24 has a use")
}

// TestHolesAndOrder: the order of points does not matter, and a hole costs two growths.
func TestHolesAndOrder(t *testing.T) {
	p, _ := ledgerDisk{base: 3, perVoucher: 0.01, noise: 1}.problem(rand.New(rand.NewPCG(7, 7)), 36, 0)
	want := mustFit(t, p).Report()
	slices.Reverse(p.Points)
	if diff := cmp.Diff(want, mustFit(t, p).Report()); diff != "" {
		t.Errorf("reversed (-want +got):\n%s", diff)
	}
	p.Points[9].Used = math.NaN()
	if got := mustFit(t, p).Report(); got.Points != want.Points-2 || got.Skipped != 1 {
		t.Errorf("%d points and %d skipped after a hole, want %d and 1", got.Points, got.Skipped, want.Points-2)
	}
}

// TestOldPointsAreLeftOut: what costs the square of the points has a bound.
func TestOldPointsAreLeftOut(t *testing.T) {
	p, _ := connections(rand.New(rand.NewPCG(8, 8)), 130, 0, 5)
	if got := mustFit(t, p).Report(); got.Points != 100 || got.Skipped != 30 {
		t.Errorf("%d points and %d skipped, want 100 and 30", got.Points, got.Skipped)
	}
}

// TestHangingTogether: a random walk taken for a level is told by Durbin-Watson.
func TestHangingTogether(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	p := Problem{Resource: "disk", Unit: "GB", Limit: 1000}
	used := 300.0
	for n := range 48 {
		used += 10 * r.NormFloat64()
		p.Points = append(p.Points, Point{Time: month(n), Used: used})
	}
	if got := mustFit(t, p).Report().DurbinWatson; got > 1 {
		t.Errorf("Durbin-Watson of a random walk is %.2f, want <= 1", got)
	}
	p.Accumulates = true
	if got := mustFit(t, p).Report().DurbinWatson; got < 1.3 {
		t.Errorf("Durbin-Watson of its steps is %.2f, want >= 1.3", got)
	}
}

func TestCloses(t *testing.T) {
	f := func(step Step, day string, last time.Month, want ...closing) {
		t.Helper()
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		n := step.periodOf(at)
		if s, e := step.start(n), step.start(n+1); at.Before(s) || !at.Before(e) {
			t.Errorf("%s is not within %v to %v", day, s, e)
		}
		var got []closing
		for _, c := range []closing{monthEnd, quarterEnd, yearEnd} {
			if step.closes(n, c, last) {
				got = append(got, c)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v of %s (-want +got):\n%s", step, day, diff)
		}
	}
	f(Monthly, "2026-02-03", 0, monthEnd)
	f(Monthly, "2026-03-31", 0, monthEnd, quarterEnd)
	f(Monthly, "2026-12-01", 0, monthEnd, quarterEnd, yearEnd)
	f(Monthly, "2026-12-01", time.March, monthEnd, quarterEnd)
	f(Monthly, "2026-03-01", time.March, monthEnd, quarterEnd, yearEnd)
	f(Monthly, "2026-04-30", time.January, monthEnd, quarterEnd)
	f(Weekly, "2026-05-31", 0, monthEnd) // a Sunday
	f(Weekly, "2026-06-01", 0)
	f(Weekly, "2026-06-28", 0)
	f(Weekly, "2026-07-01", 0, monthEnd, quarterEnd)
	f(Weekly, "2026-12-28", 0, monthEnd, quarterEnd, yearEnd)
	f(Weekly, "1969-12-31", 0, monthEnd, quarterEnd, yearEnd)
	f(Weekly, "1969-12-28", 0)
	f(Weekly, "0001-01-01", 0)
}

func BenchmarkFit(b *testing.B) {
	p, _ := ledgerDisk{base: 3, perVoucher: 0.01, perQuarter: 25, noise: 1}.problem(rand.New(rand.NewPCG(1, 1)), 100, 0)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Fit(p); err != nil {
			b.Fatal(err)
		}
	}
}
