package bus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// Processor is the pure heart of a worker for one partition. Its methods are called from one goroutine; it has
// no clock but Message.Time, so that a replay gives the same state and the same outputs.
type Processor interface {
	// Process takes one message and returns what it has to say. An error means that the message is poison: it
	// goes to the dead letters and work goes on with the next, so the state should be as if it had not come.
	Process(m Message) ([]Output, error)
	// Snapshot writes the state. It is deterministic: equal states give equal bytes. None at all is fine if there is
	// no state but the cursor. It is called when everything processed is safe to forget.
	Snapshot(w io.Writer) error
	// Restore takes a state that Snapshot has written, before the first message; it is not called for an empty
	// one. After an error the processor must be as new: its state is then rebuilt from what the stream holds. An error that wraps
	// [ErrNewer] says that a newer release wrote the state, which then stays as it is.
	Restore(state []byte) error
}

// Querier is optionally implemented by a Processor. Query answers a request to query.<service>.<pp>, in the
// same goroutine as Process; it must be quick.
type Querier interface {
	Query(request []byte) []byte
}

// WorkSettings says who works on what.
type WorkSettings struct {
	// Service names the reader: letters, digits, - and _. A service that reads both kinds works under two names.
	Service string
	// Input and Partition name the stream.
	Input     Kind
	Partition int
	Processor Processor
	// Logger; nil takes the bus's.
	Logger *zap.Logger
	// Ready, if not nil, is called once, when the state is loaded, queries are answered and reading begins.
	Ready func()
}

var serviceName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)

// drainTime bounds all that a worker does after its context has ended: what is left of the message in work, and
// the last snapshot. The whole program has 10 s to stop.
const drainTime = 2500 * time.Millisecond

// Work reads one partition for a processor until ctx ends: it loads the last snapshot, registers as a reader,
// goes on with the message after it, skips repeats, sends outputs in order (but not those that were sent
// before), answers queries and saves snapshots. Trouble of the bus makes it wait, never leave.
//
// It returns nil when ctx ends, after a last snapshot, at most 2.5 s later; ErrSuperseded if another process has taken the
// partition; ErrNewer, with what to do, if a newer release wrote its state; and an error at once if the settings are wrong or this process works on it already.
func (b *Bus) Work(ctx context.Context, w WorkSettings) error {
	if err := b.checkWork(w); err != nil {
		return err
	}
	k := &worker{bus: b, set: w, claim: claim{kind: w.Input}, log: w.Logger, stream: StreamName(w.Input, w.Partition), store: b.newSnapshots(w), repeats: newRepeats()}
	free, err := b.claimWork(w, &k.claim)
	if err != nil {
		return err
	}
	defer free()
	if k.log == nil {
		k.log = b.log
	}
	k.log = k.log.With(zap.String("service", w.Service), zap.String("stream", k.stream))
	if err := k.start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	return k.run(ctx)
}

func (b *Bus) checkWork(w WorkSettings) error {
	switch {
	case !serviceName.MatchString(w.Service):
		return fmt.Errorf("work: service name %q: use 1 to 32 small letters, digits, - and _", w.Service)
	case !w.Input.valid():
		return fmt.Errorf("work: there is no input %q; use bus.Metrics or bus.Logs", w.Input)
	case w.Partition < 0 || w.Partition >= b.partitionsOf(w.Input):
		return fmt.Errorf("work: there is no partition %d; there are 0 to %d", w.Partition, b.partitionsOf(w.Input)-1)
	case w.Processor == nil:
		return errors.New("work: no processor")
	}
	return nil
}

// claim is what others in this process may know of a worker.
type claim struct {
	kind Kind
	done atomic.Uint64 // the last message that is done with
}

// Lag returns how many messages a worker of this process has not done yet: 0 if all that is in its stream now is
// processed, what it gave cause to say is on FIND, and only its snapshot may be older. ErrNoWorker: it does not run here.
func (b *Bus) Lag(ctx context.Context, service string, partition int) (uint64, error) {
	b.mu.Lock()
	c := b.claims[SubjectFindings(service, partition)]
	b.mu.Unlock()
	if c == nil {
		return 0, fmt.Errorf("lag of %s: %w in this process", service, ErrNoWorker)
	}
	stream, err := b.controlJS.Stream(ctx, StreamName(c.kind, partition))
	if err != nil {
		return 0, fmt.Errorf("lag of %s: %w", service, err)
	}
	return behind(stream.CachedInfo().State.LastSeq, c.done.Load()), nil
}

// claimWork keeps a partition from being worked on twice in this process.
func (b *Bus) claimWork(w WorkSettings, mine *claim) (free func(), err error) {
	key := SubjectFindings(w.Service, w.Partition)
	b.mu.Lock()
	defer b.mu.Unlock()
	if c, ok := b.claims[key]; ok {
		return nil, fmt.Errorf("work: service %q reads partition %d of %s already; a service that reads both kinds works under two names", w.Service, w.Partition, c.kind)
	}
	b.claims[key] = mine
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.claims, key)
	}, nil
}
