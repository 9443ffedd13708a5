package chart

import (
	"math"
	"strconv"

	"github.com/forewarn/forewarn/shared/i18n"
)

// tick is a place on an axis and what is written there.
type tick struct {
	at    float64
	label string
}

// valueTicks returns about count ticks at round values of a unit.
func valueTicks(domain span, unit string, count int) []tick {
	factor, suffix := tickUnit(math.Max(math.Abs(domain.lo), math.Abs(domain.hi)), unit)
	step := niceStep((domain.hi-domain.lo)/factor, count)
	digits := max(0, -int(math.Floor(math.Log10(step)+1e-9)))
	var out []tick
	first := math.Ceil(domain.lo/factor/step - 1e-9)
	for i := range 4 * count {
		v := (first + float64(i)) * step
		if v*factor > domain.hi+step*factor*1e-9 {
			break
		}
		label := strconv.FormatFloat(v, 'f', digits, 64) + suffix
		if math.Abs(v) < step/2 {
			v, label = 0, "0"
		}
		if len(label) > 12 {
			label = strconv.FormatFloat(v*factor, 'g', 3, 64)
		}
		out = append(out, tick{v * factor, label})
	}
	return out
}

// tickUnit returns by what values up to greatest are divided on an axis, and the name of the result.
func tickUnit(greatest float64, unit string) (float64, string) {
	base, names := 1000.0, []string{"", " k", " M", " G", " T", " P"}
	switch unit {
	case "ratio":
		return 0.01, " %"
	case "bytes":
		base, names = 1024, []string{" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"}
	default:
		if greatest < 1e4 {
			return 1, ""
		}
	}
	factor, i := 1.0, 0
	for i < len(names)-1 && greatest >= factor*base*1.0001 {
		factor *= base
		i++
	}
	return factor, names[i]
}

// niceStep returns 1, 2 or 5 times a power of ten so that a height has at most count steps.
func niceStep(height float64, count int) float64 {
	raw := height / float64(max(count, 1))
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= raw*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// amount writes one value in the unit of a chart.
func amount(v float64, unit string) string {
	if unit == "ratio" {
		return i18n.Percent(v)
	}
	return i18n.Amount(v, unit)
}
