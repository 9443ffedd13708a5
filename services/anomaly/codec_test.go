package anomaly

import (
	"strings"
	"testing"

	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/chunk"
)

// TestRestoreRefuses: another version and what is cut short are errors, after which the listener is as new; a log that is
// damaged is left out alone, and counted.
func TestRestoreRefuses(t *testing.T) {
	l := listener(t)
	l.Observe(start, entries(ledger, start, tablespace, tablespace))
	l.Observe(start, entries(ledger2, start, "voucher 1 saved"))
	state, err := bustest.State(l)
	if err != nil {
		t.Fatal(err)
	}
	fresh := listener(t)
	f := func(state []byte, want string) {
		t.Helper()
		if err := fresh.Restore(state); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
		if n, _, _ := fresh.Sources(); n != 0 || fresh.Len() != 0 {
			t.Errorf("%d logs and %d episodes after an error", n, fresh.Len())
		}
	}
	f(nil, "version 2")
	f([]byte(`{"version":1,"messages":[]}`), "learned again")
	f(state[:len(state)-1], "cut short")
	f(append([]byte{snapshotVersion}, chunk.Append(nil, []byte("no json"))...), "decode")
	f(chunk.Append([]byte{snapshotVersion}, []byte(`{"messages":[null]}`)), "message 0")
	f(chunk.Append([]byte{snapshotVersion}, []byte(`{"troubles":[{}]}`)), "episode 0")

	head, rest, err := chunk.Cut(state[1:])
	if err != nil {
		t.Fatal(err)
	}
	broken := chunk.Append([]byte{snapshotVersion}, head)
	for range 3 {
		broken = chunk.Append(broken, []byte("{}"))
	}
	if err := fresh.Restore(append(broken, rest...)); err != nil {
		t.Fatal(err)
	}
	if n, _, _ := fresh.Sources(); n != 2 || fresh.diary.stats.Forgotten != 1 {
		t.Errorf("%d logs, %+v; want both that are whole", n, fresh.diary.stats)
	}
	if again, err := bustest.State(fresh); err != nil || string(again) != string(state) {
		t.Errorf("another state, %v", err)
	}
}
