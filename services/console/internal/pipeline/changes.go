package pipeline

import (
	"context"
	"hash/maphash"
	"strconv"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/signal"
)

const (
	// lookEvery is how often signals are compared with what they were, while somebody listens.
	lookEvery = 2 * time.Second
	// watchPause is how long after the bus ended a watch it is begun again.
	watchPause = 5 * time.Second
	// MaxListeners bounds how many pages listen at once.
	MaxListeners = 200
)

// changes tells listeners that what pages show has changed. Its methods are safe for concurrent use.
type changes struct {
	mu        sync.Mutex
	listeners map[chan struct{}]struct{}
	some      chan struct{} // wakes who waits for the first listener
}

func newChanges() *changes {
	return &changes{listeners: map[chan struct{}]struct{}{}, some: make(chan struct{}, 1)}
}

// listen returns a channel that gets a value when something has changed, and what ends that; false if too many listen.
func (c *changes) listen() (changed <-chan struct{}, end func(), ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.listeners) >= MaxListeners {
		return nil, nil, false
	}
	l := make(chan struct{}, 1)
	c.listeners[l] = struct{}{}
	offer(c.some)
	return l, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.listeners, l)
	}, true
}

func (c *changes) tell() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for l := range c.listeners {
		offer(l)
	}
}

func (c *changes) anybody() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.listeners) > 0
}

// offer leaves a value for who has none yet.
func offer(to chan struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}

// Listen returns a channel that gets a value when an incident changes, a signal comes to be foreseen to fail, or one
// changes its stage, and what ends that; false if too many listen already.
func (s *Source) Listen() (changed <-chan struct{}, end func(), ok bool) { return s.changes.listen() }

// watchIncidents tells of every change of an incident until ctx ends.
func (s *Source) watchIncidents(ctx context.Context) {
	for {
		err := s.settings.Incidents.Watch(ctx, func(*incident.Incident) {
			s.recentLists.forget(true) // a change that was seen tells that the next one will be
			s.changes.tell()
		})
		s.recentLists.forget(false)
		if ctx.Err() != nil {
			return
		}
		s.settings.Logger.Warn("incidents are not watched for a moment; open pages are told of changes late", zap.Error(err))
		select {
		case <-ctx.Done():
			return
		case <-time.After(watchPause):
		}
	}
}

// watchSignals tells when the signals look different to people, until ctx ends. While nobody listens it asks nothing.
func (s *Source) watchSignals(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var last uint64
	seed := maphash.MakeSeed()
	for {
		wait := tick.C
		if !s.changes.anybody() {
			wait = nil
		}
		select {
		case <-ctx.Done():
			return
		case <-s.changes.some:
			continue
		case <-wait:
		}
		snapshot, err := s.Signals(ctx)
		if err != nil {
			continue
		}
		if now := look(seed, snapshot); now != last {
			last = now
			s.changes.tell()
		}
	}
}

// look returns a hash of what people notice of signals: how many there are of each stage, which of them climb, and which
// have a date or an episode.
func look(seed maphash.Seed, s *Snapshot) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	stages := map[signal.Stage]int{}
	for i := range s.Signals {
		sig := &s.Signals[i]
		stages[sig.Stage]++
		if sig.Rising || sig.Episode != "" || sig.ETA.P50 != nil {
			h.WriteString(sig.Key)
			h.WriteString(strconv.FormatBool(sig.Episode != "") + strconv.FormatBool(sig.ETA.P50 != nil))
		}
	}
	for _, stage := range []signal.Stage{signal.Learning, signal.Ready, signal.Silent} {
		h.WriteString(strconv.Itoa(stages[stage]) + " ")
	}
	return h.Sum64()
}
