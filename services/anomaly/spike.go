package anomaly

import "math"

const (
	// A pattern is far more frequent than ever with spikeLeast lines in an hour, which are spikeTimes as many as in any hour of
	// the 47 before, and more than spikeDay of the largest day of two weeks.
	spikeLeast = 100
	spikeTimes = 10
	spikeDay   = 0.25
	// spikeLarge is how many errors of it in an hour are worth a warning.
	spikeLarge = 1000
	// spikeBudget is the probability that chance does it. Each pattern is judged once an hour, whatever it is asked in
	// between, as counts only rise: 200 patterns of 200 sources are some 10^6 judgements a day, and one false spike in 300
	// years.
	spikeBudget = 1e-11
)

// spikes reports whether the newest hour of a pattern is far above its own past, and how many lines an hour were the most
// before: those two hours of the same time of day are among them.
func (t *tally) spikes() (most uint32, is bool) {
	number := t.hours.newest
	n := t.hour(number)
	if n < spikeLeast {
		return 0, false
	}
	for i := int64(1); i < tallyHours; i++ {
		most = max(most, t.hour(number-i))
	}
	if float64(n) < spikeTimes*float64(most) {
		return most, false
	}
	var largest uint32
	for i := int64(1); i < tallyDays; i++ {
		largest = max(largest, t.day(number/24-i))
	}
	if float64(n) <= spikeDay*float64(largest) {
		return most, false
	}
	mean, variance := t.moments(number)
	return most, logTail(float64(n), mean, variance) < math.Log(spikeBudget)
}

// moments returns mean and variance of the 47 hours before one, as if they had held one line more: what never happens
// may.
func (t *tally) moments(number int64) (mean, variance float64) {
	const hours = tallyHours - 1
	var sum, squares float64
	for i := int64(1); i <= hours; i++ {
		n := float64(t.hour(number - i))
		sum, squares = sum+n, squares+n*n
	}
	mean = (sum + 1) / hours
	return mean, max(mean, (squares+1)/hours-mean*mean)
}
