package chart

const (
	// leastShade is the narrowest shade that is seen as one, in pixels.
	leastShade = 1.5
	// leastNight is how wide a night must be: narrower ones are stripes that hide the data.
	leastNight = 4
	// maxShades is more than fit beside each other.
	maxShades = 400
)

// shades fills spans of time behind everything, nights first.
func (s *sheet) shades(p plot, all []Shade) {
	for _, night := range []bool{true, false} {
		drawn := 0
		for _, shade := range all {
			if shade.Night != night || drawn >= maxShades {
				continue
			}
			if s.shade(p, shade) {
				drawn++
			}
		}
	}
}

// nameShades writes each label once, in the first shade where it has room.
func (s *sheet) nameShades(p plot, all []Shade) {
	named := map[string]bool{}
	for _, shade := range all[:min(len(all), maxShades)] {
		if shade.Label != "" && !named[shade.Label] {
			named[shade.Label] = s.shadeLabel(p, shade)
		}
	}
}

// place returns what of a plot a shade covers, and whether that is wide enough to see.
func (h Shade) place(p plot) (box, bool) {
	x0 := p.x.at(p.x.domain.clamp(seconds(h.From)))
	x1 := p.x.at(p.x.domain.clamp(seconds(h.To)))
	least := leastShade
	if h.Night {
		least = leastNight
	}
	return box{x0, p.y0, x1, p.y1}, x1-x0 >= least
}

func (s *sheet) shade(p plot, h Shade) bool {
	b, ok := h.place(p)
	if !ok {
		return false
	}
	c := s.rest
	if h.Night {
		c = s.night
	}
	s.fill(b.path(), c)
	return true
}

// shadeLabel names a shade at its foot, if its label fits into it.
func (s *sheet) shadeLabel(p plot, h Shade) bool {
	b, ok := h.place(p)
	text := clean(h.Label)
	if !ok || s.width(text, s.size)*1.04 > b.width()-4 {
		return false
	}
	tint := s.rest
	if h.Night {
		tint = s.night
	}
	var places []words
	for _, y := range []float64{b.y1 - s.size*0.5, b.y0 + s.size*1.2} {
		for _, at := range []struct{ x, anchor float64 }{{(b.x0 + b.x1) / 2, 0.5}, {b.x0 + 3, 0}, {b.x1 - 3, 1}} {
			places = append(places, words{
				x: at.x, y: y, size: s.size, anchor: at.anchor, color: s.faint, halo: over(s.paper, tint), text: text,
			})
		}
	}
	return s.label(b, places...)
}
