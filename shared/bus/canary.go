package bus

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/shirou/gopsutil/v4/disk"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/obs"
)

const (
	// canaryTimeout is how long a probe message may take.
	canaryTimeout = 5 * time.Second
	// healSpace is what must be free, at least, before a store that met a full disk is started again.
	healSpace = 4 << 20
)

// probe is what the last canary and the last ticks said.
type probe struct {
	mu     sync.Mutex
	at     time.Time
	ok     bool
	ms     float64
	silent map[string]bool // streams that did not store their last tick
}

func (p *probe) set(at time.Time, ok bool, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at, p.ok, p.ms = at, ok, float64(took)/float64(time.Millisecond)
}

// stream records whether a stream stored its tick.
func (p *probe) stream(name string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ok {
		delete(p.silent, name)
		return
	}
	if p.silent == nil {
		p.silent = map[string]bool{}
	}
	p.silent[name] = true
}

// dumb lists the streams that did not store their last tick.
func (p *probe) dumb() (names []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for name := range p.silent {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// sing looks whether the bus stores what it is given, by a probe message and by what became of the ticks: a
// stream that met a full disk stays dead while others go on, and its publishers see nothing but time-outs. An
// embedded server is started again when there is space.
func (b *Bus) sing(ctx context.Context) {
	free := b.checkDisk()
	start := time.Now()
	bounded, cancel := context.WithTimeout(ctx, canaryTimeout)
	defer cancel()
	_, err := b.dataJS.Publish(bounded, subjectCanary, []byte(start.UTC().Format(time.RFC3339Nano)), jetstream.WithRetryAttempts(0))
	if ctx.Err() != nil {
		return
	}
	took := time.Since(start)
	dead := b.embedded() && b.host.log.dead.Load()
	dumb := b.probe.dumb()
	ok := err == nil && len(dumb) == 0 && !dead
	b.probe.set(start.UTC(), ok, took)
	if ok {
		b.metrics.canaryOK.WithLabelValues().Set(1)
		b.metrics.canaryTime.WithLabelValues().Set(took.Seconds())
		b.health.Set("bus/canary", obs.OK, "")
		return
	}
	b.metrics.canaryOK.WithLabelValues().Set(0)
	b.log.Error("bus does not store what it is given", zap.Duration("waited", took), zap.Strings("streams", dumb), zap.Error(err))
	b.health.Set("bus/canary", obs.Failed, b.silence(dumb))
	if dead && free >= max(uint64(b.cfg.MinFree)/4, healSpace) {
		b.heal(ctx)
	}
}

// heal restarts an embedded server of which a stream died at a full disk, now that there is space, or at what is damaged on it, which is
// mended then. It does not
// wait for the end of that longer than ctx lasts: Close does.
func (b *Bus) heal(ctx context.Context) {
	b.log.Warn("embedded bus is started again after a stream of it could not write")
	done := make(chan error, 1)
	go func() { done <- b.host.restart() }() //nolint:contextcheck // mending has a time of its own, and must not end half-way
	select {
	case <-ctx.Done():
	case err := <-done:
		if err != nil {
			b.log.Error("embedded bus could not be started again", zap.Error(err))
			return
		}
		b.metrics.restarts.Inc()
	}
}

// silence says what to do about a bus that stores nothing.
func (b *Bus) silence(dumb []string) string {
	what := "stores nothing"
	if len(dumb) > 0 {
		what = "stores nothing in " + strings.Join(dumb, ", ")
	}
	if b.embedded() {
		// The spools are on the same disk.
		return fmt.Sprintf("the bus in %s %s. If its disk is full, what comes in meanwhile cannot be kept and is counted; "+
			"it starts again by itself as soon as there is space: free space there. If it has space, restart forewarn and look at the log", b.storeDir(), what)
	}
	return fmt.Sprintf("the bus at %s %s, so data waits on the publishers' spools: "+
		"look at that server, its free space first; after a full disk it needs a restart", b.address(), what)
}

// checkDisk watches the free space of the embedded store and returns it; 0 if that is unknown.
func (b *Bus) checkDisk() (free uint64) {
	if !b.embedded() {
		return 0
	}
	usage, err := disk.Usage(b.storeDir())
	if err != nil {
		b.log.Debug("free space is unknown", zap.Error(err))
		return 0
	}
	b.metrics.diskFree.WithLabelValues().Set(float64(usage.Free))
	reserve := uint64(b.cfg.MinFree)
	b.diskFull.Store(usage.Free < reserve/4)
	left := fmt.Sprintf("the disk of %s has %d MiB left", b.storeDir(), usage.Free>>20)
	switch {
	case usage.Free < reserve/4:
		b.health.Set("bus/disk", obs.Failed, left+", so nothing more is taken in before it is full, which the store would not survive: free space; intake goes on by itself")
	case usage.Free < reserve:
		b.health.Set("bus/disk", obs.Degraded, fmt.Sprintf("%s, less than bus.min_free (%s); below a quarter of that, intake stops: free space", left, b.cfg.MinFree))
	default:
		b.health.Set("bus/disk", obs.OK, "")
	}
	return usage.Free
}
