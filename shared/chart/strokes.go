package chart

import (
	"math"

	"gonum.org/v1/plot/vg"
)

// piece is a part of an open path, and how long the path is before it.
type piece struct {
	path   vg.Path
	offset vg.Length
}

// maxPiece is how many points a piece has at most.
const maxPiece = 24

// pieces cuts the lines of p into short parts. The rasteriser takes time with the square of how often one stroke crosses a
// row, which is a second for a noisy line. Parts overlap by one segment, so that their joints are round too.
func pieces(p vg.Path) []piece {
	for _, c := range p {
		if c.Type != vg.MoveComp && c.Type != vg.LineComp {
			return []piece{{path: p}}
		}
	}
	var out []piece
	for start := 0; start < len(p); {
		end := start + 1
		for end < len(p) && p[end].Type == vg.LineComp {
			end++
		}
		out = append(out, cutLine(p[start:end])...)
		start = end
	}
	return out
}

// cutLine cuts one line, which begins with a move.
func cutLine(p vg.Path) []piece {
	var out []piece
	var length vg.Length
	for start := 0; start == 0 || start < len(p)-2; start += maxPiece - 2 {
		end := min(start+maxPiece, len(p))
		part := polyline(p[start].Pos)
		part = append(part, p[start+1:end]...)
		out = append(out, piece{part, length})
		for i := start; i < min(start+maxPiece-2, len(p)-1); i++ {
			a, b := p[i].Pos, p[i+1].Pos
			length += vg.Length(math.Hypot(float64(b.X-a.X), float64(b.Y-a.Y)))
		}
	}
	return out
}
