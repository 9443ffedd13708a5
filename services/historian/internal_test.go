package historian

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/obs"
)

func state(h *obs.Health, name string) obs.Check {
	for _, c := range h.Checks() {
		if c.Name == name {
			return c
		}
	}
	return obs.Check{}
}

// The check stays degraded until the last partition writes again.
func TestGate(t *testing.T) {
	health := &obs.Health{}
	g := &gate{health: health}
	g.open()
	one, two := &writer{}, &writer{}
	if !g.failed(one, errors.New("full")) || g.failed(two, errors.New("full")) || g.failed(one, errors.New("still full")) {
		t.Error("failed tells the first one that waits, and only that one")
	}
	if got := state(health, Service); got.State != obs.Degraded || got.Message != "still full" {
		t.Errorf("health %+v", got)
	}
	g.succeeded(one)
	if got := state(health, Service); got.State != obs.Degraded {
		t.Errorf("health %+v while one waits", got)
	}
	g.succeeded(two)
	g.succeeded(two)
	if got := state(health, Service); got.State != obs.OK || got.Message != "" {
		t.Errorf("health %+v", got)
	}
}

type compactions int

func (c compactions) Stats() history.Stats { return history.Stats{CompactionFailures: int(c)} }

// New failures degrade the check, a quiet interval heals it.
func TestCheckCompactions(t *testing.T) {
	h := &Historian{set: Settings{Health: &obs.Health{}}}
	f := func(failures, seen int, want obs.State) {
		t.Helper()
		if got := h.checkCompactions(compactions(failures), seen); got != failures {
			t.Errorf("%d failures, want %d", got, failures)
		}
		if got := state(h.set.Health, compactionCheck); got.State != want {
			t.Errorf("%d failures after %d: %+v, want %s", failures, seen, got, want)
		}
	}
	f(0, 0, obs.OK)
	f(2, 0, obs.Degraded)
	f(3, 2, obs.Degraded)
	f(3, 3, obs.OK)
}

type newest time.Time

func (n newest) Stats() history.Stats { return history.Stats{Newest: time.Time(n)} }

// A history whose samples are from the future, or that takes none, says so.
func TestCheckClock(t *testing.T) {
	h := &Historian{set: Settings{Health: &obs.Health{}}}
	now := time.Now()
	f := func(ahead time.Duration, n history.Appended, want obs.State, says string) {
		t.Helper()
		h.intake.count(n)
		h.checkClock(newest(now.Add(ahead)), now)
		if got := state(h.set.Health, clockCheck); got.State != want || !strings.Contains(got.Message, says) {
			t.Errorf("%v ahead, %+v: %+v, want %s saying %q", ahead, n, got, want, says)
		}
	}
	f(0, history.Appended{Stored: 1}, obs.OK, "")
	f(48*time.Hour, history.Appended{Stored: 1}, obs.Degraded, "move the history directory away")
	f(0, history.Appended{TooOld: 1}, obs.OK, "")
	f(0, history.Appended{TooOld: 1}, obs.OK, "")
	f(0, history.Appended{}, obs.OK, "")
	f(0, history.Appended{TooOld: 1}, obs.Degraded, "refused all samples")
	f(0, history.Appended{TooOld: 1, Stored: 1}, obs.OK, "")
}
