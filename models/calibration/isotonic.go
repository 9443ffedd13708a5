package calibration

import "math"

// block is a run of points that share one value: their mean x, their mean y, and their weight.
type block struct{ x, y, w float64 }

// merge returns the block of both.
func (b block) merge(c block) block {
	w := b.w + c.w
	return block{x: (b.x*b.w + c.x*c.w) / w, y: (b.y*b.w + c.y*c.w) / w, w: w}
}

// pool merges neighbours until y increases (pool adjacent violators), in place, and returns what is left. The blocks
// come in order of x and have positive weights. O(n).
func pool(blocks []block) []block {
	n := 0
	for _, b := range blocks {
		for n > 0 && blocks[n-1].y >= b.y {
			n--
			b = blocks[n].merge(b)
		}
		blocks[n] = b
		n++
	}
	return blocks[:n]
}

// interpolate returns y at x on the lines between the centres of the blocks; beyond the outermost centres, their y.
func interpolate(blocks []block, x float64) float64 {
	for i, b := range blocks {
		switch {
		case x > b.x:
			continue
		case i == 0:
			return b.y
		}
		a := blocks[i-1]
		return a.y + (x-a.x)/(b.x-a.x)*(b.y-a.y)
	}
	return blocks[len(blocks)-1].y
}

// rounded keeps six decimals: more than outcomes can tell, and short to write down.
func rounded(v float64) float64 { return math.Round(v*1e6) / 1e6 }
