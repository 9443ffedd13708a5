package bus

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
)

// ErrNoWorker means that nobody answers queries for this service and partition now.
var ErrNoWorker = errors.New("no worker answers")

// Query asks the worker of a service for one partition and returns its answer. It blocks until the worker
// has answered, which it does between two messages, or ctx ends, at most 5 s. ErrNoWorker: none is running.
func (b *Bus) Query(ctx context.Context, service string, partition int, request []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	subject := subjectQuery(service, partition)
	reply, err := b.control.RequestWithContext(ctx, subject, request)
	if errors.Is(err, nats.ErrNoResponders) {
		return nil, fmt.Errorf("query %s: %w; is the service %s running?", subject, ErrNoWorker, service)
	}
	if err != nil {
		return nil, fmt.Errorf("query %s: %w", subject, err)
	}
	if text := reply.Header.Get(headerError); text != "" {
		return nil, fmt.Errorf("query %s: %s", subject, text)
	}
	return reply.Data, nil
}

// listen subscribes to queries, if the processor answers any.
func (k *worker) listen(ctx context.Context) (<-chan *nats.Msg, func(), error) {
	if _, ok := k.set.Processor.(Querier); !ok {
		return nil, func() {}, nil
	}
	queries := make(chan *nats.Msg, 64)
	var sub *nats.Subscription
	subject := subjectQuery(k.set.Service, k.set.Partition)
	err := k.bus.retry(ctx, "subscribe to queries", func(context.Context) (err error) {
		sub, err = k.bus.control.ChanQueueSubscribe(subject, "workers", queries)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return queries, func() { _ = sub.Unsubscribe() }, nil
}

// answer serves one query.
func (k *worker) answer(q *nats.Msg) {
	reply := nats.NewMsg(q.Reply)
	err := k.guard(func() error {
		reply.Data = k.set.Processor.(Querier).Query(q.Data) //nolint:errcheck,forcetypeassert // listen has seen that it is one
		return nil
	})
	if limit := k.bus.payloadLimit(); err == nil && len(reply.Data) > limit {
		err = fmt.Errorf("answer of %d bytes is larger than the %d of a message; ask for less at a time", len(reply.Data), limit)
	}
	if err != nil {
		reply.Data = nil
		reply.Header.Set(headerError, cleanHeader(err.Error()))
	}
	_ = q.RespondMsg(reply) // the asker tries again
}
