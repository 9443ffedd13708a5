package chart

import (
	"cmp"
	"slices"
	"time"

	"gonum.org/v1/plot/vg"

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
	// maxMarks is how many marks are shown, the last ones: more cannot be told apart.
	maxMarks = 80
	// leastLabel is the narrowest cut label that says something.
	leastLabel = 28
)

// lanes are the rows of notices above a plot, the last of which ends at some height.
type lanes struct {
	notices []notice
	rows    int
	end     float64
}

// lanes arranges what is shown above a plot.
func (s *sheet) lanes(c *Chart, x scale) lanes {
	l := lanes{notices: s.notices(c, x)}
	l.rows = s.arrange(l.notices, x.from, float64(s.Width)-pad, min(4, s.Height/75))
	return l
}

func (l lanes) height(s *sheet) float64 { return float64(l.rows) * s.lineHeight() }

// middle returns the height of a notice.
func (l lanes) middle(n notice, s *sheet) float64 {
	return l.end - (float64(l.rows-n.row)-0.5)*s.lineHeight() - 2
}

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
	marks := slices.DeleteFunc(slices.Clone(c.Marks), func(m Mark) bool {
		at := seconds(m.At)
		return at < x.domain.lo || at > x.domain.hi
	})
	slices.SortStableFunc(marks, func(a, b Mark) int { return a.At.Compare(b.At) })
	for _, m := range marks[max(0, len(marks)-maxMarks):] {
		at, k := seconds(m.At), s.symbol(m.Kind)
		text := clean(cmp.Or(m.Label, s.say(k.name)))
		out = append(out, notice{x: x.at(at), text: text, symbol: &k})
	}
	return out
}

// arrange gives each notice a row and room for its text in it, as short as need be, and returns how many rows that takes.
func (s *sheet) arrange(all []notice, left, right float64, rows int) int {
	used := 0
	for i := range all {
		n := &all[i]
		if !s.arrangeOne(n, all[:i], box{left, 0, right, float64(rows)}) {
			n.bare(all[:i], rows)
		}
		used = max(used, min(n.row+1, rows))
	}
	return used
}

// arrangeOne finds the first row where a notice has room, to the right of its place or to the left, whole or cut, and
// rather where no line strikes a text through.
func (s *sheet) arrangeOne(n *notice, placed []notice, within box) bool {
	full := s.ruler.width(n.text, s.size) * 1.04
	for _, limit := range []float64{full, 200, 140, 100, 60, leastLabel} {
		if limit > full {
			continue
		}
		text := s.fit(n.text, s.size, limit)
		width := min(limit, s.ruler.width(text, s.size)*1.04)
		for _, struck := range []bool{false, true} {
			for row := range int(within.y1) {
				for _, room := range n.rooms(width, row) {
					if room.within(within) && free(room, n.x, placed, struck) {
						n.text, n.row, n.room = text, row, room
						return true
					}
				}
			}
		}
	}
	return false
}

// free reports whether room is, for a notice at x, and, unless they may be struck, that no line goes through a text.
func free(room box, x float64, placed []notice, struck bool) bool {
	drop := box{x - 1, room.y1, x + 1, 1e3}
	for _, other := range placed {
		if room.overlaps(other.room) {
			return false
		}
		if !struck && (drop.overlaps(other.room) || room.overlaps(box{other.x - 1, other.room.y1, other.x + 1, 1e3})) {
			return false
		}
	}
	return true
}

// maxStack is how many symbols without text are put below each other where the rows have no room.
const maxStack = 8

// bare puts a notice without its text below the rows, into the plot, where its symbol is free, or at the last place: beside
// the text of another it would seem to belong to that.
func (n *notice) bare(placed []notice, rows int) {
	n.text = ""
	for n.row = rows; n.row < rows+maxStack; n.row++ {
		n.room = box{n.x - symbolRadius, float64(n.row), n.x + symbolRadius, float64(n.row + 1)}
		if free(n.room, n.x, placed, true) {
			return
		}
	}
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

// dropLines draws a thin line from each notice down through a plot, which labels keep away from.
func (s *sheet) dropLines(l lanes, p plot) {
	for _, n := range l.notices {
		top := point(n.x, l.middle(n, s))
		s.stroke(polyline(top, point(n.x, p.y1)), line{color: s.faint, width: 0.8, dash: []float64{2, 3}})
		s.keepClear([]vg.Point{point(n.x, p.y0), point(n.x, p.y1)})
	}
}

// drawNotices writes the notices above a plot, and the symbols without text that have come to be inside it.
func (s *sheet) drawNotices(l lanes, p plot) {
	for _, n := range l.notices {
		y := l.middle(n, s)
		if y > p.y1-symbolRadius {
			continue
		}
		if y > p.y0-symbolRadius {
			s.labels = append(s.labels, box{n.x - symbolRadius, y - symbolRadius, n.x + symbolRadius, y + symbolRadius})
		}
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
