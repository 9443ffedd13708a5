package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
)

// fetchMessages is how many messages are asked for at once: the server cuts a connection to which 64 MB wait.
const fetchMessages = 32

// copyStream copies a stream, with the given durable consumers, into a file in dir. One that keeps only the newest messages of each subject is
// copied as it is when its end is reached, any other one up to what was its last message at the beginning.
func copyStream(ctx context.Context, js jetstream.JetStream, stream jetstream.Stream, dir string, readers []consumerMark) (Copied, error) {
	info := stream.CachedInfo()
	config, err := json.Marshal(info.Config)
	if err != nil {
		return Copied{}, err
	}
	c := Copied{Name: info.Config.Name, Config: config, Last: info.State.LastSeq, Path: filepath.Join(dir, info.Config.Name), saved: map[string]uint64{}}
	raw := c.Path + ".raw"
	defer os.Remove(raw) //nolint:errcheck // dir goes at the end
	kept := newKeeping(info.Config.MaxMsgsPerSubject)
	if err := c.read(ctx, js, stream, raw, kept); err != nil {
		return Copied{}, err
	}
	consumers, err := consumersOf(ctx, stream, readers)
	if err != nil {
		return Copied{}, err
	}
	return c, c.settle(raw, kept, consumers)
}

// read writes the messages of a stream into a file, superseded ones among them.
func (c *Copied) read(ctx context.Context, js jetstream.JetStream, stream jetstream.Stream, path string, kept *keeping) error {
	out, err := createRecords(path)
	if err != nil {
		return err
	}
	take := func(r *record) error {
		kept.note(r)
		if reader, ok := savedBy(r.subject); ok {
			if m, err := decodeManifest(r.data); err == nil && !m.empty() {
				c.saved[reader] = m.Seq
			}
		}
		c.Last = max(c.Last, r.seq)
		return out.put(r)
	}
	each := eachByCursor
	if stream.CachedInfo().Config.Retention == jetstream.WorkQueuePolicy {
		each = eachBySequence // such a stream allows no reader beside those that it has
	}
	return errors.Join(each(ctx, js, stream, kept.superseding(), take), out.close())
}

// eachByCursor calls take with each message of a stream in their order: with all until none is left, or up to what was the last one.
func eachByCursor(ctx context.Context, js jetstream.JetStream, stream jetstream.Stream, all bool, take func(*record) error) error {
	info := stream.CachedInfo()
	if info.State.Msgs == 0 && !all {
		return nil
	}
	consumer, err := js.CreateConsumer(ctx, info.Config.Name, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverAllPolicy, AckPolicy: jetstream.AckNonePolicy,
		InactiveThreshold: cursorIdle, MemoryStorage: true, Replicas: 1,
	})
	if err != nil {
		return err
	}
	defer stream.DeleteConsumer(context.WithoutCancel(ctx), consumer.CachedInfo().Name) //nolint:errcheck // it goes by itself
	for heard := uint64(0); ; {
		records, err := fetch(consumer, &heard)
		if err != nil || len(records) == 0 || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		for i := range records {
			if !all && records[i].seq > info.State.LastSeq {
				return nil
			}
			if err := take(&records[i]); err != nil {
				return err
			}
		}
	}
}

// fetch returns the next messages that are there, none at the end. heard counts them.
func fetch(consumer jetstream.Consumer, heard *uint64) (out []record, err error) {
	batch, err := consumer.FetchNoWait(fetchMessages)
	if err != nil {
		return nil, err
	}
	for msg := range batch.Messages() {
		meta, err := msg.Metadata()
		if err != nil {
			return nil, err
		}
		if *heard++; meta.Sequence.Consumer != *heard {
			return nil, errGap
		}
		out = append(out, record{msg.Subject(), meta.Sequence.Stream, meta.Timestamp, msg.Headers(), msg.Data()})
	}
	return out, batch.Error()
}

// eachBySequence does the same by one request for each message.
func eachBySequence(ctx context.Context, _ jetstream.JetStream, stream jetstream.Stream, _ bool, take func(*record) error) error {
	last := stream.CachedInfo().State.LastSeq
	for seq := uint64(1); seq <= last; seq++ {
		m, err := stream.GetMsg(ctx, seq, jetstream.WithGetMsgSubject(">"))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if seq = m.Sequence; seq > last {
			return nil
		}
		if err := take(&record{m.Subject, m.Sequence, m.Time, m.Header, m.Data}); err != nil {
			return err
		}
	}
	return nil
}

// settle writes the copy's file: the state of the stream, its consumers, and the messages that are not superseded.
func (c *Copied) settle(raw string, kept *keeping, consumers []consumerState) (err error) {
	in, err := openRecords(raw)
	if err != nil {
		return err
	}
	defer in.close() //nolint:errcheck // it was only read
	out, err := createRecords(c.Path)
	if err != nil {
		return err
	}
	c.Messages, c.First = kept.count(c.Last)
	err = out.begin(streamState{Messages: c.Messages, First: c.First, Last: c.Last, Consumers: len(consumers)}, consumers)
	for err == nil {
		var r *rawRecord
		if r, err = in.next(); err != nil {
			break
		}
		if kept.has(r.Sequence) {
			err = out.putRaw(r)
		}
	}
	if errors.Is(err, io.EOF) {
		err = out.end()
	}
	return errors.Join(err, out.close())
}

// keeping knows which messages of a stream that keeps so many of each subject are superseded.
type keeping struct {
	each        int64
	subjects    map[string][]uint64
	gone        map[uint64]bool
	first, many uint64
}

func newKeeping(each int64) *keeping {
	return &keeping{each: each, subjects: map[string][]uint64{}, gone: map[uint64]bool{}}
}

// superseding tells whether messages of the stream are ever superseded.
func (k *keeping) superseding() bool { return k.each > 0 }

func (k *keeping) note(r *record) {
	if k.many++; k.first == 0 {
		k.first = r.seq
	}
	if !k.superseding() {
		return
	}
	seqs := k.subjects[r.subject]
	least := int(k.each) - 1
	if r.header.Get(jetstream.MsgRollup) == jetstream.MsgRollupSubject {
		least = 0
	}
	for len(seqs) > least {
		k.gone[seqs[0]] = true
		seqs = seqs[1:]
	}
	k.subjects[r.subject] = append(slices.Clip(seqs), r.seq)
}

func (k *keeping) has(seq uint64) bool { return !k.gone[seq] }

// count returns how many messages are kept and from which sequence on: behind the last one if there are none.
func (k *keeping) count(last uint64) (messages, first uint64) {
	messages, first = k.many-uint64(len(k.gone)), k.first
	if k.superseding() {
		first = 0
		for _, seqs := range k.subjects {
			if first == 0 || seqs[0] < first {
				first = seqs[0]
			}
		}
	}
	if messages == 0 {
		first = last + 1
	}
	return messages, first
}

// consumersOf returns durable consumers in the form of the server's snapshots, each as far as it is said to be.
func consumersOf(ctx context.Context, stream jetstream.Stream, readers []consumerMark) (out []consumerState, err error) {
	for _, r := range readers {
		c, err := stream.Consumer(ctx, r.name)
		if errors.Is(err, jetstream.ErrConsumerNotFound) {
			continue // removed meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("read consumer %q: %w", r.name, err)
		}
		config, err := json.Marshal(c.CachedInfo().Config)
		if err != nil {
			return nil, err
		}
		floor := consumerPlace{r.deliver, r.stream}
		out = append(out, consumerState{name: r.name, Config: config, State: consumerProgress{floor, floor}})
	}
	return out, nil
}
