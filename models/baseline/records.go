package baseline

import (
	"math"
	"slices"
)

// records is how high a series was kept up on the days before. What is several times as high as on any of them is noted even
// where the series scatters by ratios so large that the other detectors see nothing in it, as small numbers do.
//
// What is kept up is the lesser mean of two quarters of an hour, or the lesser of two samples further apart, so that no spike is. That a day goes beyond the n before it
// has a probability of 1/(n+1), whatever the distribution; by how much is exponential wherever maxima are Gumbel's, of a
// scale that is known from the spacings of the highest (Weissman, J. Am. Stat. Assoc. 73, 1978). So no threshold is guessed,
// and few days know little.
type records struct {
	// Past is the mean of the quarter of an hour that is over, Now that of the Heard samples of the one that goes on.
	Past, Now float32
	// Today is the highest that was kept up today, or anomalous.
	Today float32
	// Highest is that of the days before, of which there were Days, and Below by how much those next to it are lower.
	Highest     float32
	Below       [spacings]coarse
	Heard, Days uint8
}

const (
	quarterMillis = hourMillis / 4
	spacings      = 4
	// recordDays is how many days are remembered: a highest fades by as much of what it is above the others.
	recordDays = 100
	// anomalous marks a day from which nothing is to be learnt.
	anomalous = math.MaxFloat32
	// unlikely is by how many standard deviations the mean of an hour must be above what is expected: what is, is no record. It
	// is low, since half an hour has moved that mean by 0.4 of a deviation.
	unlikely = 1.5
)

// move takes in a value, the first of a quarter of an hour or not, and returns what is kept up.
func (c *records) move(y float64, first bool) float64 {
	if first {
		c.Past, c.Heard = c.Now, 0
	}
	c.Heard = min(c.Heard, math.MaxUint8-1) + 1
	c.Now += (float32(y) - c.Now) / float32(c.Heard)
	return float64(min(c.Past, c.Now))
}

// rarity returns -log10 of the probability that a day is kept up as high as that; 0 before there are days enough. Least is
// the least scale by which days differ.
func (c *records) rarity(kept, least float64) float64 {
	if c.Days <= spacings {
		return 0
	}
	scale := max(c.scale(), least, tiny)
	excess := max(0, kept-float64(c.Highest))
	return math.Log10(float64(c.Days)+1) + spacings*math.Log1p(excess/(spacings*scale))/math.Ln10
}

// scale returns the scale of the highest days: the mean of the spacings, each by its rank.
func (c *records) scale() (scale float64) {
	for _, below := range c.Below[:spacings-1] {
		scale -= below.value()
	}
	return (scale + spacings*c.Below[spacings-1].value()) / spacings
}

// learn takes in what is kept up on a day.
func (c *records) learn(kept float64, hot bool) {
	if hot {
		c.Today = anomalous
	}
	c.Today = max(c.Today, float32(kept))
}

// turn ends a day.
func (c *records) turn() {
	if c.Today < anomalous {
		c.insert(float64(c.Today))
	}
	c.Today = -anomalous
}

// insert takes in the highest of a day: the others fade, and it takes its place among them.
func (c *records) insert(day float64) {
	highest := make([]float64, 0, spacings+2)
	for i := range min(int(c.Days), spacings+1) {
		v := float64(c.Highest)
		if i > 0 {
			v -= c.Below[i-1].value()
		}
		highest = append(highest, v-max(0, v-day)/recordDays)
	}
	highest = append(highest, day)
	slices.Sort(highest)
	slices.Reverse(highest)
	c.Highest = float32(highest[0])
	for i, v := range highest[1:min(len(highest), spacings+1)] {
		c.Below[i] = coarsely(highest[0] - v)
	}
	c.Days = min(c.Days+1, recordDays)
}

// coarse is a size in the upper half of four bytes, exact to four parts in a thousand.
type coarse uint16

func coarsely(size float64) coarse {
	return coarse((math.Float32bits(float32(min(size, math.MaxFloat32/2))) + 1<<15) >> 16)
}

func (c coarse) value() float64 { return float64(math.Float32frombits(uint32(c) << 16)) }
