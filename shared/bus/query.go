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
	return b.request(ctx, "query", service, subjectQuery(service, partition), request)
}

// Command has a service do what a topic is about, such as "silence", and returns its answer. It blocks until that has answered or ctx
// ends, at most 5 s: then it may have done it or not. ErrNoWorker: the service is not running.
func (b *Bus) Command(ctx context.Context, service, topic string, request []byte) ([]byte, error) {
	return b.request(ctx, "command", service, subjectCommand(service+"."+topic), request)
}

// request sends a request and waits for the reply.
func (b *Bus) request(ctx context.Context, what, service, subject string, data []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	reply, err := b.control.RequestWithContext(ctx, subject, data)
	if errors.Is(err, nats.ErrNoResponders) {
		return nil, fmt.Errorf("%s %s: %w; is the service %s running?", what, subject, ErrNoWorker, service)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", what, subject, err)
	}
	if text := reply.Header.Get(headerError); text != "" {
		return nil, fmt.Errorf("%s %s: %s", what, subject, text)
	}
	return reply.Data, nil
}

// Answer answers the queries to a service that is no worker, one after the other, until ctx ends; then it returns nil.
// An error of answer is what Query returns to who asked.
func (b *Bus) Answer(ctx context.Context, service string, partition int, answer func(request []byte) ([]byte, error)) error {
	return b.serve(ctx, subjectQuery(service, partition), answer)
}

// Obey does what commands of a topic to a service ask for, one after the other, until ctx ends; then it returns nil. An error of do
// is what [Bus.Command] returns to who asked.
func (b *Bus) Obey(ctx context.Context, service, topic string, do func(request []byte) ([]byte, error)) error {
	return b.serve(ctx, subjectCommand(service+"."+topic), do)
}

func (b *Bus) serve(ctx context.Context, subject string, answer func(request []byte) ([]byte, error)) error {
	queries, unsubscribe, err := b.queries(ctx, subject)
	if err != nil {
		return nil //nolint:nilerr // ctx has ended
	}
	defer unsubscribe()
	for {
		select {
		case <-ctx.Done():
			return nil
		case q := <-queries:
			b.respond(q, answer)
		}
	}
}

// queries subscribes to the requests on a subject. An error means that ctx has ended.
func (b *Bus) queries(ctx context.Context, subject string) (<-chan *nats.Msg, func(), error) {
	queries := make(chan *nats.Msg, 64)
	var sub *nats.Subscription
	err := b.Retry(ctx, "subscribe to queries", func(context.Context) (err error) {
		sub, err = b.control.ChanQueueSubscribe(subject, "workers", queries)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return queries, func() { _ = sub.Unsubscribe() }, nil
}

// listen subscribes to queries, if the processor answers any.
func (k *worker) listen(ctx context.Context) (<-chan *nats.Msg, func(), error) {
	if _, ok := k.set.Processor.(Querier); !ok {
		return nil, func() {}, nil
	}
	return k.bus.queries(ctx, subjectQuery(k.set.Service, k.set.Partition))
}

// answer serves one query.
func (k *worker) answer(q *nats.Msg) {
	k.bus.respond(q, func(request []byte) (data []byte, err error) {
		err = k.guard(func() error {
			data = k.set.Processor.(Querier).Query(request) //nolint:errcheck,forcetypeassert // listen has seen that it is one
			return nil
		})
		return data, err
	})
}

// respond sends what answer returns to who asked.
func (b *Bus) respond(q *nats.Msg, answer func(request []byte) ([]byte, error)) {
	reply := nats.NewMsg(q.Reply)
	var err error
	reply.Data, err = answer(q.Data)
	if limit := b.payloadLimit(); err == nil && len(reply.Data) > limit {
		err = fmt.Errorf("answer of %d bytes is larger than the %d of a message; ask for less at a time", len(reply.Data), limit)
	}
	if err != nil {
		reply.Data = nil
		reply.Header.Set(headerError, cleanHeader(err.Error()))
	}
	_ = q.RespondMsg(reply) // the asker tries again
}
