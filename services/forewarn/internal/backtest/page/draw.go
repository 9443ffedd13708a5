package page

import (
	"time"

	"github.com/forewarn/forewarn/shared/chart"
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
	first := &e.first
	c.Forecast = chart.Reach{
		At: first.Time, Used: first.Used, Limit: first.Limit, P10: first.ETA.P10, P50: first.ETA.P50, P90: first.ETA.P90,
	}.Forecast(time.UnixMilli(to))
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

// spark draws the whole course of a signal.
func (s *record) spark(f chart.Frame) chart.Sparkline {
	var c course
	s.whole.draw(&c, 0, s.newest+1)
	return chart.Sparkline{Frame: f, History: c.use, Limit: c.limit}
}
