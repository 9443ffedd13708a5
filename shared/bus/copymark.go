package bus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
)

// consumerMark is a durable consumer and how far it was.
type consumerMark struct {
	name            string
	stream, deliver uint64 // its ack floor, as sequences of the stream and of the consumer
}

// mark tells the states of a stream apart.
type mark struct {
	absent                     bool
	first, last, count, erased uint64
	readers                    []consumerMark
}

func (m mark) equal(o mark) bool {
	return m.absent == o.absent && m.first == o.first && m.last == o.last && m.count == o.count && m.erased == o.erased &&
		slices.Equal(m.readers, o.readers)
}

// mark returns the present state of a stream and of its durable consumers.
func (c *copier) mark(ctx context.Context, name string) (mark, error) {
	stream, err := c.bus.dataJS.Stream(ctx, name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return mark{absent: true}, nil
	}
	if err != nil {
		return mark{}, fmt.Errorf("look at stream %q: %w", name, err)
	}
	s := stream.CachedInfo().State
	m := mark{first: s.FirstSeq, last: s.LastSeq, count: s.Msgs, erased: uint64(s.NumDeleted)} //nolint:gosec // a count
	if name == StreamFindings || name == StreamNotify {
		m.readers, err = durables(ctx, stream)
	}
	return m, err
}

// durables lists the durable consumers of a stream by name.
func durables(ctx context.Context, stream jetstream.Stream) (all []consumerMark, err error) {
	list := stream.ListConsumers(ctx)
	for info := range list.Info() {
		if info.Config.Durable != "" {
			all = append(all, consumerMark{info.Name, info.AckFloor.Stream, info.AckFloor.Consumer})
		}
	}
	if err := list.Err(); err != nil {
		return nil, fmt.Errorf("list the readers of %q: %w", stream.CachedInfo().Config.Name, err)
	}
	slices.SortFunc(all, func(a, b consumerMark) int { return cmp.Compare(a.name, b.name) })
	return all, nil
}
