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
	return b.request(ctx, subjectQuery(service, partition), service, request)
}

// Command has a service do something, by a name such as "notifier.silence", and returns its answer. It blocks until the service has done so or ctx ends, at most 5 s.
// ErrNoWorker: none is running. After another error it is not known whether it was done: a command carries an id by which the service
// knows it again. Commands have subjects of their own, so that who may ask a service may not command it.
func (b *Bus) Command(ctx context.Context, name string, request []byte) ([]byte, error) {
	return b.request(ctx, subjectCommand(name), serviceOf(name), request)
}

// request sends a request to one of the processes of a service and returns the answer.
func (b *Bus) request(ctx context.Context, subject, service string, data []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	reply, err := b.control.RequestWithContext(ctx, subject, data)
	if errors.Is(err, nats.ErrNoResponders) {
		return nil, fmt.Errorf("ask %s: %w; is the service %s running?", subject, ErrNoWorker, service)
	}
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", subject, err)
	}
	if text := reply.Header.Get(headerError); text != "" {
		return nil, fmt.Errorf("ask %s: %s", subject, text)
	}
	return reply.Data, nil
}

// Answer answers the queries to a service that is no worker, one after the other, until ctx ends; then it returns nil.
// An error of answer is what Query returns to who asked.
func (b *Bus) Answer(ctx context.Context, service string, partition int, answer func(request []byte) ([]byte, error)) error {
	return b.serve(ctx, subjectQuery(service, partition), answer)
}

// Obey carries out the commands of a name, such as "notifier.silence", one after the other, until ctx ends; then it returns nil. Each command goes to one of the
// processes that obey. An error of obey is what Command returns to who commanded.
func (b *Bus) Obey(ctx context.Context, name string, obey func(request []byte) ([]byte, error)) error {
	return b.serve(ctx, subjectCommand(name), obey)
}

// serve answers the requests on a subject until ctx ends.
func (b *Bus) serve(ctx context.Context, subject string, answer func(request []byte) ([]byte, error)) error {
	queries, unsubscribe, err := b.requests(ctx, subject)
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

// requests subscribes to the requests on a subject, of which each goes to one process. An error means that ctx has ended.
func (b *Bus) requests(ctx context.Context, subject string) (<-chan *nats.Msg, func(), error) {
	queries := make(chan *nats.Msg, 64)
	var sub *nats.Subscription
	err := b.Retry(ctx, "subscribe to requests", func(context.Context) (err error) {
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
	return k.bus.requests(ctx, subjectQuery(k.set.Service, k.set.Partition))
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
