package baseline

import "math"

// Nature is what kind of quantity a series is, which decides in what terms its deviations are alike.
type Nature uint8

const (
	// Level is any gauge: differences count.
	Level Nature = iota
	// Positive is never negative and heavy-tailed, such as a latency or a rate: ratios count, and near nothing, which is what is
	// not more than [Terms.Least], differences.
	Positive
	// Share lies between 0 and 1, such as a share of errors: odds count.
	Share
	natures
)

// shareEdge is the least distance from 0 and 1 that is told apart.
const shareEdge = 1e-4

// transform returns a value in terms in which deviations are alike.
func (n Nature) transform(x float64, t Terms) float64 {
	switch n {
	case Positive:
		return math.Copysign(math.Log1p(math.Abs(x)/t.scale()), x)
	case Share:
		x = min(max(x, shareEdge), 1-shareEdge)
		return math.Log(x / (1 - x))
	}
	return x
}

// restore undoes transform.
func (n Nature) restore(y float64, t Terms) float64 {
	switch n {
	case Positive:
		return math.Copysign(math.Expm1(min(math.Abs(y), 700))*t.scale(), y)
	case Share:
		return 1 / (1 + math.Exp(-y))
	}
	return y
}

// manyTimes is by how many times as much as ever, or by what odds, something must be more to be told by that alone.
const (
	manyTimes = 2
	manyOdds  = 3
)

// several returns the transformed value from which on something is several times as much as a transformed high, of what is
// about a level otherwise.
func (n Nature) several(high, level float64) float64 {
	switch n {
	case Positive:
		return max(high, 0) + math.Log(manyTimes)
	case Share:
		return high + math.Log(manyOdds)
	}
	return high + (manyTimes-1)*max(high-level, 0)
}
