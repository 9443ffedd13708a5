package capacity

import (
	"math/rand/v2"
	"time"
)

// month returns the 15th of the n-th month from January 2023.
func month(n int) time.Time { return time.Date(2023, time.Month(1+n), 15, 12, 0, 0, 0, time.UTC) }

// ledgerDisk is what a disk of a finance system does: it grows by vouchers and by closes.
type ledgerDisk struct {
	base, perVoucher, perQuarter, perYear, noise float64
}

// driversOf returns those of month n: vouchers a day and users, both growing, each in its own way.
func driversOf(r *rand.Rand, n int) []float64 {
	return []float64{2000 + 40*float64(n) + 300*r.NormFloat64(), 100 + 3*float64(n%9)}
}

// growth of month n.
func (d ledgerDisk) growth(r *rand.Rand, n int, vouchers float64) float64 {
	v := d.base + d.perVoucher*vouchers + d.noise*r.NormFloat64()
	if n%3 == 2 {
		v += d.perQuarter
	}
	if n%12 == 11 {
		v += d.perYear
	}
	return v
}

// problem returns months of such a disk, and the use of those that follow with their drivers.
func (d ledgerDisk) problem(r *rand.Rand, months, after int) (p Problem, later []Point) {
	p = Problem{
		Resource: "disk /u01", Unit: "GB", Accumulates: true, Drivers: []string{"vouchers a day", "users"},
		Limit: 3000, Headroom: 0.1,
	}
	used := 500.0
	for n := range months + after {
		x := driversOf(r, n)
		used += d.growth(r, n, x[0])
		point := Point{Time: month(n), Used: used, Drivers: x}
		if n < months {
			p.Points = append(p.Points, point)
		} else {
			later = append(later, point)
		}
	}
	return p, later
}

// connections returns a problem whose level follows its users.
func connections(r *rand.Rand, months, after int, noise float64) (p Problem, later []Point) {
	p = Problem{Resource: "connections", Unit: "connections", Drivers: []string{"users"}, Limit: 800}
	for n := range months + after {
		users := 200 + 4*float64(n) + 15*r.NormFloat64()
		used := 40 + 1.5*users + 0.5*float64(n) + noise*r.NormFloat64()
		if n%3 == 2 {
			used += 60
		}
		point := Point{Time: month(n), Used: used, Drivers: []float64{users}}
		if n < months {
			p.Points = append(p.Points, point)
		} else {
			later = append(later, point)
		}
	}
	return p, later
}

// given returns the scenario in which the drivers become what they became.
func given(p Problem, later []Point) Scenario {
	s := Scenario{Months: len(later), Drivers: map[string]Course{}}
	for d, name := range p.Drivers {
		var values []float64
		for _, point := range later {
			values = append(values, point.Drivers[d])
		}
		s.Drivers[name] = Course{Values: values}
	}
	return s
}
