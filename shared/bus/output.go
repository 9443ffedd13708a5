package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// Output is what a processor has to say: it goes to the stream FIND, subject find.<service>.<pp>, or to FLEET_00, subject
// fleet.00.<service>.<pp>. Both are under the same guarantees, and in one order.
type Output struct {
	// Fleet sends it to the worker that judges all partitions together (Kind Fleet), instead of to FIND.
	Fleet bool
	// ID is OutputID(service, partition, seq of the input, index); empty is filled in with just that.
	ID   string
	Data []byte
}

// OutputID returns the id of the n-th output (from 0) of an input message: <service>:<pp>:<seq>:<n>.
func OutputID(service string, partition int, seq uint64, n int) string {
	return fmt.Sprintf("%s:%02d:%d:%d", service, partition, seq, n)
}

// publish sends the outputs of a message one after the other; those that an earlier life has sent are left
// out. It blocks until all are stored; an error means that ctx has ended first, or that another process has taken over.
func (k *worker) publish(ctx context.Context, m Message, outputs []Output) error {
	for n, out := range outputs {
		if k.answered.covers(m.Seq, n) {
			k.bus.metrics.outputs.WithLabelValues(k.set.Service, "suppressed").Inc()
			continue
		}
		if out.ID == "" {
			out.ID = OutputID(k.set.Service, k.set.Partition, m.Seq, n)
		}
		msg := nats.NewMsg(SubjectFindings(k.set.Service, k.set.Partition))
		if out.Fleet {
			msg.Subject = subjectFleet(k.set.Service, k.set.Partition)
			k.bus.date(msg)
		}
		msg.Data = out.Data
		msg.Header.Set(headerOutput, answered{m.Seq, n}.String())
		msg.Header.Set(headerEpoch, strconv.FormatUint(k.store.current.Epoch, 10))
		if err := k.publishOne(ctx, msg, answered{m.Seq, n}, out.ID); err != nil {
			return err
		}
	}
	return nil
}

// publishOne stores an output behind the last one of its subject, so that what a process says that has lost the
// partition, and does not know yet, is refused.
func (k *worker) publishOne(ctx context.Context, msg *nats.Msg, place answered, id string) error {
	err := k.persist(ctx, "publish output", func(ctx context.Context) error {
		ack, err := k.bus.dataJS.PublishMsg(ctx, msg, jetstream.WithMsgID(id),
			jetstream.WithExpectLastSequencePerSubject(k.chain[msg.Subject]), jetstream.WithRetryAttempts(0))
		switch {
		case errors.Is(err, nats.ErrMaxPayload):
			return fmt.Errorf("output %s has %d bytes: %w", id, len(msg.Data), ErrTooLarge)
		case conflicts(err):
			return k.settle(ctx, place)
		case err == nil && ack.Duplicate:
			return k.recall(ctx)
		case err == nil:
			k.chain[msg.Subject] = ack.Sequence
		}
		return err
	})
	if errors.Is(err, ErrTooLarge) {
		return k.persist(ctx, "write dead letter", func(ctx context.Context) error {
			return k.bus.DeadLetter(ctx, msg.Subject, err.Error(), msg.Data)
		})
	}
	if err == nil {
		k.bus.metrics.outputs.WithLabelValues(k.set.Service, "published").Inc()
	}
	return err
}

// errBehind: there is a newer output than the one that ours should have followed.
var errBehind = errors.New("the last output was another one than was thought")

// settle finds out why an output could not follow the last one: nil if it is there already, as after an answer that was
// lost; ErrSuperseded if another process says what there is to say now; errBehind if it can be tried again.
func (k *worker) settle(ctx context.Context, place answered) error {
	if err := k.recall(ctx); err != nil {
		return err
	}
	if k.answered.covers(place.seq, place.n) {
		return nil
	}
	return errBehind
}

// answered is how far the outputs of a worker have come.
type answered struct {
	seq uint64
	n   int
}

// covers tells whether output n of message seq is out.
func (a answered) covers(seq uint64, n int) bool { return seq < a.seq || seq == a.seq && n <= a.n }

// String returns the form of the header.
func (a answered) String() string { return fmt.Sprintf("%d:%d", a.seq, a.n) }

// chain holds the sequence of the last output of each subject of a worker, 0 if there is none (any more).
type chain map[string]uint64

// hearSpoken reads the highest epoch of the worker's outputs.
func (k *worker) hearSpoken(ctx context.Context) error {
	k.store.spoken = 0
	for stream, subject := range k.subjects() {
		m, err := k.bus.lastOn(ctx, stream, subject)
		if err != nil {
			return err
		}
		if m != nil {
			k.store.spoken = max(k.store.spoken, epochOf(m))
		}
	}
	return nil
}

// epochOf returns the epoch of who has said m, 0 if it does not tell.
func epochOf(m *jetstream.RawStreamMsg) uint64 {
	epoch, _ := strconv.ParseUint(m.Header.Get(headerEpoch), 10, 64)
	return epoch
}

// subjects returns the subjects of the worker's outputs by their streams.
func (k *worker) subjects() map[string]string {
	return map[string]string{
		StreamFindings:       SubjectFindings(k.set.Service, k.set.Partition),
		StreamName(Fleet, 0): subjectFleet(k.set.Service, k.set.Partition),
	}
}

// recall reads how far the outputs of the worker have come, which is as far as the later of its subjects says: they go out
// one after the other. ErrSuperseded: a later epoch has said something.
func (k *worker) recall(ctx context.Context) error {
	last, links := answered{}, chain{}
	for stream, subject := range k.subjects() {
		m, err := k.bus.lastOn(ctx, stream, subject)
		if err != nil {
			return err
		}
		if m == nil {
			continue
		}
		links[subject] = m.Sequence
		if epoch := epochOf(m); epoch > k.store.current.Epoch {
			return fmt.Errorf("output on %s is of epoch %d, this process has %d: %w", subject, epoch, k.store.current.Epoch, ErrSuperseded)
		}
		a, ok := parseAnswered(m.Header.Get(headerOutput))
		if !ok {
			k.log.Warn("last output does not say what it answers, so earlier ones may be sent again", zap.String("subject", subject))
		}
		if a.covers(last.seq, last.n) {
			last = a
		}
	}
	k.answered, k.chain = last, links
	return nil
}

// lastOn reads the last message of a subject; nil if there is none.
func (b *Bus) lastOn(ctx context.Context, name, subject string) (*jetstream.RawStreamMsg, error) {
	stream, err := b.dataJS.Stream(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("open stream %q: %w", name, err)
	}
	m, err := stream.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil //nolint:nilnil // there is none
	}
	if err != nil {
		return nil, fmt.Errorf("read last output on %s: %w", subject, err)
	}
	return m, nil
}

func parseAnswered(s string) (answered, bool) {
	left, right, _ := strings.Cut(s, ":")
	seq, err1 := strconv.ParseUint(left, 10, 64)
	n, err2 := strconv.Atoi(right)
	if err1 != nil || err2 != nil {
		return answered{}, false
	}
	return answered{seq, n}, true
}
