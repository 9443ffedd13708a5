package edge

import (
	"time"
)

// budget says how many new series a source may still bring: the present number bounds what is known at once,
// but one with a request's id for a label brings others for ever, and each stays in the history for hours.
//
// It is a token bucket. It holds twice Limits.Series and starts full, so that a first scrape, a restart and
// one renaming of everything pass; it gains Limits.NewSeries in an hour. A series that was known and comes
// back is not new.
type budget struct {
	tokens float64
	filled time.Time // when tokens was last reckoned; zero: never
	// gone are the fingerprints of series that were known and then forgotten, in two generations.
	gone, goneBefore map[uint64]struct{}
}

// refill adds what has been gained until now. A clock that is set back gains nothing.
func (b *budget) refill(now time.Time, l *Limits) {
	most := float64(2 * l.Series)
	if b.filled.IsZero() {
		b.tokens = most
	}
	gained := max(0, now.Sub(b.filled).Hours()) * float64(l.NewSeries)
	b.tokens = min(most, b.tokens+gained)
	b.filled = now
}

// admit takes a token for a series, if it is new. It is false if there is none.
func (b *budget) admit(fingerprint uint64) bool {
	if _, ok := b.gone[fingerprint]; ok {
		return true
	}
	if _, ok := b.goneBefore[fingerprint]; ok {
		return true
	}
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// forget takes note of a series that is not known any more. About the last l.Series of them are remembered.
func (b *budget) forget(fingerprint uint64, l *Limits) {
	if len(b.gone) >= l.Series {
		b.gone, b.goneBefore = nil, b.gone
	}
	if b.gone == nil {
		b.gone = map[uint64]struct{}{}
	}
	b.gone[fingerprint] = struct{}{}
}

// calm reports whether ten minutes' worth has been saved, so that a source at the limit is not said to be
// over it and well again by turns.
func (b *budget) calm(l *Limits) bool {
	return b.tokens >= min(float64(l.NewSeries)/6, float64(l.Series))
}
