package chaos

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/pause"
)

// takeover is how long it took until somebody else spoke for the partitions of a worker that was killed: the first and the last
// of them.
type takeover struct{ first, last time.Duration }

// takeovers kills a worker of logs again and again, which always have something to say, and waits for others' findings.
func (c *crew) takeovers(ctx context.Context, n int) (all []takeover, err error) {
	workers := c.workers[2:]
	for k := range n {
		if !pause.For(ctx, c.site.o.lease()) { // until the partitions are shared
			return all, ctx.Err()
		}
		t, err := c.takeover(ctx, workers[k%len(workers)])
		if err != nil {
			return all, err
		}
		all = append(all, t)
		fmt.Fprintf(c.site.o.Log, "take-over from %s: first finding after %v, last partition after %v\n", //nolint:errcheck // a log
			workers[k%len(workers)].name, t.first.Round(10*time.Millisecond), t.last.Round(10*time.Millisecond))
	}
	return all, nil
}

func (c *crew) takeover(ctx context.Context, victim *member) (t takeover, err error) {
	before, err := messages(ctx, c.site.js, bus.StreamFindings)
	if err != nil {
		return t, err
	}
	epochs := map[string]uint64{}
	for _, m := range before {
		epochs[m.subject] = epoch(m)
	}
	at := time.Now()
	victim.kill()
	if !pause.For(ctx, c.site.o.lease()+10*time.Second) {
		return t, ctx.Err()
	}
	after, err := messages(ctx, c.site.js, bus.StreamFindings)
	if err != nil {
		return t, err
	}
	if err := victim.start(); err != nil {
		return t, err
	}
	spoken := map[string]bool{}
	for _, m := range after[len(before):] {
		if !strings.HasPrefix(m.subject, "find.anomaly.") || m.time.Before(at) || epoch(m) <= epochs[m.subject] || spoken[m.subject] {
			continue
		}
		spoken[m.subject] = true
		t.last = m.time.Sub(at)
		if t.first == 0 {
			t.first = t.last
		}
	}
	if len(spoken) == 0 {
		return t, fmt.Errorf("nobody spoke for the partitions of %s within %v", victim.name, c.site.o.lease()+10*time.Second)
	}
	return t, victim.ready(ctx)
}

// epoch returns the epoch of who has said m.
func epoch(m said) uint64 {
	if values := m.header["Forewarn-Epoch"]; len(values) > 0 {
		n, _ := strconv.ParseUint(values[0], 10, 64)
		return n
	}
	return 0
}
