package timer_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/notifier/internal/timer"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clerk notes what fires, and sets at a sweep what it wants and is not pending.
type clerk struct {
	timers *timer.Timers
	fail   int // so many times each

	mu    sync.Mutex
	fired map[string]int
	said  map[string]string
	want  map[string]time.Time
}

func (c *clerk) Fire(_ context.Context, due timer.Due) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fired[due.Key]++
	c.said[due.Key] = string(due.Payload)
	if c.fired[due.Key] <= c.fail {
		return errors.New("not now")
	}
	return nil
}

func (c *clerk) Sweep(ctx context.Context, pending map[string]bool) error {
	for key, at := range c.want {
		if !pending[key] {
			if err := c.timers.Set(ctx, key, at, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *clerk) count(key string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fired[key]
}

func newClerk(b *bus.Bus) *clerk {
	return &clerk{timers: timer.New(b, "test", zap.NewNop()), fired: map[string]int{}, said: map[string]string{}}
}

// serve runs the timers of c until the function that it returns is called.
func serve(t *testing.T, c *clerk) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.timers.Run(ctx, c) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func set(t *testing.T, c *clerk, key string, in time.Duration, payload string) {
	t.Helper()
	if err := c.timers.Set(t.Context(), key, time.Now().Add(in), []byte(payload)); err != nil {
		t.Fatal(err)
	}
}

func fires(t *testing.T, c *clerk, key string, n int) {
	t.Helper()
	bustest.Until(t, time.Minute, fmt.Sprintf("%s fires %d times", key, n), func() bool { return c.count(key) >= n })
}

// TestFires: at its time, with what it was set with last, and not if it was cancelled; what is over fires at once.
func TestFires(t *testing.T) {
	c := newClerk(bustest.New(t))
	defer serve(t, c)()
	set(t, c, "cancelled", 500*time.Millisecond, "")
	if err := c.timers.Cancel(t.Context(), "cancelled"); err != nil {
		t.Fatal(err)
	}
	set(t, c, "again", time.Hour, "first")
	start := time.Now()
	set(t, c, "again", time.Second, "second")
	set(t, c, "over", -time.Hour, "")
	fires(t, c, "over", 1)
	fires(t, c, "again", 1)
	if early := time.Second - time.Since(start); early > 0 {
		t.Errorf("fired %v too early", early)
	}
	if c.said["again"] != "second" || c.count("cancelled") != 0 {
		t.Errorf("fired with %q; the cancelled one %d times", c.said["again"], c.count("cancelled"))
	}
	bustest.Eventually(t, time.Minute, func() error {
		if p, err := c.timers.Pending(t.Context()); err != nil || len(p) > 0 {
			return fmt.Errorf("pending: %v, %w", p, err)
		}
		return nil
	})
}

// TestFailsAndComesAgain: until it is served.
func TestFailsAndComesAgain(t *testing.T) {
	c := newClerk(bustest.New(t))
	c.fail = 3
	defer serve(t, c)()
	set(t, c, "a", 0, "")
	fires(t, c, "a", 4)
}

// TestSurvivesRestarts: timers fire that came due while neither service nor server was there, each once.
func TestSurvivesRestarts(t *testing.T) {
	dir := t.TempDir()
	b := bustest.Open(t, dir, bus.Settings{})
	c := newClerk(b)
	for k := range 50 {
		set(t, c, fmt.Sprint("key-", k), time.Duration(k)*20*time.Millisecond, "")
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	c.timers = timer.New(bustest.Open(t, dir, bus.Settings{}), "test", zap.NewNop())
	c.timers.Parallel = 8
	defer serve(t, c)()
	set(t, c, "last", 1500*time.Millisecond, "")
	fires(t, c, "last", 1)
	for k := range 50 {
		if key := fmt.Sprint("key-", k); c.count(key) != 1 {
			t.Errorf("%s fired %d times", key, c.count(key))
		}
	}
}

// TestSweep: what should have a timer and has none gets one when a process begins, and what has one keeps it.
func TestSweep(t *testing.T) {
	c := newClerk(bustest.New(t))
	set(t, c, "there", time.Hour, "")
	c.want = map[string]time.Time{"lost": time.Now(), "there": time.Now()}
	defer serve(t, c)()
	fires(t, c, "lost", 1)
	if c.count("there") != 0 {
		t.Error("a timer that waits was set anew")
	}
}

func TestBadKey(t *testing.T) {
	c := newClerk(bustest.New(t))
	for _, key := range []string{"", "a.b", "a b", "*", ">"} {
		if err := c.timers.Set(t.Context(), key, time.Now(), nil); err == nil {
			t.Errorf("key %q was taken", key)
		}
	}
}
