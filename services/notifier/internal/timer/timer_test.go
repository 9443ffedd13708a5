package timer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/notifier/internal/timer"
)

// clerk notes what fires, and sets at a sweep what it wants and is not pending.
type clerk struct {
	timers *timer.Timers
	fail   int // so many times each
	during func(timer.Due)
	want   map[string]time.Duration
	lost   int // sweeps that fail

	mu    sync.Mutex
	fired map[string][]time.Duration
	said  map[string]string
	calls int
	begin time.Time
}

func newClerk() *clerk {
	return &clerk{timers: timer.New("test", zap.NewNop()), fired: map[string][]time.Duration{}, said: map[string]string{}, begin: time.Now()}
}

func (c *clerk) Fire(_ context.Context, due []timer.Due) (err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	for _, d := range due {
		c.fired[d.Key] = append(c.fired[d.Key], time.Since(c.begin))
		c.said[d.Key] = string(d.Payload)
		if c.during != nil {
			c.during(d)
		}
		if len(c.fired[d.Key]) <= c.fail {
			err = errors.New("not now")
		}
	}
	return err
}

func (c *clerk) Sweep(_ context.Context, pending map[string]bool) error {
	if c.lost > 0 {
		c.lost--
		return errors.New("no list\nof anything")
	}
	for key, in := range c.want {
		if !pending[key] {
			c.timers.Restore(key, c.begin.Add(in), nil)
		}
	}
	return nil
}

func (c *clerk) set(key string, in time.Duration, payload string) {
	c.timers.Set(key, c.begin.Add(in), []byte(payload))
}

// run serves the timers of a clerk for a time that passes at once, and compares when they fired.
func run(t *testing.T, within time.Duration, prepare func(*clerk), want map[string][]time.Duration) *clerk {
	t.Helper()
	var c *clerk
	synctest.Test(t, func(t *testing.T) {
		c = newClerk()
		prepare(c)
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		if err := c.timers.Run(ctx, c); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, c.fired); diff != "" {
			t.Errorf("fired (-want +got):\n%s", diff)
		}
	})
	return c
}

// TestFires: at its time, with what it was set with last, and not if it was cancelled; what is over fires at once.
func TestFires(t *testing.T) {
	c := run(t, time.Minute, func(c *clerk) {
		c.set("cancelled", 5*time.Second, "")
		c.set("again", time.Hour, "first")
		c.set("later", time.Hour, "")
		c.set("over", -time.Hour, "")
		c.set("again", time.Second, "second")
		c.timers.Cancel("cancelled")
		c.timers.Cancel("nobody's")
	}, map[string][]time.Duration{"over": {0}, "again": {time.Second}})
	if c.said["again"] != "second" {
		t.Errorf("fired with %q", c.said["again"])
	}
	if diff := cmp.Diff(map[string]bool{"later": true}, c.timers.Pending()); diff != "" {
		t.Errorf("pending (-want +got):\n%s", diff)
	}
}

// TestSetWhileItWaits: one that is due sooner than what it waits for is not late.
func TestSetWhileItWaits(t *testing.T) {
	run(t, time.Hour, func(c *clerk) {
		c.set("first", time.Minute, "")
		c.during = func(d timer.Due) {
			if d.Key == "first" {
				c.set("second", 2*time.Minute, "")
				c.set("sooner", time.Minute+time.Second, "")
			}
		}
		time.AfterFunc(30*time.Second, func() { c.set("between", 40*time.Second, "") })
	}, map[string][]time.Duration{
		"first": {time.Minute}, "second": {2 * time.Minute}, "sooner": {time.Minute + time.Second}, "between": {40 * time.Second},
	})
}

// TestFailsAndComesAgain: until it is served, later and later.
func TestFailsAndComesAgain(t *testing.T) {
	run(t, time.Minute, func(c *clerk) {
		c.fail = 3
		c.set("a", 0, "")
	}, map[string][]time.Duration{"a": {0, 100 * time.Millisecond, 300 * time.Millisecond, 700 * time.Millisecond}})
}

// TestFailsBesideOthers: one that failed often has none wait longer that failed beside it for the first time.
func TestFailsBesideOthers(t *testing.T) {
	run(t, time.Minute, func(c *clerk) {
		c.fail = 4
		c.set("often", 0, "")
		c.set("fresh", 700*time.Millisecond, "")
	}, map[string][]time.Duration{
		"often": {0, 100 * time.Millisecond, 300 * time.Millisecond, 700 * time.Millisecond, 1500 * time.Millisecond},
		"fresh": {
			700 * time.Millisecond, 800 * time.Millisecond, 1000 * time.Millisecond, 1400 * time.Millisecond, 2200 * time.Millisecond,
		},
	})
}

// TestChangedWhileItFails: one that was set anew, or cancelled, while it was served does not come again.
func TestChangedWhileItFails(t *testing.T) {
	run(t, time.Minute, func(c *clerk) {
		c.fail = 1
		c.set("anew", 0, "")
		c.set("cancelled", 0, "")
		c.during = func(d timer.Due) {
			if len(c.fired[d.Key]) > 1 {
				return
			}
			if d.Key == "anew" {
				c.set("anew", time.Second, "")
			} else {
				c.timers.Cancel(d.Key)
			}
		}
	}, map[string][]time.Duration{"anew": {0, time.Second}, "cancelled": {0}})
}

// TestManyAtOnce: what is due together is served by few calls, each once.
func TestManyAtOnce(t *testing.T) {
	want := map[string][]time.Duration{}
	c := run(t, time.Minute, func(c *clerk) {
		for k := range 1000 {
			key := fmt.Sprint("key-", k)
			c.set(key, time.Second, "")
			want[key] = []time.Duration{time.Second}
		}
	}, want)
	if c.calls > 10 {
		t.Errorf("%d calls", c.calls)
	}
}

// TestSweep: what should have a timer and has none gets one when a process begins, and every minute; what has one keeps it.
func TestSweep(t *testing.T) {
	run(t, 90*time.Second, func(c *clerk) {
		c.set("there", time.Second, "")
		c.want = map[string]time.Duration{"lost": 0, "there": 2 * time.Second}
	}, map[string][]time.Duration{"lost": {0, time.Minute}, "there": {time.Second, time.Minute}})
}

// TestTrouble: what fails is said with when it began, as long as it does and no longer; a success of others beside it does not end it.
func TestTrouble(t *testing.T) {
	const remedy = "; see to what the error names, or to the bus and its store: it is tried again every 10s until it succeeds"
	firing := "1 due fail, a since 2000-01-01T00:00:00Z: not now" + remedy
	run(t, time.Minute, func(c *clerk) {
		var said []string
		c.timers.Trouble = func(message string) {
			if len(said) == 0 || said[len(said)-1] != message {
				said = append(said, message)
			}
		}
		c.fail, c.lost = 2, 1
		c.set("a", 0, "")
		time.AfterFunc(50*time.Second, func() {
			want := []string{
				"what is to be due cannot be looked up since 2000-01-01T00:00:00Z: no list" + remedy,
				"1 due fail, a since 2000-01-01T00:00:00Z: not now; what is to be due cannot be looked up since 2000-01-01T00:00:00Z: no list" + remedy,
				firing, "",
			}
			if diff := cmp.Diff(want, said); diff != "" {
				t.Errorf("said (-want +got):\n%s", diff)
			}
		})
	}, map[string][]time.Duration{"a": {0, 100 * time.Millisecond, 300 * time.Millisecond}})
}

// TestTroubleOfOne: it ends when what fails is cancelled, and not when something else succeeds.
func TestTroubleOfOne(t *testing.T) {
	var said, beside string
	run(t, time.Minute, func(c *clerk) {
		c.timers.Trouble = func(message string) { said = message }
		c.fail = 7 // each; so "b" succeeds only for what it has fired before
		c.fired["b"] = make([]time.Duration, 7)
		c.set("a", 0, "")
		c.set("b", 5*time.Second, "")
		time.AfterFunc(5500*time.Millisecond, func() { beside = said; c.timers.Cancel("a") })
	}, map[string][]time.Duration{
		"a": {0, 100 * time.Millisecond, 300 * time.Millisecond, 700 * time.Millisecond, 1500 * time.Millisecond, 3100 * time.Millisecond},
		"b": {0, 0, 0, 0, 0, 0, 0, 5 * time.Second},
	})
	if !strings.HasPrefix(beside, "1 due fail, a since") || said != "" {
		t.Errorf("said %q beside a success, %q in the end", beside, said)
	}
}
