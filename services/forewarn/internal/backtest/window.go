package backtest

import (
	"sync"
	"time"

	"github.com/forewarn/forewarn/services/trend"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// windowLength is how much time goes to the workers at once. It is the same for any number of workers, and short
// enough that they notice silence as they do live.
const windowLength = 2 * time.Minute

// longestGap is the longest time without any sample that is walked through window by window.
const longestGap = 45 * 24 * time.Hour

// stretch is some windows in a row, which travel together: a window of a few samples is worked on faster than it is
// handed over.
type stretch struct {
	windows []window // those in use, of stretchLength
	working sync.WaitGroup
}

// stretchLength is how many windows travel together, inFlight how many stretches may be between reader and printer.
const (
	stretchLength = 16
	inFlight      = 4
)

// newStretch returns one with room for what some lanes say.
func newStretch(lanes int) *stretch {
	s := &stretch{windows: make([]window, stretchLength)}
	for i := range s.windows {
		s.windows[i].lanes = make([]share, lanes)
	}
	return s
}

// begin empties the stretch for others than before.
func (s *stretch) begin(lanes int) {
	s.windows = s.windows[:0]
	s.working.Add(lanes)
}

// full tells whether there is no room for another window.
func (s *stretch) full() bool { return len(s.windows) == cap(s.windows) }

// extend returns the next window; the memory of what it held before is kept.
func (s *stretch) extend() *window {
	s.windows = s.windows[:len(s.windows)+1]
	return &s.windows[len(s.windows)-1]
}

// window is the samples of two minutes, a batch per lane, and what the lanes said about them.
type window struct {
	number int
	end    time.Time
	// forecasts asks the lanes to forecast every signal at the end, explain to give account of each.
	forecasts, explain bool
	lanes              []share
}

// share is one lane's part of a window.
type share struct {
	batch telemetry.Batch
	said  []statement
	// ended is the day that ended with this window, 0 if none did; growth is what the leaks' signals came to on it.
	ended  int64
	growth []trend.Growth
	// scores are those of the samples, where they are asked for.
	scores []score
	// accounts are those of all signals where an explanation is asked for.
	accounts []explanation
}

// reset empties the window for another time; the memory of its batches is kept.
func (w *window) reset(number int, end time.Time, forecasts bool) {
	w.number, w.end, w.forecasts, w.explain = number, end, forecasts, false
	for i := range w.lanes {
		w.lanes[i].batch.Series = w.lanes[i].batch.Series[:0]
		w.lanes[i].said, w.lanes[i].accounts = w.lanes[i].said[:0], nil
		w.lanes[i].ended, w.lanes[i].growth = 0, nil
		w.lanes[i].scores = w.lanes[i].scores[:0]
	}
}

// add puts a sample into the batch of its lane.
func (w *window) add(s *source, sample telemetry.Sample) {
	b := &w.lanes[s.lane].batch
	if s.window != w.number {
		s.window, s.at = w.number, len(b.Series)
		if len(b.Series) < cap(b.Series) {
			b.Series = b.Series[:len(b.Series)+1] // with the samples' memory that is there
		} else {
			b.Series = append(b.Series, telemetry.TimeSeries{})
		}
		ts := &b.Series[s.at]
		ts.Series, ts.Samples = s.series, ts.Samples[:0]
	}
	ts := &b.Series[s.at]
	ts.Samples = append(ts.Samples, sample)
}
