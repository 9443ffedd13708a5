package page

import (
	"time"

	"github.com/forewarn/forewarn/shared/chart"
	"github.com/forewarn/forewarn/shared/finding"
)

const (
	chartWidth, chartHeight = 440, 270
	sparkWidth, sparkHeight = 160, 32
)

// shown is the time that a chart shows around a moment: what led to it, and what came of it.
func (e *episode) shown() (from, to int64) {
	least, most := (24 * time.Hour).Milliseconds(), (21 * 24 * time.Hour).Milliseconds()
	ahead := e.length()
	if p50 := e.first.ETA.P50; p50 != nil {
		ahead = max(ahead, p50.UnixMilli()-e.at)
	}
	return e.at - min(max(2*ahead, least), most), e.at + max(ahead+ahead/5, least/4)
}

// picture draws an episode: the past, what was foretold when people first heard of it, and what came true.
func (e *episode) picture(f chart.Frame, failed int64) chart.Chart {
	from, to := e.shown()
	c := e.moment.picture(f, from, to)
	c.Unit = e.first.Unit
	c.Forecast = foretold(&e.first, time.UnixMilli(to))
	c.Marks = append(c.Marks, chart.Mark{At: time.UnixMilli(e.at), Kind: chart.Opened})
	if e.ended != 0 && e.ended <= to {
		c.Marks = append(c.Marks, chart.Mark{At: time.UnixMilli(e.ended), Kind: chart.Resolved})
	}
	if failed != 0 {
		c.Marks = append(c.Marks, chart.Mark{At: time.UnixMilli(failed), Kind: chart.Failed})
	}
	return c
}

// picture draws the course around a moment.
func (m *moment) picture(f chart.Frame, from, to int64) chart.Chart {
	var before, since course
	m.record.whole.draw(&before, from, m.before.first)
	m.before.draw(&before, max(from, m.before.first), m.at+1)
	m.since.draw(&since, m.at, to)
	limit := before.limit
	limit.Times, limit.Values = append(limit.Times, since.limit.Times...), append(limit.Values, since.limit.Values...)
	return chart.Chart{Frame: f, Unit: m.record.state.Unit, History: before.use, Since: since.use, Limit: limit}
}

// foretold draws the dates of a finding as lines from the use of then to the limit: by p10 at the latest with 10 %, and
// so on. What the use is in between was not said.
func foretold(f *finding.Finding, until time.Time) (out chart.Forecast) {
	if f.Limit <= 0 || f.ETA.P10 == nil || f.ETA.P50 == nil || f.Used >= f.Limit {
		return out
	}
	const steps = 24
	last := f.ETA.P50.Add(f.ETA.P50.Sub(f.Time) / 4)
	if f.ETA.P90 != nil && f.ETA.P90.Before(until) {
		last = *f.ETA.P90
	}
	if last.After(until) {
		last = until
	}
	line := func(at time.Time, date *time.Time) float64 {
		if date == nil {
			return f.Used
		}
		whole := date.Sub(f.Time)
		if whole <= 0 {
			return f.Limit
		}
		return f.Used + (f.Limit-f.Used)*min(1, float64(at.Sub(f.Time))/float64(whole))
	}
	out.At = f.Time
	for i := range steps + 1 {
		at := f.Time.Add(last.Sub(f.Time) * time.Duration(i) / steps)
		out.Times = append(out.Times, at)
		out.Median = append(out.Median, line(at, f.ETA.P50))
		out.Low80 = append(out.Low80, line(at, f.ETA.P90))
		out.High80 = append(out.High80, line(at, f.ETA.P10))
	}
	return out
}

// spark draws the whole course of a signal.
func (s *record) spark(f chart.Frame) chart.Sparkline {
	var c course
	s.whole.draw(&c, 0, s.newest+1)
	return chart.Sparkline{Frame: f, History: c.use, Limit: c.limit}
}
