package baseline

// surprise tells the beginning of something new from what goes on or has been alike before.
type surprise struct {
	// Peak is the rarest of late, by All, which fades over restSeconds.
	Peak float32
	// All is the tail of how unusual samples were, flagged ones included.
	All tail
}

// Onset is the least score of a beginning. What is as rare and goes on scores below it.
const Onset = 0.6

const (
	restSeconds = 18 * 60 * 60
	restSamples = 10
	escalation  = 1.15 // by which something must be rarer than the peak to be new
	onsetRarity = 2.5
	halfRarity  = 3 // where half of a range of scores is
	allClip     = 4
	warmSamples = 100
)

// score returns the score of a sample of a rarity, dt seconds after the one before.
func (u *surprise) score(dt, interval, rarity float64) float64 {
	u.Peak /= float32(1 + dt/max(restSeconds, restSamples*interval)) // as an exponential while dt is short
	peak := float64(u.Peak)
	among := u.All.rarity(rarity)
	u.Peak = float32(max(peak, among))
	if among < onsetRarity || among < escalation*peak {
		return 0.99 * Onset * rarity / (rarity + halfRarity)
	}
	return Onset + (1-Onset)*among/(among+halfRarity)
}
