package anomaly

import (
	"errors"
	"testing"

	"github.com/forewarn/forewarn/shared/bus"
)

// TestNewerState: a state of a later version is told from a damaged one, so that it is not overwritten.
func TestNewerState(t *testing.T) {
	f := func(what string, known byte, restore func([]byte) error) {
		t.Helper()
		if err := restore([]byte{known + 1, 0}); !errors.Is(err, bus.ErrNewer) {
			t.Errorf("%s of the next version: %v", what, err)
		}
		for _, damaged := range []string{"", "{}", "\x00", string(known)} {
			if err := restore([]byte(damaged)); err == nil || errors.Is(err, bus.ErrNewer) {
				t.Errorf("%s of %q: %v", what, damaged, err)
			}
		}
	}
	f("logs", snapshotVersion, func(b []byte) error { return listener(t).Restore(b) })
	f("metrics", watcherVersion, func(b []byte) error { return NewWatcher(DefaultConfig(), habitual(t), nil).Restore(b) })
	rules, cat, cfg := openRules(t, "")
	f("rules", rulerVersion, func(b []byte) error { return newRuler(cfg, rules.groups, cat).Restore(b) })
	q, _ := newInquiry(t, sums, nil)
	f("queries", inquirerVersion, q.Restore)
}
