package baseline

import "math"

// Silence tells a series that stops, by how long its pauses usually are. The zero value has heard nothing yet.
type Silence struct {
	// LastMillis is when the newest sample was taken.
	LastMillis int64
	// Pause is the usual time between samples, Longest what the longest pauses of late come to; seconds.
	Pause, Longest float32
	Heard          uint32
}

const (
	silentFactor  = 3 // times the longest pause
	silentPauses  = 10
	leastHeard    = 10
	pauseRate     = 0.05
	longestFading = 0.001 // of a pause in the longest ones
)

// Hear notes a sample; one that is not newer than the newest changes nothing.
func (s *Silence) Hear(millis int64) {
	if millis <= s.LastMillis {
		return
	}
	if s.Heard > 0 {
		pause := float32(millis-s.LastMillis) / 1000
		if s.Pause == 0 {
			s.Pause = pause
		}
		s.Pause += pauseRate * (min(pause, 3*s.Pause) - s.Pause)
		s.Longest = max(pause, s.Longest+longestFading*(pause-s.Longest))
	}
	s.Heard = min(s.Heard, math.MaxUint32-1) + 1
	s.LastMillis = millis
}

// Silent reports whether the series has stopped at a time: it has said nothing for ten usual pauses and for three times as
// long as the longest of late.
func (s *Silence) Silent(millis int64) bool {
	if s.Heard < leastHeard {
		return false
	}
	return float32(millis-s.LastMillis)/1000 > max(silentPauses*s.Pause, silentFactor*s.Longest)
}
