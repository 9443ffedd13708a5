package timer

import (
	"fmt"
	"strings"
	"time"
)

// trouble is what keeps timers of a kind from being served, or looked through.
type trouble struct {
	failing map[string]time.Time // when a timer that has not been served since failed first
	fired   error                // of the newest one that failed
	swept   error
	since   time.Time // of swept
}

// failed notes that a timer could not be served.
func (t *trouble) failed(key string, now time.Time, err error) {
	if _, again := t.failing[key]; !again {
		t.failing[key] = now
	}
	t.fired = err
}

// looked notes what became of a sweep.
func (t *trouble) looked(now time.Time, err error) {
	if t.swept == nil {
		t.since = now
	}
	t.swept = err
}

// message says to people what fails, since when, and what to do; "" if nothing does.
func (t *trouble) message() string {
	var parts []string
	if len(t.failing) > 0 {
		var first string
		for key, at := range t.failing {
			if since := t.failing[first]; first == "" || at.Before(since) || at.Equal(since) && key < first {
				first = key
			}
		}
		parts = append(parts, fmt.Sprintf("%d due fail, %s since %s: %s", len(t.failing), first, moment(t.failing[first]), line(t.fired)))
	}
	if t.swept != nil {
		parts = append(parts, fmt.Sprintf("what is to be due cannot be looked up since %s: %s", moment(t.since), line(t.swept)))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, "; ") + fmt.Sprintf("; see to what the error names, or to the bus and its store: it is tried again every %v until it succeeds", most)
}

func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// line is the first of the errors that were joined.
func line(err error) string {
	first, _, _ := strings.Cut(err.Error(), "\n")
	return first
}
