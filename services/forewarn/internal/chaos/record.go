package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/shared/bus"
)

// said is a message of a stream.
type said struct {
	seq     uint64
	subject string
	id      string
	header  map[string][]string
	data    []byte
	time    time.Time
}

// kept is the state that a worker has saved.
type kept struct {
	Epoch uint64 `json:"epoch"`
	Seq   uint64 `json:"seq"`
	Hash  uint64 `json:"hash,string"`
}

// record is what an install has on its bus.
type record struct {
	input     map[string][]said // by stream
	findings  []said
	fleet     []said
	changes   []said            // of incidents
	incidents map[string]string // key to value
	states    map[string]kept   // <service>.<kind>.<pp>
	dead      []said
}

// streams of the workers' input.
func inputs() (all []string) {
	for p := range partitions {
		all = append(all, bus.StreamName(bus.Metrics, p), bus.StreamName(bus.Logs, p))
	}
	return all
}

// read records all that is on a bus.
func read(ctx context.Context, js jetstream.JetStream) (*record, error) {
	r := &record{input: map[string][]said{}, incidents: map[string]string{}, states: map[string]kept{}}
	var errs []error
	into := func(stream string) []said {
		all, err := messages(ctx, js, stream)
		errs = append(errs, err)
		return all
	}
	for _, name := range inputs() {
		r.input[name] = into(name)
	}
	r.findings, r.fleet, r.changes, r.dead = into(bus.StreamFindings), into(bus.StreamName(bus.Fleet, 0)), into(bus.StreamIncidents), into(bus.StreamDeadLetters)
	for _, m := range into("SNAP") {
		worker, ok := strings.CutSuffix(strings.TrimPrefix(m.subject, "snap."), ".manifest")
		if !ok {
			continue
		}
		var k kept
		errs = append(errs, json.Unmarshal(m.data, &k))
		r.states[worker] = k
	}
	errs = append(errs, r.readIncidents(ctx, js))
	return r, errors.Join(errs...)
}

// readIncidents reads the store, but for the receipts, which tell when and how something was delivered.
func (r *record) readIncidents(ctx context.Context, js jetstream.JetStream) error {
	kv, err := js.KeyValue(ctx, bus.BucketIncident)
	if err != nil {
		return err
	}
	keys, err := kv.Keys(ctx)
	if err != nil && !errors.Is(err, jetstream.ErrNoKeysFound) {
		return err
	}
	for _, key := range keys {
		if strings.HasPrefix(key, "receipt.") {
			continue
		}
		e, err := kv.Get(ctx, key)
		if err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		r.incidents[key] = string(e.Value())
	}
	return nil
}

// messages reads all that is in a stream now.
func messages(ctx context.Context, js jetstream.JetStream, name string) (all []said, err error) {
	s, err := js.Stream(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	state := s.CachedInfo().State
	if state.Msgs == 0 {
		return nil, nil
	}
	c, err := s.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverAllPolicy})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	it, err := c.Messages()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	defer it.Stop()
	for {
		m, err := it.Next(jetstream.NextContext(ctx))
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		meta, err := m.Metadata()
		if err != nil {
			return nil, err
		}
		all = append(all, said{
			seq: meta.Sequence.Stream, subject: m.Subject(), id: m.Headers().Get(jetstream.MsgIDHeader), header: m.Headers(),
			data: m.Data(), time: meta.Timestamp,
		})
		if meta.Sequence.Stream >= state.LastSeq {
			return all, nil
		}
	}
}

// undisturbed is the name of the reader for which nothing is purged.
const undisturbed = "undisturbed"

// keepAll registers a reader that never reads on, on all streams of input; an error means that the bus is not prepared yet.
func (s *site) keepAll(ctx context.Context) error {
	kv, err := s.js.KeyValue(ctx, bus.BucketReader)
	if err != nil {
		return err
	}
	put := func(kind string, partition int) {
		if err == nil {
			_, err = kv.Put(ctx, fmt.Sprintf("%s.%s.%02d", undisturbed, kind, partition), []byte(`{"seq":0}`))
		}
	}
	for p := range partitions {
		put("met", p)
		put("log", p)
	}
	put("fleet", 0)
	return err
}
