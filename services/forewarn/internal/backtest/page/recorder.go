package page

import (
	"cmp"
	"slices"
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest/contest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
)

// How much is kept of each signal: its whole course, its newest hours, and the moments at which it was full.
const (
	wholeBuckets  = 384
	recentBuckets = 256
	recentWidth   = 10 * time.Minute
	sinceBuckets  = 192
	mostFull      = 4
	// keptEpisodes is how many episodes a recorder holds at most; of more, the least important are counted only.
	keptEpisodes = 1000
	// aftermath is how long the course is followed behind the end of an episode.
	aftermath = 24 * time.Hour
)

// Recorder follows the signals of one worker. It is not safe for concurrent use.
type Recorder struct {
	state    func(key string) (signal.State, bool)
	signals  map[string]*record
	episodes []*episode
	forgot   int // episodes of which nothing is kept
}

// NewRecorder returns a recorder; state tells what is known of a signal.
func NewRecorder(state func(key string) (signal.State, bool)) *Recorder {
	return &Recorder{state: state, signals: map[string]*record{}}
}

// record is one signal.
type record struct {
	key    string
	state  signal.State // as it was in the end
	whole  trace
	recent trace
	full   []*moment // when its limit was reached
	live   []*moment // that are followed
	open   map[string]*episode
	loud   int // episodes at warning or worse

	used, limit, most float64
	newest            int64
}

// moment is a time with the course before and after it.
type moment struct {
	at     int64 // Unix milliseconds
	before trace
	since  trace
	until  int64 // how long it is followed; 0: until it ends
	record *record
}

// episode is one trouble as it was told.
type episode struct {
	moment
	first, last finding.Finding
	worst       finding.Severity
	ended       int64 // 0: not within the data
	quiet       bool  // it stands below a warning now
	again       int64 // when it was last a warning again after it had been below, 0: never
}

// Observe takes an observation of a signal.
func (r *Recorder) Observe(key string, millis int64, used, limit float64) {
	s := r.signal(key)
	s.fill(millis, used, limit)
	s.used, s.limit, s.most, s.newest = used, limit, max(s.most, used), millis
	s.whole.add(millis, used, limit)
	s.recent.add(millis, used, limit)
	for i := 0; i < len(s.live); i++ {
		m := s.live[i]
		if m.until != 0 && millis > m.until {
			s.live = slices.Delete(s.live, i, i+1)
			i--
			continue
		}
		m.since.add(millis, used, limit)
	}
}

// fill notes when the limit is reached. One that is only touched is forgotten.
func (s *record) fill(millis int64, used, limit float64) {
	full, before := limit > 0 && used >= contest.FullShare*limit, s.limit > 0 && s.used >= contest.FullShare*s.limit
	switch n := len(s.full); {
	case full && !before && n < mostFull:
		s.full = append(s.full, s.begin(&moment{until: millis + aftermath.Milliseconds()}, millis))
	case before && !full && n > 0 && millis-s.full[n-1].at < contest.FullFor && used >= contest.KilledShare*limit:
		touched := s.full[n-1]
		s.full = s.full[:n-1]
		s.live = slices.DeleteFunc(s.live, func(m *moment) bool { return m == touched })
	}
}

func (r *Recorder) signal(key string) *record {
	s, ok := r.signals[key]
	if !ok {
		s = &record{key: key, whole: newTrace(wholeBuckets), recent: newSliding(recentBuckets, recentWidth), open: map[string]*episode{}}
		r.signals[key] = s
	}
	return s
}

// begin makes m a moment of the signal.
func (s *record) begin(m *moment, millis int64) *moment {
	m.at, m.record, m.before, m.since = millis, s, s.recent.copied(), newTrace(sinceBuckets)
	s.live = append(s.live, m)
	return m
}

// Hear takes what was said.
func (r *Recorder) Hear(f *finding.Finding) {
	s := r.signal(f.Signal)
	e := s.open[f.Episode]
	switch {
	case e == nil && f.Action == finding.Resolved: // of a snapshot
		return
	case e == nil || e.worst.Rank() < finding.Warning.Rank() && f.Severity.Rank() >= finding.Warning.Rank():
		e = s.start(e, f) // people hear of it now
	}
	e.follow(f)
	if f.Severity.Rank() > e.worst.Rank() {
		e.worst = f.Severity
	}
	if f.Action == finding.Resolved {
		r.end(s, e, f.Time.UnixMilli())
	}
}

// follow takes what is said of a running episode.
func (e *episode) follow(f *finding.Finding) {
	e.last = *f
	loud := f.Severity.Rank() >= finding.Warning.Rank()
	if loud && e.quiet {
		e.again = f.Time.UnixMilli()
	}
	e.quiet = !loud
}

// start begins an episode, or begins it anew when it becomes loud.
func (s *record) start(old *episode, f *finding.Finding) *episode {
	if old != nil {
		s.live = slices.DeleteFunc(s.live, func(m *moment) bool { return m == &old.moment })
	}
	e := &episode{first: *f, worst: f.Severity}
	s.begin(&e.moment, f.Time.UnixMilli())
	s.open[f.Episode] = e
	return e
}

func (r *Recorder) end(s *record, e *episode, millis int64) {
	e.ended, e.until = millis, millis+aftermath.Milliseconds()
	delete(s.open, e.first.Episode)
	if e.worst.Rank() < finding.Warning.Rank() {
		s.live = slices.DeleteFunc(s.live, func(m *moment) bool { return m == &e.moment })
		return
	}
	s.loud++
	r.episodes = append(r.episodes, e)
	if len(r.episodes) > keptEpisodes {
		slices.SortStableFunc(r.episodes, byWeight)
		for _, gone := range r.episodes[keptEpisodes/2:] {
			gone.record.live = slices.DeleteFunc(gone.record.live, func(m *moment) bool { return m == &gone.moment })
		}
		r.forgot += len(r.episodes) - keptEpisodes/2
		r.episodes = r.episodes[:keptEpisodes/2]
	}
}

// byWeight puts the more important first: the worse, the longer, the earlier.
func byWeight(a, b *episode) int {
	return cmp.Or(cmp.Compare(b.worst.Rank(), a.worst.Rank()), cmp.Compare(b.length(), a.length()), cmp.Compare(a.at, b.at), cmp.Compare(a.first.Signal, b.first.Signal))
}

// length is how long it lasted within the data.
func (e *episode) length() int64 {
	if e.ended != 0 {
		return e.ended - e.at
	}
	return max(e.record.newest, e.last.Time.UnixMilli()) - e.at
}

// close takes in what is still open, and returns all episodes at warning or worse.
func (r *Recorder) close() []*episode {
	for _, s := range r.signals {
		for _, e := range s.open {
			if e.worst.Rank() >= finding.Warning.Rank() {
				s.loud++
				r.episodes = append(r.episodes, e)
			}
		}
		clear(s.open)
	}
	return r.episodes
}
