// Package timer does things when their time has come, and forgets none for long: its user knows from what is stored what is to happen, and
// sets what is not set when a process begins, and every minute.
//
// What it guarantees, for the timers of one kind, of which one process at a time has any:
//
//  1. [Timers.Set] replaces the one of the same key. It writes nothing: timers end with the process.
//  2. [User.Fire] is called at the time or soon after, until it has returned nil once; many that are due together by one call. It looks at what
//     a timer is about anew, and does nothing if that is done.
//  3. [User.Sweep] is called when a process begins, and every minute: what should have a timer and has none gets one.
//
// A small use:
//
//	t := timer.New("reminder", log)
//	t.Set(incident.ID, at, nil)
//	g.Go(func() error { return t.Run(ctx, reminders) })
package timer

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/pause"
)

const (
	// again and most bound the wait of one that could not be served.
	again, most = 100 * time.Millisecond, 10 * time.Second
	// sweepEvery is how long a timer can be lost.
	sweepEvery = time.Minute
	// maxDue is how many timers are served by one call.
	maxDue = 128
)

// User is who has timers of one kind.
type User interface {
	// Fire does what is due, as far as it can; after an error all of it is fired again, 100 ms later at first and every 10 s at last.
	Fire(ctx context.Context, due []Due) error
	// Sweep sets what should be set and is not among pending, which are those that wait, and those that are being served. It is called once before
	// anything is fired, and then beside that.
	Sweep(ctx context.Context, pending map[string]bool) error
}

// Due is a timer whose time has come.
type Due struct {
	// Key and Payload are those that it was set with.
	Key     string
	Payload []byte
}

// Timers are those of one kind. It is safe for concurrent use.
type Timers struct {
	// Trouble is told what fails, since when and what to do, "" when nothing does; it is set before [Timers.Run], and calls nothing of the timers.
	// nil tells nobody.
	Trouble func(message string)

	log  *zap.Logger
	wake chan struct{} // something is due sooner

	mu      sync.Mutex
	waiting queue
	served  map[string]*waiting // by Fire
	trouble trouble
}

// New returns the timers of a kind, such as "reminder", of which there are none.
func New(kind string, log *zap.Logger) *Timers {
	return &Timers{
		log: log.With(zap.String("timer", kind)), wake: make(chan struct{}, 1),
		waiting: queue{places: map[string]int{}}, served: map[string]*waiting{}, trouble: trouble{failing: map[string]time.Time{}},
	}
}

// Set has the timer of a key fire at a time, at once if that is over. It takes the place of the one that was set before.
func (t *Timers) Set(key string, at time.Time, payload []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.set(&waiting{Due: Due{Key: key, Payload: payload}, at: at})
	t.forgive(key)
}

// Restore is Set of a key that has no timer; otherwise it does nothing.
func (t *Timers) Restore(key string, at time.Time, payload []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.pending(key) {
		t.set(&waiting{Due: Due{Key: key, Payload: payload}, at: at})
	}
}

func (t *Timers) set(w *waiting) {
	t.waiting.put(w)
	if t.waiting.first() == w {
		select {
		case t.wake <- struct{}{}:
		default: // it looks soon anyway
		}
	}
}

// Cancel has the timer of a key not fire, if there is one. One that is being served is served to its end.
func (t *Timers) Cancel(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting.remove(key)
	if w := t.served[key]; w != nil {
		w.cancelled = true
	}
	t.forgive(key)
}

// forgive has a timer that failed fail no longer: it was set anew or cancelled.
func (t *Timers) forgive(key string) {
	if _, failed := t.trouble.failing[key]; failed {
		delete(t.trouble.failing, key)
		t.tell()
	}
}

// tell says how the timers fare. It is called under the lock, so that what is said last is so.
func (t *Timers) tell() {
	if t.Trouble != nil {
		t.Trouble(t.trouble.message())
	}
}

// Pending returns the keys of the timers that wait or are being served.
func (t *Timers) Pending() map[string]bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	keys := make(map[string]bool, len(t.waiting.places)+len(t.served))
	for key := range t.waiting.places {
		keys[key] = true
	}
	for key := range t.served {
		keys[key] = true
	}
	return keys
}

func (t *Timers) pending(key string) bool {
	_, waits := t.waiting.places[key]
	return waits || t.served[key] != nil
}

// Run serves the timers until ctx ends, and returns nil then.
func (t *Timers) Run(ctx context.Context, u User) error {
	ctx, cancel := context.WithCancel(ctx)
	swept := make(chan struct{})
	wait := t.sweep(ctx, u, 0) // what comes before is finished before anything is begun
	go func() { defer close(swept); t.keepSweeping(ctx, u, wait) }()
	defer func() { cancel(); <-swept }()
	alarm := time.NewTimer(0)
	defer alarm.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-alarm.C:
		case <-t.wake:
		}
		due, next := t.take(time.Now())
		if len(due) > 0 {
			t.fire(ctx, u, due)
			next = 0 // there may be more
		}
		if next >= 0 {
			alarm.Reset(next)
		}
	}
}

// take returns timers that are due, or how long to wait for the next one, -1 if there is none.
func (t *Timers) take(now time.Time) (due []*waiting, next time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(due) < maxDue {
		w := t.waiting.first()
		if w == nil {
			return due, -1
		}
		if w.at.After(now) {
			return due, w.at.Sub(now)
		}
		t.waiting.remove(w.Key)
		t.served[w.Key] = w
		due = append(due, w)
	}
	return due, 0
}

// fire serves timers; after an error they wait a little, but for those that were set anew or cancelled meanwhile.
func (t *Timers) fire(ctx context.Context, u User, due []*waiting) {
	all := make([]Due, len(due))
	for k := range due {
		all[k] = due[k].Due
	}
	err := u.Fire(ctx, all)
	t.mu.Lock()
	defer t.mu.Unlock()
	var longest time.Duration
	for _, w := range due {
		delete(t.served, w.Key)
		if _, anew := t.waiting.places[w.Key]; err == nil || anew || w.cancelled {
			delete(t.trouble.failing, w.Key)
			continue
		}
		t.trouble.failed(w.Key, time.Now(), err)
		wait := min(again<<min(w.tries, 10), most)
		longest = max(longest, wait)
		w.tries++
		w.at = time.Now().Add(wait)
		t.set(w)
	}
	if ctx.Err() != nil {
		return
	}
	t.tell()
	if err != nil {
		t.log.Warn("timers not served, will try again", zap.Strings("keys", keysOf(due)), zap.Duration("wait", longest), zap.Error(err))
	}
}

// keysOf returns some of the keys, for the log.
func keysOf(due []*waiting) (keys []string) {
	for _, w := range due[:min(len(due), 5)] {
		keys = append(keys, w.Key)
	}
	return keys
}

// keepSweeping repairs lost timers, every minute.
func (t *Timers) keepSweeping(ctx context.Context, u User, wait time.Duration) {
	for pause.For(ctx, wait) {
		wait = t.sweep(ctx, u, wait)
	}
}

// sweep repairs lost timers, and returns when to do so again: soon if it could not, and then later than it waited before.
func (t *Timers) sweep(ctx context.Context, u User, waited time.Duration) time.Duration {
	err := u.Sweep(ctx, t.Pending())
	if ctx.Err() != nil {
		return sweepEvery
	}
	t.mu.Lock()
	t.trouble.looked(time.Now(), err)
	t.tell()
	t.mu.Unlock()
	if err == nil {
		return sweepEvery
	}
	wait := most
	if waited < most {
		wait = max(2*waited, again)
	}
	t.log.Warn("timers not looked through, will try again", zap.Duration("wait", wait), zap.Error(err))
	return wait
}
