package chart

import "errors"

// Sparkline is a chart the size of a word: history, limit, and the tail of the median, without axes or text.
type Sparkline struct {
	Frame    // usually 120 by 28
	History  Series
	Limit    Series
	Forecast Forecast
}

func (l Sparkline) frame() (Frame, error) {
	f, err := l.size(120, 28)
	return f, errors.Join(err, l.History.check("history"), l.Limit.check("limit"), l.Forecast.check())
}

func (l Sparkline) draw(s *sheet) {
	c := Chart{Frame: l.Frame, History: l.History, Limit: l.Limit, Forecast: Forecast{Times: l.Forecast.Times, Median: l.Forecast.Median}}
	d := c.content()
	times := c.times(d)
	if times.empty() {
		s.noData(box{0, 0, float64(s.Width), float64(s.Height)})
		return
	}
	p := newPlot(box{3, 3, float64(s.Width) - 4, float64(s.Height) - 3}, times, d.values(times))
	s.line(p, steps(d.limit, times), line{color: s.limit, width: 1, dash: []float64{4, 2}})
	s.line(p, d.forecast.median, line{color: s.theme.forecast, width: 1.4, dash: []float64{2, 2}})
	s.line(p, d.history, line{color: s.history, width: 1.4})
	if last, ok := lastSample(d.history); ok {
		s.fill(disc(p.x.at(last.t), p.y.at(last.v), 2.2), s.history)
	}
}
