package delivery

import (
	"math/rand/v2"
	"time"

	"golang.org/x/time/rate"
)

// limiter keeps a channel below a number of messages in any minute, and in any second if that is bounded too, with a part of the burst that only
// critical incidents may use.
type limiter struct {
	bucket  *rate.Limiter
	second  *rate.Limiter
	reserve float64
}

// newLimiter splits perMinute into a burst and a steady rate, so that even a minute that begins with a full
// burst stays within it: 20 are 8 at once and 12 spread, 4 of the 8 in reserve. Of perSecond, 0 for any, 5 are 2 at once and 3 spread.
func newLimiter(perMinute, perSecond int) *limiter {
	second := rate.NewLimiter(rate.Inf, 0)
	if perSecond > 0 {
		burst := max(1, perSecond*2/5)
		second = rate.NewLimiter(rate.Limit(max(1, perSecond-burst)), burst)
	}
	burst := max(1, perMinute*2/5)
	steady := max(1, perMinute-burst)
	return &limiter{second: second, bucket: rate.NewLimiter(rate.Limit(float64(steady)/60), burst), reserve: float64(burst / 2)}
}

// take takes a token and returns 0, or returns how long to wait before asking again.
func (l *limiter) take(now time.Time, critical bool) time.Duration {
	need := 1.0
	if !critical {
		need += l.reserve
	}
	if have := l.second.TokensAt(now); l.second.Limit() != rate.Inf && have < 1 {
		return time.Duration((1-have)/float64(l.second.Limit())*float64(time.Second)) + time.Millisecond
	}
	have := l.bucket.TokensAt(now)
	if have >= need && l.bucket.AllowN(now, 1) {
		l.second.AllowN(now, 1)
		return 0
	}
	return time.Duration((need-have)/float64(l.bucket.Limit())*float64(time.Second)) + time.Millisecond
}

// Retry says how a delivery that failed is tried again.
type Retry struct {
	// Min is the first wait, doubled with each attempt up to Max; a random half of each is left off, so that
	// channels do not come in step.
	Min, Max time.Duration
	// GiveUpAfter is the age at which a delivery goes to the dead letter; MaxAttempts the number of attempts
	// since this process started, 0 for any.
	GiveUpAfter time.Duration
	MaxAttempts int
}

// wait returns how long to wait after the given attempt, counted from 1.
func (r Retry) wait(attempt int) time.Duration {
	d := r.Max
	if shift := attempt - 1; shift < 30 && r.Min<<shift < r.Max && r.Min<<shift > 0 {
		d = r.Min << shift
	}
	return d/2 + rand.N(d/2+1)
}

// over reports whether a delivery of an age has failed for good.
func (r Retry) over(attempt int, age time.Duration) bool {
	return age >= r.GiveUpAfter || r.MaxAttempts > 0 && attempt >= r.MaxAttempts
}
