package chaos

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/forewarn/forewarn/shared/pause"
)

// What is done to processes.
const (
	killed = "kill -9" // and started again after a while
	frozen = "SIGSTOP" // for longer than a lease, then SIGCONT
	outage = "outage"  // kill -9 of all NATS nodes at once
	rolled = "SIGTERM" // and started again when it has ended
)

// fault is one thing that is done to somebody.
type fault struct {
	what  string
	pause time.Duration // until the process is started again, or goes on
}

// injector hits members one after the other, several at a time, but never two NATS nodes.
type injector struct {
	crew  *crew
	log   io.Writer
	rand  *rand.Rand
	began time.Time

	mu     sync.Mutex
	busy   map[*member]bool
	counts map[string]int // by what and whom
	work   sync.WaitGroup
	failed error
}

func newInjector(c *crew) *injector {
	return &injector{
		crew: c, log: c.site.o.Log, busy: map[*member]bool{}, counts: map[string]int{}, began: time.Now(),
		rand: rand.New(rand.NewPCG(c.site.o.Seed, 2)), //nolint:gosec // it is to be repeatable
	}
}

// run spreads the faults over the duration, the outage in the middle of them, and returns when all are over.
func (i *injector) run(ctx context.Context) error {
	o := i.crew.site.o
	for n := range o.Faults {
		gap := time.Duration(float64(o.Duration) / float64(o.Faults) * (0.5 + i.rand.Float64()))
		order, f := i.rand.Perm(len(i.crew.all())), i.draw()
		if !pause.For(ctx, gap) {
			break
		}
		if n == o.Faults/2 {
			i.outage(ctx)
			continue
		}
		if m := i.pick(ctx, order); m != nil {
			i.work.Go(func() { i.strike(ctx, m, f) })
		}
	}
	if o.Faults == 0 {
		pause.For(ctx, o.Duration)
	}
	i.work.Wait()
	return i.failed
}

// draw decides what is done: more kills than stops, and of the kills some that others have to take over from.
func (i *injector) draw() fault {
	lease := i.crew.site.o.lease()
	kind, longer, wait := i.rand.Float64(), i.rand.Float64() < 0.3, i.rand.Float64()
	switch {
	case kind < 0.35:
		return fault{frozen, lease * 3 / 2}
	case longer:
		return fault{killed, lease * 6 / 5}
	}
	return fault{killed, 200*time.Millisecond + time.Duration(wait*float64(3*time.Second))}
}

// pick returns the first member of the order that can be hit now, nil if ctx ends before there is one.
func (i *injector) pick(ctx context.Context, order []int) *member {
	all := i.crew.all()
	for {
		for _, n := range order {
			if i.take(ctx, all[n]) {
				return all[n]
			}
		}
		if !pause.For(ctx, 100*time.Millisecond) {
			return nil
		}
	}
}

// take marks a member as hit if it is not already. Of the nodes one is away at a time, and all others must be whole.
func (i *injector) take(ctx context.Context, m *member) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.busy[m] {
		return false
	}
	if slices.Contains(i.crew.nodes, m) {
		for _, n := range i.crew.nodes {
			if i.busy[n] {
				return false
			}
		}
		if i.crew.unwell(ctx) {
			return false
		}
	}
	i.busy[m] = true
	return true
}

// unwell tells whether a node is not current.
func (c *crew) unwell(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for _, p := range c.site.ports {
		if fetch(ctx, fmt.Sprintf("http://127.0.0.1:%d/healthz", p[2]), nil) != nil {
			return true
		}
	}
	return false
}

func (i *injector) free(m *member) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.busy, m)
}

// strike does something to a member and sets it free again.
func (i *injector) strike(ctx context.Context, m *member, f fault) {
	defer i.free(m)
	i.say(f, m.name)
	if f.what == frozen {
		m.signal(syscall.SIGSTOP)
		pause.For(ctx, f.pause)
		m.signal(syscall.SIGCONT)
		return
	}
	m.kill()
	pause.For(ctx, f.pause)
	i.check(m.start())
}

// outage kills all nodes at once, as soon as none of them is away.
func (i *injector) outage(ctx context.Context) {
	nodes := i.crew.nodes
	for !i.take(ctx, nodes[0]) {
		if !pause.For(ctx, 100*time.Millisecond) {
			return
		}
	}
	defer i.free(nodes[0])
	i.say(fault{outage, time.Second}, "all nodes")
	for _, n := range nodes {
		n.kill()
	}
	pause.For(ctx, time.Second)
	i.check(start(nodes))
}

// say counts a fault and tells of it.
func (i *injector) say(f fault, whom string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.counts[f.what+" "+whom]++
	fmt.Fprintf(i.log, "%7.1fs  %-7s  %-11s  %5.1fs\n", time.Since(i.began).Seconds(), f.what, whom, f.pause.Seconds()) //nolint:errcheck // a log
}

func (i *injector) check(err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if err != nil && i.failed == nil {
		i.failed = err
	}
}
