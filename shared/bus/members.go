package bus

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/shared/pause"
)

// membership tells which processes share the work of a service: the last messages on member.<service>.<member>, which go by
// themselves when their process is not heard any more.
type membership struct {
	bus     *Bus
	service string
	stream  jetstream.Stream // MEMBER, once it was opened
}

func (m *membership) subject(member string) string { return "member." + m.service + "." + member }

// greet says that this process is there, and does so for the time of a lease.
func (m *membership) greet(ctx context.Context) error {
	_, err := m.bus.controlJS.Publish(ctx, m.subject(m.bus.member), nil, jetstream.WithMsgTTL(m.bus.cfg.leaseTTL()))
	if err != nil {
		return fmt.Errorf("join the members of %s: %w", m.service, err)
	}
	return nil
}

// leave has this process forgotten within a second, the least that a message can live. Best effort: it is by itself.
func (m *membership) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseMargin/2)
	defer cancel()
	_, _ = m.bus.controlJS.Publish(ctx, m.subject(m.bus.member), nil, jetstream.WithMsgTTL(time.Second))
}

// list returns the members, sorted.
func (m *membership) list(ctx context.Context) (all []string, err error) {
	if m.stream == nil {
		if m.stream, err = m.bus.controlJS.Stream(ctx, streamMembers); err != nil {
			return nil, fmt.Errorf("list members of %s: %w", m.service, err)
		}
	}
	info, err := m.stream.Info(ctx, jetstream.WithSubjectFilter(m.subject("*")))
	if err != nil {
		return nil, fmt.Errorf("list members of %s: %w", m.service, err)
	}
	all = slices.Sorted(maps.Keys(info.State.Subjects))
	for i := range all {
		all[i] = strings.TrimPrefix(all[i], m.subject(""))
	}
	return all, nil
}

// lookEvery is how often those who could go on look whether somebody is gone: it is part of what a take-over takes, and
// a fifth of a cluster's lease would be too much.
const lookEvery = 500 * time.Millisecond

// watch greets, and sends the members whenever they are others than before, until ctx ends; then it leaves. A bus that is away
// changes nothing: leases decide who works.
func (m *membership) watch(ctx context.Context, changed chan<- []string) {
	defer m.leave(ctx)
	var before []string
	var greeted time.Time
	for again := true; again; again = pause.For(ctx, lookEvery) {
		now, err := m.meet(ctx, &greeted)
		if err != nil || slices.Equal(now, before) {
			continue
		}
		select {
		case changed <- now:
			before = now
		case <-ctx.Done():
		}
	}
}

// meet greets, every fifth of a lease, and returns the members.
func (m *membership) meet(ctx context.Context, greeted *time.Time) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	if now := time.Now(); now.Sub(*greeted) >= m.bus.cfg.leaseTTL()/5 {
		if err := m.greet(ctx); err != nil {
			return nil, err
		}
		*greeted = now
	}
	return m.list(ctx)
}
