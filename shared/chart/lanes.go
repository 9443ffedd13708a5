package chart

import (
	"cmp"
	"slices"
	"time"

	"github.com/forewarn/forewarn/shared/i18n"
)

// notice is one entry above the plot: what happened at a place of the axis of time.
type notice struct {
	x      float64
	text   string
	symbol *symbol // none for a moment that is only named
	row    int
	room   box // in rows of height 1
}

const (
	symbolRadius = 4.5
	// symbolRoom is what a symbol takes beside its place.
	symbolRoom = symbolRadius + 3
	// maxNotices is more than can be read.
	maxNotices = 80
	// leastLabel is the narrowest cut label that says something.
	leastLabel = 28
)

// notices returns what is shown above the plot, in the order in which it gets its room: the present and the forecast, then the marks.
func (s *sheet) notices(c *Chart, x scale) []notice {
	var out []notice
	named := func(t time.Time, name i18n.Text) {
		if at := seconds(t); !t.IsZero() && at >= x.domain.lo && at <= x.domain.hi {
			out = append(out, notice{x: x.at(at), text: s.say(name)})
		}
	}
	named(c.Now, i18n.Text{En: "now", Zh: "现在"})
	if !c.Forecast.At.Equal(c.Now) {
		named(c.Forecast.At, i18n.Text{En: "forecast made", Zh: "作出预测"})
	}
	marks := slices.Clone(c.Marks)
	slices.SortStableFunc(marks, func(a, b Mark) int { return a.At.Compare(b.At) })
	for _, m := range marks {
		at := seconds(m.At)
		if at < x.domain.lo || at > x.domain.hi || len(out) >= maxNotices {
			continue
		}
		k := s.symbol(m.Kind)
		text := clean(cmp.Or(m.Label, s.say(k.name)))
		out = append(out, notice{x: x.at(at), text: text, symbol: &k})
	}
	return out
}

// arrange gives each notice a row and room for its text in it, as short as need be, and returns how many rows that takes.
func (s *sheet) arrange(all []notice, left, right float64, rows int) int {
	var taken []box
	used := 0
	for i := range all {
		n := &all[i]
		if !s.arrangeOne(n, taken, left, right, rows) {
			n.text = ""
			n.row = rows - 1
			n.room = box{n.x - symbolRadius, float64(n.row), n.x + symbolRadius, float64(n.row + 1)}
		}
		taken = append(taken, n.room)
		used = max(used, n.row+1)
	}
	return used
}

// arrangeOne finds the first row where a notice has room, to the right of its place or to the left, whole or cut.
func (s *sheet) arrangeOne(n *notice, taken []box, left, right float64, rows int) bool {
	full := s.ruler.width(n.text, s.size) * 1.04
	for _, limit := range []float64{full, 110, 60, leastLabel} {
		if limit > full {
			continue
		}
		text := s.fit(n.text, s.size, limit)
		width := min(limit, s.ruler.width(text, s.size)*1.04)
		for row := range rows {
			for _, room := range n.rooms(width, row) {
				if room.x0 < left || room.x1 > right || overlapsAny(room, taken) {
					continue
				}
				n.text, n.row, n.room = text, row, room
				return true
			}
		}
	}
	return false
}

// rooms returns the room of a notice in a row with its text to the right and to the left.
func (n *notice) rooms(width float64, row int) []box {
	const gap = 5
	before := symbolRadius
	after := symbolRoom
	if n.symbol == nil {
		before, after = 0, 3
	}
	y := float64(row)
	return []box{
		{n.x - before, y, n.x + after + width + gap, y + 1},
		{n.x - after - width - gap, y, n.x + before, y + 1},
	}
}

func overlapsAny(b box, all []box) bool {
	return slices.ContainsFunc(all, b.overlaps)
}

// draw writes the notices above a plot, each with a thin line down through it.
func (s *sheet) drawNotices(all []notice, p plot, rows int) {
	height := s.lineHeight()
	for _, n := range all {
		y := p.y0 - float64(rows-n.row)*height + height/2 - 2
		s.stroke(polyline(point(n.x, y), point(n.x, p.y1)), line{color: s.faint, width: 0.8, dash: []float64{2, 3}})
	}
	for _, n := range all {
		y := p.y0 - float64(rows-n.row)*height + height/2 - 2
		after := 3.0
		if n.symbol != nil {
			s.symbolAt(*n.symbol, n.x, y, symbolRadius)
			after = symbolRoom
		}
		w := words{x: n.x + after, y: y + s.size*0.36, size: s.size, color: s.ink, halo: s.paper, text: n.text}
		if n.room.x0 < n.x-symbolRadius-1 {
			w.x, w.anchor = n.x-after, 1
		}
		s.write(w)
	}
}
