package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
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
// out. It blocks until all are stored; an error means that ctx has ended first.
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
		msg.Header.Set(headerOutput, fmt.Sprintf("%d:%d", m.Seq, n))
		if err := k.publishOne(ctx, msg, out.ID); err != nil {
			return err
		}
	}
	return nil
}

func (k *worker) publishOne(ctx context.Context, msg *nats.Msg, id string) error {
	err := k.persist(ctx, "publish finding", func(ctx context.Context) error {
		_, err := k.bus.dataJS.PublishMsg(ctx, msg, jetstream.WithMsgID(id))
		if errors.Is(err, nats.ErrMaxPayload) {
			return fmt.Errorf("finding %s has %d bytes: %w", id, len(msg.Data), ErrTooLarge)
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

// answered is how far the outputs of a worker have come.
type answered struct {
	seq uint64
	n   int
}

// covers tells whether output n of message seq is out.
func (a answered) covers(seq uint64, n int) bool { return seq < a.seq || seq == a.seq && n <= a.n }

// lastAnswer reads how far the outputs of a worker have come, which is as far as the later of its subjects says: they go out
// one after the other.
func (b *Bus) lastAnswer(ctx context.Context, service string, partition int) (answered, error) {
	said, err := b.lastOn(ctx, StreamFindings, SubjectFindings(service, partition))
	if err != nil {
		return answered{}, err
	}
	summed, err := b.lastOn(ctx, StreamName(Fleet, 0), subjectFleet(service, partition))
	if said.covers(summed.seq, summed.n) {
		return said, err
	}
	return summed, err
}

// lastOn reads what the last output on a subject answers.
func (b *Bus) lastOn(ctx context.Context, name, subject string) (answered, error) {
	stream, err := b.dataJS.Stream(ctx, name)
	if err != nil {
		return answered{}, fmt.Errorf("open stream %q: %w", name, err)
	}
	m, err := stream.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return answered{}, nil
	}
	if err != nil {
		return answered{}, fmt.Errorf("read last output on %s: %w", subject, err)
	}
	a, ok := parseAnswered(m.Header.Get(headerOutput))
	if !ok {
		b.log.Warn("last finding does not say what it answers, so earlier ones may be sent again")
	}
	return a, nil
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
