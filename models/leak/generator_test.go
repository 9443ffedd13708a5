package leak

import (
	"math"
	"math/rand/v2"
)

// scenario is one made-up memory: a share of its limit every few minutes.
type scenario struct {
	leaks bool
	// from is when it begins to leak, in days; where it does not, no finding is right.
	from float64
	// days is how long it is observed, unless it fails before.
	days float64
	// start returns when the process that runs at t days was started; nil if nobody tells.
	start func(t float64) float64
	// level returns the share of the limit in use at t days.
	level func(t float64) float64
	// unlimited hides the limit from the detector.
	unlimited bool
}

// draw is a source of numbers for one scenario.
type draw struct{ *rand.Rand }

func (r draw) between(a, b float64) float64 { return a + (b-a)*r.Float64() }

// tooth is the saw-tooth of a garbage collector: from 0 to 1 within each period.
func tooth(t, period float64) float64 { return t/period - math.Floor(t/period) }

// daytime is the load of a working day, 0 to 1, highest at 14:00.
func daytime(t float64) float64 { return 0.5 - 0.5*math.Cos(2*math.Pi*(t-14.0/24+0.5)) }

// weekday is 1 from Monday to Friday and rest on the other days, with t = 0 a Thursday, as in 1970.
func weekday(t, rest float64) float64 {
	if d := math.Mod(math.Floor(t)+3, 7); d >= 5 {
		return rest
	}
	return 1
}

// base is what all scenarios have in common: a live set, short collections, some load and noise.
func (r draw) base() (floor float64, rest func(t float64) float64) {
	amp, period := r.between(0.05, 0.2), r.between(0.3, 6)/24
	load, jitter := r.between(0, 0.03), r.between(0.001, 0.006)
	return r.between(0.15, 0.4), func(t float64) float64 {
		return amp*tooth(t, period) + load*daytime(t) + jitter*r.NormFloat64()
	}
}

// families returns the generators by name. The constants of the detector were chosen by them, at seeds below 5000.
func families() map[string]func(r draw) scenario {
	return map[string]func(r draw) scenario{
		"leak-gc": func(r draw) scenario {
			floor, rest := r.base()
			full := r.between(4, 14)
			return scenario{leaks: true, days: 20, level: func(t float64) float64 { return floor + rest(t) + (1-floor)*t/full }}
		},
		"leak-traffic": func(r draw) scenario {
			floor, rest := r.base()
			idle := r.between(0, 0.5)
			rate, grown, last := r.between(0.05, 0.15), 0.0, 0.0
			return scenario{leaks: true, days: 20, level: func(t float64) float64 {
				grown += rate * (t - last) * (0.3 + 1.4*daytime(t)) * weekday(t, idle)
				last = t
				return floor + grown + rest(t)
			}}
		},
		"leak-restarts":          func(r draw) scenario { return restarts(r, false) },
		"leak-restarts-declared": func(r draw) scenario { return restarts(r, true) },
		"leak-slow": func(r draw) scenario {
			floor, rest := r.base()
			rate := r.between(0.012, 0.04)
			return scenario{leaks: true, days: 21, level: func(t float64) float64 { return floor + rate*t + rest(t) }}
		},
		"leak-late": func(r draw) scenario {
			floor, rest := r.base()
			from, full := r.between(3, 15), r.between(2.5, 8)
			return scenario{leaks: true, from: from, days: 24, level: func(t float64) float64 {
				return floor + rest(t) + (1-floor)*max(0, t-from)/full
			}}
		},
		"leak-fast": func(r draw) scenario {
			floor, rest := r.base()
			from, full := r.between(4, 12), r.between(0.5, 2)
			return scenario{leaks: true, from: from, days: 14, level: func(t float64) float64 {
				return floor + rest(t) + (1-floor)*max(0, t-from)/full
			}}
		},
		"leak-diurnal": func(r draw) scenario {
			floor, rest := r.base()
			full, load := r.between(6, 14), r.between(0.08, 0.2)
			return scenario{leaks: true, days: 20, level: func(t float64) float64 {
				return floor + load*daytime(t) + rest(t) + (1-floor)*t/full
			}}
		},
		"leak-unlimited": func(r draw) scenario {
			floor, rest := r.base()
			rate := r.between(0.03, 0.1)
			return scenario{leaks: true, unlimited: true, days: 21, level: func(t float64) float64 { return floor + rate*t + rest(t) }}
		},
		"gc-flat": func(r draw) scenario {
			floor, rest := r.base()
			return scenario{days: 21, level: func(t float64) float64 { return floor + rest(t) }}
		},
		"warmup": func(r draw) scenario {
			floor, rest := r.base()
			size, tau := r.between(0.2, 0.5), r.between(0.2, 1.6)
			return scenario{days: 21, level: func(t float64) float64 { return floor + size*(1-math.Exp(-t/tau)) + rest(t)/2 }}
		},
		"diurnal": func(r draw) scenario {
			floor, rest := r.base()
			load := r.between(0.1, 0.4)
			return scenario{days: 21, level: func(t float64) float64 { return floor + load*daytime(t) + rest(t) }}
		},
		"weekend-dip": func(r draw) scenario {
			floor, rest := r.base()
			load, idle := r.between(0.1, 0.35), r.between(0, 0.5)
			return scenario{days: 28, level: func(t float64) float64 {
				return floor + load*(0.3+0.7*daytime(t))*weekday(t, idle) + rest(t)
			}}
		},
		"long-gc": func(r draw) scenario {
			floor, jitter := r.between(0.2, 0.45), r.between(0.001, 0.01)
			period, amp := r.between(4, 30)/24, floor*r.between(0.3, 0.9)
			return scenario{days: 21, level: func(t float64) float64 { return floor + amp*tooth(t, period) + jitter*r.NormFloat64() }}
		},
		"deploy-steps": func(r draw) scenario {
			floor, rest := r.base()
			var at, by [3]float64
			for i := range 1 + r.IntN(3) {
				at[i], by[i] = r.between(1, 20), r.between(0.04, 0.2)
			}
			return scenario{days: 21, level: func(t float64) float64 {
				x := floor + rest(t)
				for i := range at {
					if t >= at[i] {
						x += by[i]
					}
				}
				return x
			}}
		},
		"random-walk": func(r draw) scenario {
			x, sd, last := r.between(0.3, 0.6), r.between(0.01, 0.08), 0.0
			return scenario{days: 21, level: func(t float64) float64 {
				x += sd * math.Sqrt(t-last) * r.NormFloat64()
				last = t
				if x > 0.9 {
					x = 1.8 - x
				}
				x = math.Abs(x-0.1) + 0.1
				return x
			}}
		},
		"cache-fill": func(r draw) scenario { // straight, until it has its size
			floor, rest := r.base()
			size, full := r.between(0.1, 0.4), r.between(0.2, 1.8)
			return scenario{days: 14, level: func(t float64) float64 { return floor + size*min(1, t/full) + rest(t) }}
		},
		"logarithmic": func(r draw) scenario {
			floor, rest := r.base()
			size, tau := r.between(0.03, 0.08), r.between(0.02, 0.2)
			return scenario{days: 21, level: func(t float64) float64 { return floor + size*math.Log1p(t/tau) + rest(t) }}
		},
		"restart-warmup": func(r draw) scenario { // restarted every few days, and warm within hours
			floor, rest := r.base()
			size, tau, every := r.between(0.1, 0.4), r.between(0.05, 0.3), r.between(1, 5)
			return scenario{days: 21, level: func(t float64) float64 {
				return floor + size*(1-math.Exp(-math.Mod(t, every)/tau)) + rest(t)
			}}
		},
		"nightly-batch": func(r draw) scenario {
			floor, rest := r.base()
			size, at, long := r.between(0.1, 0.4), r.between(0, 0.8), r.between(0.05, 0.4)
			return scenario{days: 21, level: func(t float64) float64 {
				x := floor + rest(t)
				if d := t - math.Floor(t) - at; d >= 0 && d < long {
					x += size * min(1, d/long*2)
				}
				return x
			}}
		},
	}
}

// heldOut returns families that no constant of the detector was chosen by: they were written before it, and their figures
// were not acted upon.
func heldOut() map[string]func(r draw) scenario {
	return map[string]func(r draw) scenario{
		"leak-accelerating": func(r draw) scenario {
			floor, rest := r.base()
			full := r.between(5, 14)
			return scenario{leaks: true, days: 20, level: func(t float64) float64 {
				return floor + rest(t) + (1-floor)*(0.5*t/full+0.5*math.Pow(t/full, 2))
			}}
		},
		"leak-by-batch": func(r draw) scenario { // a bit every night
			floor, rest := r.base()
			step, at := r.between(0.04, 0.12), r.Float64()
			return scenario{leaks: true, days: 20, level: func(t float64) float64 { return floor + step*math.Floor(t+at) + rest(t) }}
		},
		"leak-after-warmup": func(r draw) scenario {
			floor, rest := r.base()
			size, rate := r.between(0.05, 0.2), r.between(0.04, 0.12)
			return scenario{leaks: true, days: 20, level: func(t float64) float64 {
				return floor + size*(1-math.Exp(-t/0.3)) + rate*t + rest(t)
			}}
		},
		"bimodal": func(r draw) scenario { // fail-over: the load comes and goes
			floor, rest := r.base()
			high, until, size := false, 0.0, r.between(0.1, 0.4)
			return scenario{days: 21, level: func(t float64) float64 {
				if t >= until {
					high, until = !high, t+r.ExpFloat64()*r.between(0.2, 4)
				}
				if high {
					return floor + size + rest(t)
				}
				return floor + rest(t)
			}}
		},
		"mean-reverting": func(r draw) scenario {
			floor, rest := r.base()
			x, last, tau, sd := 0.0, 0.0, r.between(0.2, 3), r.between(0.01, 0.05)
			return scenario{days: 21, level: func(t float64) float64 {
				dt := t - last
				last = t
				x += -x*dt/tau + sd*math.Sqrt(2*dt/tau)*r.NormFloat64()
				return floor + 0.15 + x + rest(t)
			}}
		},
		"weekly-release": func(r draw) scenario { // each release needs a little more or less
			floor, rest := r.base()
			level, next := 0.15, r.between(0, 7)
			return scenario{days: 28, level: func(t float64) float64 {
				if t >= next {
					next += 7
					level += r.between(-0.05, 0.06)
				}
				return floor + level + rest(t)
			}}
		},
	}
}

// restarts leaks at a steady rate and is restarted every one to three days, until nobody does any more.
func restarts(r draw, declared bool) scenario {
	floor, jitter := r.between(0.15, 0.3), r.between(0.002, 0.01)
	every, amp := r.between(1.2, 3.2), r.between(0.05, 0.18)
	rate, cycles := (0.85-floor-amp)/every*r.between(0.6, 1), 2+math.Floor(r.between(0, 4))
	begun := func(t float64) float64 { return every * min(cycles, math.Floor(t/every)) }
	s := scenario{leaks: true, days: 28, level: func(t float64) float64 {
		return floor + rate*(t-begun(t)) + amp*tooth(t, 0.04) + jitter*r.NormFloat64()
	}}
	if declared {
		s.start = begun
	}
	return s
}
