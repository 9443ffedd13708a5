package bus_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
)

// tally is a processor whose state depends on every message and their order. "bad" is poison to it, "boom"
// makes it panic, and each payload that starts with "!" makes an output.
type tally struct {
	mu    sync.Mutex
	state tallyState
}

type tallyState struct {
	Count, Ticks int
	Chain        uint64
	Last         string
}

func (p *tally) Process(m bus.Message) ([]bus.Output, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m.Tick {
		p.state.Ticks++
		return nil, nil
	}
	switch s := string(m.Data); {
	case s == "bad":
		return nil, errors.New("cannot read it")
	case s == "boom":
		panic("boom")
	}
	p.state.Count++
	p.state.Last = string(m.Data)
	for _, c := range m.Data {
		p.state.Chain = p.state.Chain*31 + uint64(c)
	}
	if len(m.Data) > 0 && m.Data[0] == '!' {
		return []bus.Output{{Data: fmt.Appendf(nil, "%s/%d", m.Data, p.state.Count)}, {Data: []byte("second")}}, nil
	}
	return nil, nil
}

func (p *tally) Snapshot(w io.Writer) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return json.NewEncoder(w).Encode(p.state)
}

func (p *tally) Restore(state []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return json.Unmarshal(state, &p.state)
}

func (p *tally) Query(request []byte) []byte { return append([]byte("re: "), request...) }

func (p *tally) now() tallyState {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

// running starts Work and returns how to stop it.
func running(t testing.TB, b *bus.Bus, w bus.WorkSettings) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Work(ctx, w) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("work: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

func publisher(t testing.TB, b *bus.Bus, name string) *bus.Publisher {
	t.Helper()
	p, err := b.NewPublisher(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func send(t testing.TB, p *bus.Publisher, partition int, payloads ...string) {
	t.Helper()
	for _, s := range payloads {
		if err := p.Publish(t.Context(), bus.Metrics, partition, "test", []byte(s)); err != nil {
			t.Fatalf("publish %q: %v", s, err)
		}
	}
}

// messages returns the payloads and ids of a stream.
func messages(t testing.TB, b *bus.Bus, stream string) (data, ids []string) {
	t.Helper()
	s, err := b.JetStream().Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	for seq := s.CachedInfo().State.FirstSeq; seq <= s.CachedInfo().State.LastSeq && seq > 0; seq++ {
		m, err := s.GetMsg(t.Context(), seq)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, string(m.Data))
		ids = append(ids, m.Header.Get(jetstream.MsgIDHeader))
	}
	return data, ids
}

func TestWorkAndQuery(t *testing.T) {
	b := bustest.New(t)
	p := publisher(t, b, "here")
	w := &tally{}
	running(t, b, bus.WorkSettings{Service: "trend", Input: bus.Metrics, Partition: 1, Processor: w})
	send(t, p, 1, "one", "!two", "bad", "boom", "three")
	bustest.Until(t, 20*time.Second, "all is read", func() bool { return w.now().Last == "three" })
	got, err := b.Query(t.Context(), "trend", 1, []byte("you"))
	if err != nil || string(got) != "re: you" {
		t.Errorf("Query = %q, %v", got, err)
	}
	if _, err := b.Query(t.Context(), "trend", 2, nil); !errors.Is(err, bus.ErrNoWorker) {
		t.Errorf("query to nobody: %v", err)
	}
	dead, _ := messages(t, b, bus.StreamDeadLetters)
	if len(dead) != 2 || dead[0] != "bad" || dead[1] != "boom" {
		t.Errorf("dead letters %q", dead)
	}
	_, ids := messages(t, b, bus.StreamFindings)
	if len(ids) != 2 || ids[0] != bus.OutputID("trend", 1, 2, 0) || ids[1] != bus.OutputID("trend", 1, 2, 1) {
		t.Errorf("findings %q", ids)
	}
}
