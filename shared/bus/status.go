package bus

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Status is the state of the bus as people see it.
type Status struct {
	Embedded    bool           `json:"embedded"`
	Address     string         `json:"address"`
	Connected   bool           `json:"connected"`
	Partitions  int            `json:"partitions"`
	Streams     []StreamStatus `json:"streams"`
	Readers     []ReaderStatus `json:"readers"`
	Spools      []SpoolStatus  `json:"spools"`
	DeadLetters uint64         `json:"dead_letters"`
	Canary      CanaryStatus   `json:"canary"`
}

// StreamStatus is the state of one stream; MaxBytes is its limit.
type StreamStatus struct {
	Name     string `json:"name"`
	Messages uint64 `json:"messages"`
	Bytes    uint64 `json:"bytes"`
	MaxBytes int64  `json:"max_bytes"`
	FirstSeq uint64 `json:"first_seq"`
	LastSeq  uint64 `json:"last_seq"`
}

// ReaderStatus is how far a reader's last snapshot is, and how many messages that is behind the stream.
type ReaderStatus struct {
	Service   string    `json:"service"`
	Kind      Kind      `json:"kind"`
	Partition int       `json:"partition"`
	Seq       uint64    `json:"seq"`
	SavedAt   time.Time `json:"saved_at"`
	Lag       uint64    `json:"lag"`
}

// SpoolStatus is what waits on a publisher's spool in this process.
type SpoolStatus struct {
	Publisher string `json:"publisher"`
	Batches   int    `json:"batches"`
	Bytes     int64  `json:"bytes"`
	MaxBytes  int64  `json:"max_bytes"`
}

// CanaryStatus is what the last probe message said; At is zero before the first.
type CanaryStatus struct {
	OK     bool      `json:"ok"`
	At     time.Time `json:"at"`
	Millis float64   `json:"millis"`
}

// Status returns the state of the bus. If the bus is away, it returns what is known here along with the error.
func (b *Bus) Status(ctx context.Context) (Status, error) {
	s := Status{
		Embedded: b.embedded(), Address: b.address(), Connected: b.data.IsConnected() && b.control.IsConnected(),
		Partitions: b.partitions, Streams: []StreamStatus{}, Readers: []ReaderStatus{}, Spools: b.spools(), Canary: b.probe.status(),
	}
	last := map[string]uint64{}
	for _, c := range b.streams() {
		stream, err := b.controlJS.Stream(ctx, c.Name)
		if err != nil {
			return s, fmt.Errorf("read stream %q: %w", c.Name, err)
		}
		info := stream.CachedInfo()
		last[c.Name] = info.State.LastSeq
		if c.Name == StreamDeadLetters {
			s.DeadLetters = info.State.Msgs
		}
		s.Streams = append(s.Streams, StreamStatus{
			Name: c.Name, Messages: info.State.Msgs, Bytes: info.State.Bytes, MaxBytes: info.Config.MaxBytes,
			FirstSeq: info.State.FirstSeq, LastSeq: info.State.LastSeq,
		})
	}
	readers, err := b.readers(ctx)
	for _, r := range readers {
		s.Readers = append(s.Readers, ReaderStatus{
			Service: r.Service, Kind: r.Kind, Partition: r.Partition, Seq: r.Seq, SavedAt: r.Time,
			Lag: behind(last[StreamName(r.Kind, r.Partition)], r.Seq),
		})
	}
	return s, err
}

func (b *Bus) spools() []SpoolStatus {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := []SpoolStatus{}
	for name, p := range b.publishers {
		batches, bytes := p.spool.size()
		out = append(out, SpoolStatus{Publisher: name, Batches: batches, Bytes: bytes, MaxBytes: int64(b.cfg.SpoolMax)})
	}
	slices.SortFunc(out, func(a, b SpoolStatus) int { return strings.Compare(a.Publisher, b.Publisher) })
	return out
}

func (p *probe) status() CanaryStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	return CanaryStatus{OK: p.ok, At: p.at, Millis: p.ms}
}
