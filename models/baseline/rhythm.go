package baseline

import "math"

// rhythm is what is usual of periods of one length, and how rare they have turned out to be.
type rhythm struct {
	Counts
	Tail tail
}

// judged tells what is thought of a count that is so rare by the distribution, which holds until the opposite is shown.
func (r *rhythm) judged(n, seconds, rarity float64) Judgement {
	j := Judgement{Value: n, Seconds: seconds}
	if r.Seen < leastSeen {
		return j
	}
	j.Rarity = min(rarity, r.tail().rarity(rarity))
	return j
}

// most returns how rare as many or more are.
func (r *rhythm) most(n float64) float64 {
	mean, size := r.shape()
	return upper(n, mean, size)
}

// tail returns the tail of rarities, which is an exponential where the distribution holds.
func (r *rhythm) tail() *tail {
	if r.Tail.From == 0 {
		r.Tail = tail{From: bulk, Mean: 1 / math.Ln10, Square: 2 / (math.Ln10 * math.Ln10)}
	}
	return &r.Tail
}

// learn takes in a count; the tail learns of what is not too rare.
func (r *rhythm) learn(n float64) {
	if r.Seen >= leastSeen {
		if x := r.rarity(n); r.tail().rarity(x) <= mostLearnt {
			r.Tail.learn(x, float64(r.Seen), excessClip)
		}
	}
	r.Counts.learn(n)
}

// become makes another mean the usual one; how much counts scatter about it stays.
func (r *rhythm) become(mean float64) {
	mean = max(mean, leastMean)
	r.Variance *= float32(mean / max(float64(r.Mean), leastMean))
	r.Mean = float32(mean)
}

// bandRarity is that of the ends of a band: 2.5 % beyond each.
const bandRarity = 1.6

// band returns the least and the greatest count that are usual.
func (r *rhythm) band() (low, high float64) {
	mean, size := r.shape()
	rare := func(n float64) bool { return max(upper(n, mean, size), lower(n, mean, size)) > bandRarity }
	middle := math.Floor(mean) // which is next to the median, and so not rare
	beyond := middle + 1
	for !rare(beyond) && beyond < mostCounted {
		beyond = middle + 2*(beyond-middle)
	}
	high = between(middle, beyond, rare)
	if low = 0; rare(0) {
		low = between(middle, 0, rare)
	}
	return low, high
}

// between returns the whole number next to where what is rare begins, on the side of what is not.
func between(usual, beyond float64, rare func(float64) bool) float64 {
	for math.Abs(beyond-usual) > 1 {
		if middle := math.Trunc((usual + beyond) / 2); rare(middle) {
			beyond = middle
		} else {
			usual = middle
		}
	}
	return usual
}
