package chart

import "gonum.org/v1/plot/vg"

// Clipping is done here and not by the paper: an SVG needs an id for it, and ids of two pictures on one page clash.

// clipLine returns the parts of a line that are between two heights.
func clipLine(points []vg.Point, top, bottom float64) [][]vg.Point {
	var parts [][]vg.Point
	var part []vg.Point
	for i := 1; i < len(points); i++ {
		a, b, ok := clipSegment(points[i-1], points[i], top, bottom)
		if ok && len(part) == 0 {
			part = append(part, a)
		}
		if ok {
			part = append(part, b)
		}
		if leaves := !ok || b != points[i]; leaves && len(part) > 0 {
			parts, part = append(parts, part), nil
		}
	}
	if len(part) > 0 {
		parts = append(parts, part)
	}
	return parts
}

// clipSegment returns the part of a segment between two heights, if there is one.
func clipSegment(a, b vg.Point, top, bottom float64) (from, to vg.Point, ok bool) {
	if max(a.Y, b.Y) < vg.Length(top) || min(a.Y, b.Y) > vg.Length(bottom) {
		return a, b, false
	}
	return pull(a, b, top, bottom), pull(b, a, top, bottom), true
}

// pull returns p, moved towards other until it is between two heights.
func pull(p, other vg.Point, top, bottom float64) vg.Point {
	switch y := float64(p.Y); {
	case y < top:
		return atHeight(p, other, top)
	case y > bottom:
		return atHeight(p, other, bottom)
	}
	return p
}

// atHeight returns the point of the line through a and b at height y.
func atHeight(a, b vg.Point, y float64) vg.Point {
	share := (vg.Length(y) - a.Y) / (b.Y - a.Y)
	return vg.Point{X: a.X + share*(b.X-a.X), Y: vg.Length(y)}
}

// clipPolygon returns the part of a polygon between two heights (Sutherland and Hodgman, 1974).
func clipPolygon(points []vg.Point, top, bottom float64) []vg.Point {
	points = cut(points, top, func(y float64) bool { return y >= top })
	return cut(points, bottom, func(y float64) bool { return y <= bottom })
}

func cut(points []vg.Point, y float64, inside func(float64) bool) []vg.Point {
	var out []vg.Point
	for i, p := range points {
		before := points[(i+len(points)-1)%len(points)]
		in := inside(float64(p.Y))
		if in != inside(float64(before.Y)) {
			out = append(out, atHeight(before, p, y))
		}
		if in {
			out = append(out, p)
		}
	}
	return out
}
