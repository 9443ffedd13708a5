package anomaly

import "time"

const (
	// settling is how long a source is new, so that all its patterns are.
	settling = 24 * time.Hour
	// releaseShare of the patterns, and releaseLeast of them, being found within an hour is a release, or a switch of what is
	// logged: nothing is called new for releaseMute.
	releaseShare = 0.2
	releaseLeast = 10
	releaseMute  = 6 * time.Hour
	// forgotMute is how long a pattern that comes may be one that had to be forgotten.
	forgotMute = 24 * time.Hour
	// novelties is how many patterns of a source are called new within a day of UTC at most.
	novelties = 5
)

// mute tells when new patterns of a source are no news. Times are Unix milliseconds.
type mute struct {
	// Until is when it ends.
	Until int64 `json:"until,omitempty"`
	// Hour is the number of the hour in which Found patterns were found, Day that of the day on which Said were called new.
	Hour  int64 `json:"hour,omitempty"`
	Found int   `json:"found,omitempty"`
	Day   int64 `json:"day,omitempty"`
	Said  int   `json:"said,omitempty"`
}

// found counts a pattern that is new, of so many.
func (m *mute) found(now int64, patterns int) {
	if m.Hour != now/hour {
		m.Hour, m.Found = now/hour, 0
	}
	m.Found++
	if m.Found >= releaseLeast && float64(m.Found) >= releaseShare*float64(patterns) {
		m.Until = max(m.Until, now+releaseMute.Milliseconds())
	}
}

// forgot notes that a pattern was forgotten that may come again.
func (m *mute) forgot(now int64) { m.Until = max(m.Until, now+forgotMute.Milliseconds()) }

// allows reports whether one more pattern may be called new, and counts it if so.
func (m *mute) allows(now int64) bool {
	if now < m.Until {
		return false
	}
	if m.Day != now/day {
		m.Day, m.Said = now/day, 0
	}
	if m.Said >= novelties {
		return false
	}
	m.Said++
	return true
}
