package trend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"
	"go.uber.org/zap/zaptest"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestRun sends a filling volume over a real bus, stops and restarts the service in the middle, and reads the
// findings: one opened, under an id that names its cause, none twice; and asks for the signal's state.
func TestRun(t *testing.T) {
	b := bustest.New(t)
	publisher, err := b.NewPublisher("test")
	if err != nil {
		t.Fatal(err)
	}
	defer publisher.Close() //nolint:errcheck // the test is over
	cat := catalogue(t)
	pp := b.PartitionOf(cat.Root(ledger.avail.Labels, "test"))
	began := time.Now().Truncate(time.Second).Add(-10 * time.Minute)
	publish := func(from, to time.Duration) {
		for age := from; age < to; age += 5 * time.Second {
			data := telemetry.AppendBatch(nil, ledger.at(began.Add(age), age.Seconds()/600))
			if err := publisher.Publish(t.Context(), bus.Metrics, pp, "test", data); err != nil {
				t.Fatal(err)
			}
		}
	}

	stop := run(t, b)
	publish(0, 4*time.Minute)
	if err := publisher.Publish(t.Context(), bus.Metrics, pp, "test", []byte("no batch at all")); err != nil {
		t.Fatal(err)
	}
	bustest.Eventually(t, 20*time.Second, func() error { return stateOf(b, pp, "ready") })
	stop()
	publish(4*time.Minute, 6*time.Minute)
	stop = run(t, b)
	bustest.Eventually(t, 20*time.Second, func() error {
		st, err := askState(b, pp)
		if err == nil && st.UpdatedAt.Before(began.Add(355*time.Second)) {
			err = fmt.Errorf("the state is of %v", st.UpdatedAt)
		}
		return err
	})
	defer stop()

	found := findings(t, b)
	opened := map[string]bool{}
	for _, f := range found {
		if opened[f.ID] {
			t.Errorf("finding %s came twice", f.ID)
		}
		opened[f.ID] = true
		if f.Action == finding.Opened && f.Episode != found[0].Episode {
			t.Error("a second episode was opened")
		}
	}
	if len(found) == 0 || found[0].Action != finding.Opened {
		t.Fatalf("findings: %+v", found)
	}
	dead, err := b.JetStream().Stream(t.Context(), "DLQ")
	if err != nil {
		t.Fatal(err)
	}
	if info, err := dead.Info(t.Context()); err != nil || info.State.Msgs != 1 {
		t.Errorf("dead letters: %+v, %v; want the one unreadable batch", info, err)
	}
}

// TestQueryPages: pages follow one another without gap or repetition, and a request that cannot be read is
// told so.
func TestQueryPages(t *testing.T) {
	p := &partition{Worker: NewWorker(DefaultConfig(), catalogue(t), nil), metrics: newMetrics(prometheus.NewRegistry()), health: &obs.Health{}}
	for i := range 7 {
		v := newVolume(telemetry.Label{Name: "instance", Value: fmt.Sprintf("erp-%02d", i)}, telemetry.Label{Name: "device", Value: "d"},
			telemetry.Label{Name: "fstype", Value: "xfs"}, telemetry.Label{Name: "mountpoint", Value: "/"})
		p.Observe(start, v.at(start, 0.5))
	}
	var keys []string
	after := ""
	for more := true; more; {
		var answer signal.Page
		request, _ := json.Marshal(signal.PageRequest{After: after, Limit: 3})
		if err := json.Unmarshal(p.Query(request), &answer); err != nil {
			t.Fatal(err)
		}
		for _, s := range answer.Signals {
			if s.Key <= after {
				t.Fatalf("%s comes after %s", s.Key, after)
			}
			after = s.Key
			keys = append(keys, s.Key)
		}
		more = answer.More
	}
	if len(keys) != 7 {
		t.Errorf("got %d signals: %q", len(keys), keys)
	}
	var answer signal.Page
	if err := json.Unmarshal(p.Query([]byte("{")), &answer); err != nil || answer.Error == "" {
		t.Errorf("an unreadable request is answered by %+v, %v", answer, err)
	}
}

// TestMetrics: the worker's counters reach the registry once.
func TestMetrics(t *testing.T) {
	m := newMetrics(prometheus.NewRegistry()).forPartition()
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	for i := range 3 {
		w.Observe(start, ledger.at(start.Add(time.Duration(i)*time.Minute), 0.5))
		m.observe(0, w)
	}
	if got := testutil.ToFloat64(m.samples.WithLabelValues("0")); got != 6 {
		t.Errorf("%v samples were counted, want 6", got)
	}
	if got := testutil.ToFloat64(m.signals.WithLabelValues("0")); got != 1 {
		t.Errorf("%v signals, want 1", got)
	}
}

func TestConfigTellsAllErrors(t *testing.T) {
	cfg := DefaultConfig()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	bad := Config{OpenProbability: 2, ResolveProbability: 3}
	err := bad.Validate()
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) || len(joined.Unwrap()) != 6 {
		t.Errorf("want six errors, got %v", err)
	}
}

// run starts the service; the returned function stops it and waits.
func run(t *testing.T, b *bus.Bus) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- Run(ctx, DefaultConfig(), Settings{
			Logger: zaptest.NewLogger(t), Registry: prometheus.NewRegistry(), Health: &obs.Health{}, Bus: b, Catalogue: catalogue(t),
		})
	}()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func askState(b *bus.Bus, pp int) (st struct {
	Stage     string
	UpdatedAt time.Time `json:"updated_at"`
}, err error,
) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	data, err := b.Query(ctx, Service, pp, []byte(`{}`))
	if err != nil {
		return st, err
	}
	var answer struct{ Signals []json.RawMessage }
	if err := json.Unmarshal(data, &answer); err != nil || len(answer.Signals) != 1 {
		return st, fmt.Errorf("signals: %s, %w", data, err)
	}
	return st, json.Unmarshal(answer.Signals[0], &st)
}

func stateOf(b *bus.Bus, pp int, want string) error {
	st, err := askState(b, pp)
	if err == nil && st.Stage != want {
		err = fmt.Errorf("stage %q", st.Stage)
	}
	return err
}

func findings(t *testing.T, b *bus.Bus) (out []*finding.Finding) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c, err := b.JetStream().OrderedConsumer(ctx, "FIND", jetstream.OrderedConsumerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	batch, err := c.FetchNoWait(1000)
	if err != nil {
		t.Fatal(err)
	}
	for m := range batch.Messages() {
		f, err := finding.Decode(m.Data())
		if err != nil {
			t.Fatal(err)
		}
		if m.Headers().Get("Nats-Msg-Id") != f.ID {
			t.Errorf("message id %q of finding %q", m.Headers().Get("Nats-Msg-Id"), f.ID)
		}
		out = append(out, f)
	}
	return out
}
