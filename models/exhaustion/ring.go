package exhaustion

import "math"

// step is a use in whole steps of a Forecaster's scale, plus one; 0 is nothing seen. Two bytes for a use are what
// lets a signal be remembered in 700: a step is a 30,000th of the limit, far below what is told apart.
type step uint16

// fullScale is how many steps the limit has when the scale is set; the memory reaches to twice the limit.
const fullScale = 32766

// steps returns a use of so many steps, at least 0, rounded; what is beyond the memory's reach counts as its end.
func steps(x float64) step { return step(min(x, math.MaxUint16-1)+0.5) + 1 }

// scaled multiplies by k what was seen.
func (s step) scaled(k float64) step {
	if s == 0 {
		return 0
	}
	return steps(float64(s-1) * k)
}

// numbers are those of the buckets of a moment, one for each resolution: counted since the Unix epoch, days by local time.
type numbers [resolutions]int64

// at returns the numbers of the buckets of a time. Widths are constants, which spares the divisions.
func (f *Forecaster) at(timeMillis int64) (n numbers) {
	n[fast5s] = timeMillis / 5_000
	n[fast30s] = n[fast5s] / 6
	n[fast3m] = n[fast30s] / 6
	n[fast20m] = timeMillis / 1_200_000
	n[fast2h] = n[fast20m] / 6
	n[day] = (timeMillis + int64(f.ZoneMillis)) / dayMillis
	return n
}

// widths are those of the buckets of the fast paths, in milliseconds.
func widths() [fastPaths]int64 {
	return [...]int64{5_000, 30_000, 180_000, 1_200_000, 7_200_000}
}

// oldest returns the number of the oldest of so many buckets, the newest of which has the number last.
func oldest(last, buckets int64) int64 { return max(0, last-buckets+1) }

// clear forgets the buckets after one moment up to another.
func (f *Forecaster) clear(after, to *numbers) {
	for r := range f.Fast {
		row := &f.Fast[r]
		for n := max(after[r]+1, oldest(to[r], fastBuckets)); n <= to[r]; n++ {
			row[n%fastBuckets] = 0
		}
	}
	for n := max(after[fast2h]+1, oldest(to[fast2h], lowBuckets)); n <= to[fast2h]; n++ {
		f.Lows[n%lowBuckets] = 0
	}
	for n := max(after[day]+1, oldest(to[day], dayBuckets)); n <= to[day]; n++ {
		f.Day[n%dayBuckets], f.Rise[n%dayBuckets] = 0, 0
	}
}

// fold notes a use in all buckets of a moment that are remembered, newest being the newest moment.
func (f *Forecaster) fold(use step, n, newest *numbers) {
	for r := range f.Fast {
		if n[r] > newest[r]-fastBuckets {
			b := &f.Fast[r][n[r]%fastBuckets]
			*b = max(*b, use)
		}
	}
	if n[fast2h] > newest[fast2h]-lowBuckets {
		if b := &f.Lows[n[fast2h]%lowBuckets]; *b == 0 || *b > use {
			*b = use
		}
	}
	b := &f.Day[n[day]%dayBuckets]
	*b = max(*b, use)
}
