//go:build unix && !solaris

package bus

import (
	"syscall"
	"testing"
)

// G5: a process that is out of file descriptors loses nothing of its spool.
func TestG5OutOfDescriptors(t *testing.T) {
	b := open(t)
	p := edge(t, b)
	l := lane{Metrics, 0}
	spooling(t, p, l, 1, []byte("precious"))
	var usual syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &usual); err != nil {
		t.Fatal(err)
	}
	none := usual
	none.Cur = 3
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none); err != nil {
		t.Fatal(err)
	}
	_, failed := p.drainLane(t.Context(), l)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &usual); err != nil {
		t.Fatal(err)
	}
	if failed == nil || p.spool.waiting(l) != 1 {
		t.Fatalf("%v, and %d wait; want an error and 1", failed, p.spool.waiting(l))
	}
	if _, err := p.drainLane(t.Context(), l); err != nil {
		t.Error(err)
	}
	status, err := b.Status(t.Context())
	if err != nil || messagesOf(status, "MET_00") != 1 || status.DeadLetters != 0 || p.spool.waiting(l) != 0 {
		t.Errorf("afterwards: %+v, %v", status, err)
	}
}
