package chart

import (
	"cmp"
	"errors"
	"image/color"
	"math"

	"github.com/forewarn/forewarn/shared/i18n"
)

func (c Chart) frame() (Frame, error) {
	f, err := c.size(720, 320)
	return f, errors.Join(err, c.History.check("history"), c.Since.check("since"), c.Limit.check("limit"),
		c.Lower.check("lower"), c.Forecast.check(), c.Expected.check())
}

// content is the data of a chart, ready to draw.
type content struct {
	history, since, lower, limit []sample
	forecast                     bands
	expected                     expected
}

// bands are the lists of a forecast.
type bands struct{ median, low50, high50, low80, high80 []sample }

func (f Forecast) bands() bands {
	return bands{
		median: samples(f.Times, f.Median),
		low50:  samples(f.Times, f.Low50), high50: samples(f.Times, f.High50),
		low80: samples(f.Times, f.Low80), high80: samples(f.Times, f.High80),
	}
}

func (b bands) all() [][]sample {
	return [][]sample{b.median, b.low50, b.high50, b.low80, b.high80}
}

func (c Chart) content() content {
	return content{
		history: c.History.samples(), since: c.Since.samples(), lower: c.Lower.samples(), limit: c.Limit.samples(),
		forecast: c.Forecast.bands(), expected: c.Expected.samples(),
	}
}

// ahead are the lists of what is expected, whose times and values the axes reach.
func (d content) ahead() [][]sample {
	return append(d.forecast.all(), d.expected.low, d.expected.high)
}

// times is from the first to the last moment of the data, the present among them.
func (c Chart) times(d content) span {
	out := nothing()
	for _, list := range append(d.ahead(), d.history, d.since, d.lower) {
		out = out.withTimes(list)
	}
	if !out.empty() && !c.Now.IsZero() && inHistory(c.Now) {
		out = out.with(seconds(c.Now))
	}
	return timeDomain(out)
}

// empty reports whether there is no value of the signal, past or future.
func (d content) empty() bool {
	values := nothing()
	for _, list := range append(d.ahead(), d.history, d.since, d.lower) {
		values = values.withValues(list)
	}
	return values.empty()
}

// values is what the axis of values covers over a range of times.
func (d content) values(times span) span {
	core, reach := nothing(), nothing()
	for _, list := range [][]sample{d.history, d.since, d.lower, steps(d.limit, times)} {
		core = core.withValues(list)
	}
	for _, list := range d.ahead() {
		reach = reach.withValues(list)
	}
	return valueDomain(core, reach)
}

func (c Chart) draw(s *sheet) {
	d := c.content()
	top := s.title()
	times := c.times(d)
	if times.empty() {
		s.noData(box{0, top, float64(s.Width), float64(s.Height)})
		return
	}
	p, lanes := s.layout(&c, d, top, times)
	if p.width() < 24 || p.height() < 16 {
		return // there is no room for more than the title
	}
	s.shades(p, c.Shades)
	s.axes(p, c.Unit)
	s.dropLines(lanes, p)
	s.expected(p, d.expected)
	s.forecast(p, d.forecast)
	s.line(p, steps(d.limit, times), line{color: s.limit, width: 1.5, dash: []float64{9, 3, 2, 3}})
	s.line(p, d.history, line{color: s.history, width: 1.6})
	s.outside(p, d)
	s.dots(p, d.lower, s.lower)
	s.line(p, d.since, line{color: s.since, width: 2.4})
	s.drawNotices(lanes, p)
	if d.empty() {
		s.noData(p.box)
	}
	s.name(p, d, &c)
	s.nameShades(p, c.Shades)
}

// noData says in the middle of a place that there is nothing to draw.
func (s *sheet) noData(b box) {
	text := s.fit(s.say(i18n.Text{En: "no data", Zh: "没有数据"}), s.size, b.width())
	s.write(words{
		x: (b.x0 + b.x1) / 2, y: (b.y0+b.y1)/2 + s.size/3, size: s.size, anchor: 0.5, color: s.faint, halo: s.paper, text: text,
	})
}

// layout returns where the plot is: what is left when the texts around it have their room.
func (s *sheet) layout(c *Chart, d content, top float64, times span) (plot, lanes) {
	values := d.values(times)
	right := float64(s.Width) - pad - s.tailWidth(d.forecast)
	frame := box{pad, top, right, s.axisTop()}
	frame.x0 += s.labelWidth(valueTicks(values, c.Unit, tickCount(frame.height(), s.size)))
	l := s.lanes(c, scale{times, frame.x0, frame.x1})
	l.end = top + l.height(s)
	frame.y0 = l.end + s.unitHeight(c.Unit)
	return newPlot(frame, times, values), l
}

// forecast draws the bands, the wider one below, and the median.
func (s *sheet) forecast(p plot, f bands) {
	s.band(p, f.low80, f.high80, s.band80)
	s.band(p, f.low50, f.high50, s.band50)
	s.line(p, f.median, line{color: s.theme.forecast, width: 1.6, dash: []float64{5, 3}})
}

// name writes what the lines are beside them.
func (s *sheet) name(p plot, d content, c *Chart) {
	s.nameTail(p, d.forecast)
	s.nameExpected(p, d.expected)
	s.limitLabels(p, d.limit, c)
	if s.long(p, d.since) { // at the moment of a forecast nothing has come true yet
		s.nameSeries(p, d.since, cmp.Or(c.Since.Name, s.say(i18n.Text{En: "came true", Zh: "后来实际"})), s.since)
	}
	s.nameSeries(p, d.lower, cmp.Or(c.Lower.Name, s.say(i18n.Text{En: "floors", Zh: "低谷"})), s.lower)
}

// long reports whether a line is longer than a letter of its name is wide.
func (s *sheet) long(p plot, all []sample) bool {
	return len(all) > 1 && p.x.at(all[len(all)-1].t)-p.x.at(all[0].t) > s.size
}

// nameSeries writes a name beside the last value of a series.
func (s *sheet) nameSeries(p plot, all []sample, name string, c color.NRGBA) {
	text := s.fit(name, s.size, p.width()/2)
	if last, ok := lastSample(all); ok && text != "" {
		s.label(p.box, s.beside(p.x.at(last.t), p.y.at(last.v), text, c)...)
	}
}

func lastSample(all []sample) (sample, bool) {
	for i := len(all) - 1; i >= 0; i-- {
		if !math.IsNaN(all[i].v) {
			return all[i], true
		}
	}
	return sample{}, false
}
