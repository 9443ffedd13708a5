package backtest

import (
	"math"
	"testing"
	"time"

	"github.com/forewarn/forewarn/models/calendar"
)

// TestDiary: growth is told by kinds of day, clean-ups are counted, and what comes after the question is noted.
func TestDiary(t *testing.T) {
	cal, err := calendar.New(calendar.Config{Zone: time.UTC, Country: calendar.China})
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Date(2026, 6, 8, 0, 0, 0, 0, time.UTC) // a Monday, away from closes and holidays
	cleaned := time.Date(2026, 6, 10, 12, 0, 0, 0, time.UTC)
	d, use := &diary{}, 100.0
	observe := func(hours int) {
		for h := range hours {
			at := begin.Add(time.Duration(h) * time.Hour)
			if cal.Day(at).Working() {
				use++
			}
			if at.Equal(cleaned) {
				use -= 40
			}
			d.observe(at, 0, use, 1000)
		}
		begin = begin.Add(time.Duration(hours) * time.Hour)
	}
	observe(14 * 24)
	h := d.until(cal)
	growth := map[calendar.Class]float64{}
	for _, g := range h.growth {
		growth[g.class] = g.perDay
	}
	if growth[calendar.Workday] != 24 || growth[calendar.RestDay] != 0 || growth[calendar.Holiday] != 0 {
		t.Errorf("growth %v; want 24 on working days, nothing on days off", growth)
	}
	if h.falls != 1 || math.Abs(h.freed-39) > 0.1 || h.fell.Day() != 10 {
		t.Errorf("%d falls, the last by %v on %s", h.falls, h.freed, h.fell)
	}
	d.asked = begin
	use = 970
	observe(40)
	if d.most[0] != 975 || d.most[1] != 995 || !d.full.Equal(d.asked.Add(24*time.Hour)) {
		t.Errorf("at most %v, full at %s", d.most, d.full)
	}
}
