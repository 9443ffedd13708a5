package web

import (
	"math"
	"strconv"
	"strings"

	"github.com/forewarn/forewarn/shared/i18n"
)

// solid keeps a number and its unit on one line.
func solid(text string) string { return strings.ReplaceAll(text, " ", "\u00a0") }

// Percent returns a share of one without pretending to be certain.
func (s speaker) Percent(p float64) string { return solid(i18n.Percent(p)) }

// Share returns used/limit, NaN where there is no limit.
func (s speaker) Share(used, limit float64) float64 {
	if limit <= 0 || math.IsNaN(used) || math.IsInf(used, 0) || math.IsInf(limit, 0) {
		return math.NaN()
	}
	return used / limit
}

// Of says how much is used: "37.2 GiB of 40.0 GiB (93 %)".
func (s speaker) Of(used, limit float64, unit string) string {
	share := s.Share(used, limit)
	if math.IsNaN(share) {
		return s.Amount(used, unit)
	}
	first := grouped(used) // the limit names the unit of both
	if unit == "bytes" {
		first = s.Amount(used, unit)
	}
	return s.Sayf("%s of %s (%s)", "%s / %s（%s）", first, s.Amount(limit, unit), s.Percent(share))
}

// Part says which share of a limit an amount is; "" where there is no limit.
func (s speaker) Part(v, limit float64) string {
	if share := s.Share(v, limit); !math.IsNaN(share) {
		return s.Percent(share)
	}
	return ""
}

// Amount writes a quantity in its unit as readers of the language do: "2,466,193 files", "2,466,193 个文件".
func (s speaker) Amount(v float64, unit string) string {
	switch unit {
	case "bytes":
		return solid(i18n.Amount(v, unit))
	case "ratio":
		return s.Percent(v)
	case "":
		return grouped(v)
	}
	return solid(grouped(v) + " " + s.Pick(i18n.Unit(unit)))
}

// grouped writes a number with its thousands apart; fractions matter only below a thousand.
func grouped(v float64) string {
	if math.Abs(v) < 1000 || math.Abs(v) >= 1e15 || math.IsNaN(v) {
		return i18n.Amount(v, "")
	}
	digits := strconv.FormatInt(int64(math.Round(math.Abs(v))), 10)
	var b strings.Builder
	if v < 0 {
		b.WriteByte('-')
	}
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}
