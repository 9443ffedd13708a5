package trend

import (
	"errors"
	"strings"
	"testing"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
)

// TestNewerState: a state of a later version is told from a damaged one, so that it is not overwritten.
func TestNewerState(t *testing.T) {
	state := snapshot(t, NewWorker(DefaultConfig(), catalogue(t), nil))
	state[0] = snapshotVersion + 1
	err := NewWorker(DefaultConfig(), catalogue(t), nil).Restore(state)
	if !errors.Is(err, bus.ErrNewer) || !strings.Contains(err.Error(), "is of version 4, this release reads up to 3") {
		t.Errorf("a worker says %v", err)
	}
	releases, err := bustest.State(NewReleases(catalogue(t), 4))
	if err != nil {
		t.Fatal(err)
	}
	later := strings.Replace(string(releases), `"version":1`, `"version":2`, 1)
	if err := NewReleases(catalogue(t), 4).Restore([]byte(later)); !errors.Is(err, bus.ErrNewer) {
		t.Errorf("releases say %v", err)
	}
	for _, damaged := range []string{"", "{}", "\x00"} {
		if err := NewWorker(DefaultConfig(), catalogue(t), nil).Restore([]byte(damaged)); err == nil || errors.Is(err, bus.ErrNewer) {
			t.Errorf("%q: %v", damaged, err)
		}
	}
}
