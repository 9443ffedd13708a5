package trend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/forewarn/forewarn/models/calibration"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/outcome"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// hasty is a partition for which ten minutes pass from one message to the next. While it is told to crash it saves
// nothing, as if its process had been killed.
type hasty struct {
	*partition
	read  atomic.Uint64
	crash atomic.Bool
}

func newHasty(t *testing.T) *hasty {
	return &hasty{partition: &partition{
		Worker: NewWorker(DefaultConfig(), catalogue(t), nil), decoder: telemetry.NewDecoder(10),
		metrics: newMetrics(prometheus.NewRegistry()).forPartition(), health: &obs.Health{},
	}}
}

// hastyStep is what passes between two messages.
const hastyStep = 10 * time.Minute

func hastyTime(seq uint64) time.Time { return start.Add(time.Duration(seq) * hastyStep) }

// Process takes a batch, and then a tick, at the time that its place in the stream says.
func (h *hasty) Process(m bus.Message) ([]bus.Output, error) {
	m.Time = hastyTime(m.Seq)
	out, err := h.partition.Process(m)
	if err != nil {
		return nil, err
	}
	m.Tick = true
	told, err := h.partition.Process(m)
	out = append(out, told...)
	for i := range out {
		out[i].ID = "" // those of the tick are numbered on, and another service has its own
	}
	h.read.Store(m.Seq)
	return out, err
}

// Recalibrate counts as read too.
func (h *hasty) Recalibrate(m bus.Message) error {
	defer h.read.Store(m.Seq)
	return h.partition.Recalibrate(m)
}

// Snapshot fails while it crashes.
func (h *hasty) Snapshot(w io.Writer) error {
	if h.crash.Load() {
		return errors.New("crashed")
	}
	return h.partition.Snapshot(w)
}

// announced is a table that halves probabilities, of version 8.
func announced(t *testing.T) []byte {
	t.Helper()
	var l calibration.Ledger
	for i := range 40_000 {
		o := calibration.Outcome{Kind: disk, Horizon: i % 4, Predicted: float64(i%100) / 100, What: calibration.NotReached, Version: 7}
		if i%8 == 0 {
			o.What = calibration.Reached
		}
		if err := l.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	table, err := json.Marshal(l.Fit(nil))
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(outcome.Calibration{Schema: outcome.SchemaVersion, Basis: calibration.Shipped().Basis, Table: table})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestScoreOnTheBus plays three weeks of a volume over a real bus, with a new table in the middle, to a worker that is
// killed and replays, and to one that reads all at once: both say the same, switch tables at the same message, and what
// became of the predictions is on the stream of findings once.
func TestScoreOnTheBus(t *testing.T) {
	slow := func(c *bus.Config) { c.SnapshotInterval, c.TickInterval, c.Partitions = time.Hour, time.Hour, 1 }
	b := bustest.New(t, slow)
	publisher, err := b.NewPublisher("test")
	if err != nil {
		t.Fatal(err)
	}
	defer publisher.Close() //nolint:errcheck // the test is over
	publish := func(from, to uint64) {
		for seq := from; seq < to; seq++ {
			age := time.Duration(seq) * hastyStep
			data := telemetry.AppendBatch(nil, ledger.sized(hastyTime(seq), min(100, climb(age%(9*days)))*gib, 100*gib))
			if err := publisher.Publish(t.Context(), bus.Metrics, 0, "test", data); err != nil {
				t.Fatal(err)
			}
		}
	}
	const half, all = 1000, 3000
	publish(1, half)
	if err := b.AnnounceCalibration(t.Context(), bus.Metrics, "8", announced(t)); err != nil {
		t.Fatal(err)
	}

	killed := newHasty(t)
	stop := working(t, b, Service, killed)
	bustest.Until(t, 60*time.Second, "the first half is read", func() bool { return killed.read.Load() == half })
	killed.crash.Store(true)
	stop()
	publish(half+1, all)
	second := newHasty(t)
	stop = working(t, b, Service, second)
	bustest.Until(t, 60*time.Second, "all is read", func() bool { return second.read.Load() == all-1 })
	stop()
	alone := newHasty(t)
	stop = working(t, b, "alone", alone)
	bustest.Until(t, 60*time.Second, "all is read", func() bool { return alone.read.Load() == all-1 })
	stop()

	got, want := heard(t, b, Service), heard(t, b, "alone")
	if diff := cmp.Diff(want.findings, got.findings); diff != "" {
		t.Errorf("findings (-alone +killed):\n%s", diff)
	}
	if diff := cmp.Diff(want.summaries, got.summaries); diff != "" {
		t.Errorf("summaries (-alone +killed):\n%s", diff)
	}
	if len(got.summaries) < 10 {
		t.Fatalf("only %d summaries", len(got.summaries))
	}
	prior := calibration.Shipped().Table.Version()
	for _, f := range got.findings {
		want := prior
		if f.Time.After(hastyTime(half)) {
			want = 8
		}
		if f.Calibration != want {
			t.Errorf("the finding of %v was corrected by table %d, want %d", f.Time, f.Calibration, want)
		}
	}
}

// working drives a processor over partition 0 until stop is called.
func working(t *testing.T, b *bus.Bus, service string, p bus.Processor) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- b.Work(ctx, bus.WorkSettings{Service: service, Input: bus.Metrics, Partition: 0, Processor: p})
	}()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// statements are what a service has put out, without what differs by its name.
type statements struct {
	findings  []finding.Finding
	summaries []outcome.Summary
}

func heard(t *testing.T, b *bus.Bus, service string) (out statements) {
	t.Helper()
	c, err := b.JetStream().OrderedConsumer(t.Context(), bus.StreamFindings, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{bus.SubjectFindings(service, 0)},
	})
	if err != nil {
		t.Fatal(err)
	}
	batch, err := c.FetchNoWait(10_000)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for m := range batch.Messages() {
		id := m.Headers().Get(jetstream.MsgIDHeader)
		if ids[id] {
			t.Errorf("%s is there twice", id)
		}
		ids[id] = true
		if outcome.IsSummary(m.Data()) {
			s, err := outcome.Decode(m.Data())
			if err != nil {
				t.Fatal(err)
			}
			s.ID = ""
			out.summaries = append(out.summaries, *s)
			continue
		}
		f, err := finding.Decode(m.Data())
		if err != nil {
			t.Fatal(err)
		}
		f.ID = ""
		out.findings = append(out.findings, *f)
	}
	return out
}

// TestTablesOfOthersAreRefused: a table for other models, or an older one, changes nothing; one that cannot be read is
// an error.
func TestTablesOfOthersAreRefused(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	f := func(name string, version uint64, ok bool, data string) {
		t.Helper()
		if err := w.recalibrate([]byte(data)); (err == nil) != ok {
			t.Errorf("%s: %v", name, err)
		}
		if got := w.table.Version(); got != version {
			t.Errorf("%s: version %d, want %d", name, got, version)
		}
	}
	prior := w.table.Version()
	table := func(basis string, version int) string {
		return fmt.Sprintf(`{"schema":1,"basis":%q,"table":{"format":1,"version":%d}}`, basis, version)
	}
	f("no JSON", prior, false, "{")
	f("another format", prior, false, `{"schema":1,"basis":"`+w.prior.Basis+`","table":{"format":99}}`)
	f("other models", prior, true, table("another", 90))
	f("newer", 50, true, table(w.prior.Basis, 50))
	f("older", 50, true, table(w.prior.Basis, 49))
}
