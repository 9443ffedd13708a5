package chart

import (
	"math"
	"strconv"

	"github.com/forewarn/forewarn/shared/i18n"
)

// Reliability shows whether probabilities keep their word: of what was told at about 80 %, about 80 % should have come
// true. Each bin is a disc, the larger the more predictions it stands for, with the interval that holds the true share with
// 80 % (after Wilson, 1927); on the diagonal what was told is what happened. The number of predictions stands below each bin.
type Reliability struct {
	Frame // usually 520 by 400
	Bins  []Bin
}

// Bin is a number of predictions of like probability.
type Bin struct {
	// Told is their mean probability, Happened the share that came true, both 0 to 1; a bin with another number is not drawn.
	Told, Happened float64
	// Count is how many they are; a bin without any is not drawn.
	Count uint64
}

func (r Reliability) frame() (Frame, error) { return r.size(520, 400) }

// shown are the bins that stand for predictions and whose shares are some.
func (r Reliability) shown() (out []Bin, most uint64) {
	for _, b := range r.Bins {
		if b.Count > 0 && b.Told >= 0 && b.Told <= 1 && b.Happened >= 0 && b.Happened <= 1 { // NaN is neither
			out, most = append(out, b), max(most, b.Count)
		}
	}
	return out, most
}

func (r Reliability) draw(s *sheet) {
	top := s.title()
	bins, most := r.shown()
	if len(bins) == 0 {
		s.noData(box{0, top, float64(s.Width), float64(s.Height)})
		return
	}
	ticks := valueTicks(span{0, 1}, "ratio", 5)
	frame := box{pad + s.labelWidth(ticks), top + 1.4*s.lineHeight(), float64(s.Width) - 2*pad, float64(s.Height) - pad*0.8 - 3*s.lineHeight()}
	shares := span{-0.03, 1.03} // so that a disc in a corner covers no label
	p := newPlot(frame, shares, shares)
	if p.width() < 48 || p.height() < 48 {
		return
	}
	s.shareAxes(p, ticks)
	s.stroke(polyline(point(p.x.at(0), p.y.at(0)), point(p.x.at(1), p.y.at(1))), line{color: s.faint, width: 1.2, dash: []float64{5, 4}})
	s.counts(p, bins)
	for _, b := range bins {
		s.bin(p, b, most)
	}
}

// shareAxes draws two axes of shares and says what they are.
func (s *sheet) shareAxes(p plot, ticks []tick) {
	for _, t := range ticks {
		x, y := crisp(p.x.at(t.at)), crisp(p.y.at(t.at))
		s.stroke(polyline(point(p.x0, y), point(p.x1, y)), line{color: s.grid, width: 1})
		s.stroke(polyline(point(x, p.y0), point(x, p.y1)), line{color: s.grid, width: 1})
		s.write(words{x: p.x0 - 6, y: y + s.size*0.36, size: s.size, anchor: 1, color: s.faint, text: t.label})
		s.write(words{x: x, y: p.y1 + 4 + s.size, size: s.size, anchor: 0.5, color: s.faint, text: t.label})
	}
	happened := s.fit(s.say(i18n.Text{En: "came true", Zh: "实际发生"}), s.size, p.width())
	s.write(words{x: pad, y: p.y0 - s.size*0.5, size: s.size, color: s.faint, text: happened})
	told := s.fit(s.say(i18n.Text{En: "told, with the number of predictions", Zh: "预测概率，及预测数量"}), s.size, p.width())
	s.write(words{x: p.x1, y: p.y1 + 4 + s.size + 2*s.lineHeight(), size: s.size, anchor: 1, color: s.faint, text: told})
}

// counts writes below the axis how many predictions each bin stands for, as far as there is room.
func (s *sheet) counts(p plot, bins []Bin) {
	free := 0.0
	for _, b := range bins {
		w := words{x: p.x.at(b.Told), y: p.y1 + 4 + s.size + s.lineHeight(), size: s.size - 1, anchor: 0.5, color: s.ink, text: short(b.Count)}
		if room := s.boxOf(w); room.x0 >= free && room.x1 <= float64(s.Width) {
			s.write(w)
			free = room.x1 + 3
		}
	}
}

// short writes a number in four characters or so.
func short(n uint64) string {
	v, suffix := float64(n), ""
	for _, next := range []string{"k", "M", "G"} {
		if v < 10_000 {
			break
		}
		v, suffix = v/1000, next
	}
	return strconv.FormatFloat(math.Round(v), 'f', -1, 64) + suffix
}

// bin draws one disc, its interval, and how far it is from the diagonal.
func (s *sheet) bin(p plot, b Bin, most uint64) {
	const least, largest = 3.5, 9
	x, y := p.x.at(b.Told), p.y.at(b.Happened)
	low, high := wilson(b.Happened, float64(b.Count))
	y0, y1 := p.y.at(high), p.y.at(low)
	s.stroke(polyline(point(x, y0), point(x, y1)), line{color: s.history, width: 1.6})
	for _, end := range []float64{y0, y1} {
		s.stroke(polyline(point(x-4, end), point(x+4, end)), line{color: s.history, width: 1.6})
	}
	r := least + (largest-least)*math.Log1p(float64(b.Count))/math.Log1p(float64(most)) // calm predictions outnumber others a thousandfold
	s.fill(disc(x, y, r+1.5), s.paper)
	s.fill(disc(x, y, r), s.history)
}

// wilson returns the interval that holds the share behind one that was observed n times, with 80 % probability.
// Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (1927).
func wilson(share, n float64) (low, high float64) {
	const z = 1.2816 // of the normal distribution's 90 %
	middle := share + z*z/(2*n)
	half := z * math.Sqrt(share*(1-share)/n+z*z/(4*n*n))
	scale := 1 + z*z/n
	return max(0, (middle-half)/scale), min(1, (middle+half)/scale)
}
