package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/historian"
	"github.com/forewarn/forewarn/services/trend"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// TestKill ends the program without warning, again and again, under load. Afterwards every sample that the bus
// acknowledged is in history, the workers' state equals that of a worker that read the same messages without
// being disturbed, the incident is still there, and nobody was notified twice.
func TestKill(t *testing.T) {
	t.Parallel()
	const seriesPerScrape = 2000
	hook := newReceiver(t, "e2e-secret-of-the-webhook")
	scraped := loadedExporter(t, seriesPerScrape)
	dataDir := t.TempDir()
	registerReader(t, dataDir)
	config := fmt.Sprintf(`
bus:
  snapshot_interval: 5s
collector:
  host: {interval: 1s}
  scrape:
    - {url: %q, interval: 1s, job: load}
notifier:
  channels:
    - {name: hook, type: webhook, url: %q, secret: e2e-secret-of-the-webhook}
`, scraped.URL, hook.URL)

	const signal = "filesystem-space/volume:erp-load:/full"
	p := up(t, dataDir, config)
	for _, after := range []time.Duration{7 * time.Second, 11 * time.Second, 3 * time.Second} {
		<-time.After(after) // a moment in the middle of everything: that is the test
		p.kill()
		p = up(t, dataDir, config)
	}
	eventually(t, 2*time.Minute, func() error {
		if count(hook.about(signal), "opened") == 0 {
			return errors.New("the webhook has heard nothing")
		}
		return nil
	})
	p.kill()
	p = up(t, dataDir, config)
	eventually(t, 20*time.Second, func() error {
		list, err := p.incidents(signal)
		if err == nil && (len(list) != 1 || list[0].State != "open") {
			err = fmt.Errorf("incidents after the kill: %+v", list)
		}
		return err
	})
	<-time.After(3 * time.Second)
	p.stop()
	catchUp(t, dataDir)

	if n := count(hook.about(signal), "opened"); n != 1 {
		t.Errorf("the webhook heard %d times that the incident was opened, want once", n)
	}
	seen := map[string]bool{}
	for _, m := range hook.about("") {
		if seen[m.Delivery] {
			t.Errorf("delivery %s came twice", m.Delivery)
		}
		seen[m.Delivery] = true
	}
	compareStates(t, dataDir, seriesPerScrape*10)
}

// catchUp starts the program once more, without any collection, and stops it when history has what was on the bus: the
// last batch before a stop is read at the next start.
func catchUp(t *testing.T, dataDir string) {
	t.Helper()
	type health struct {
		Bus struct {
			Streams []struct {
				Name    string
				LastSeq uint64 `json:"last_seq"`
			}
			Readers []struct {
				Service   string
				Kind      bus.Kind
				Partition int
				Seq       uint64
			}
		}
	}
	p := up(t, dataDir, "bus: {snapshot_interval: 1s}\ncollector: {host: {enabled: false}}\n")
	var before health
	if err := p.get("/api/v1/health", &before); err != nil {
		t.Fatal(err)
	}
	eventually(t, time.Minute, func() error {
		var now health
		if err := p.get("/api/v1/health", &now); err != nil {
			return err
		}
		for _, s := range before.Bus.Streams {
			for _, r := range now.Bus.Readers {
				if r.Service == historian.Service && bus.StreamName(r.Kind, r.Partition) == s.Name && r.Seq < s.LastSeq {
					return fmt.Errorf("history has %s up to %d of %d", s.Name, r.Seq, s.LastSeq)
				}
			}
		}
		return nil
	})
	p.stop()
}

// loadedExporter serves many series that change with every scrape, and a file system that is nearly full.
func loadedExporter(t *testing.T, series int) *httptest.Server {
	var scrapes atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := scrapes.Add(1)
		var b bytes.Buffer
		fmt.Fprintln(&b, `node_uname_info{nodename="erp-load"} 1`)
		fmt.Fprintln(&b, `node_filesystem_size_bytes{device="/dev/sdz",fstype="xfs",mountpoint="/full"} 1e12`)
		fmt.Fprintln(&b, `node_filesystem_avail_bytes{device="/dev/sdz",fstype="xfs",mountpoint="/full"} 3.5e10`)
		for i := range series {
			fmt.Fprintf(&b, "load_value{i=\"%d\"} %d\n", i, n*int64(i))
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		w.Write(b.Bytes()) //nolint:errcheck // the program was killed while it read
	}))
	t.Cleanup(s.Close)
	return s
}

// undisturbed is a reader that is registered before anything is sent and reads only when all is over. The bus keeps
// everything for it.
const undisturbed = "undisturbed"

func registerReader(t *testing.T, dataDir string) {
	t.Helper()
	b, err := bus.Open(t.Context(), bus.DefaultConfig(), bus.Settings{DataDir: dataDir})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close() //nolint:errcheck // nothing was published
	for number := range b.Partitions() {
		ctx, cancel := context.WithCancel(t.Context())
		working := make(chan error, 1)
		go func() { working <- b.Work(ctx, work(undisturbed, number, newReader(t, 0))) }()
		eventually(t, 10*time.Second, func() error { return registered(ctx, b, number) })
		cancel()
		if err := <-working; err != nil {
			t.Fatal(err)
		}
	}
}

func registered(ctx context.Context, b *bus.Bus, partition int) error {
	status, err := b.Status(ctx)
	if err != nil {
		return err
	}
	for _, r := range status.Readers {
		if r.Service == undisturbed && r.Partition == partition {
			return nil
		}
	}
	return fmt.Errorf("partition %d has the readers %+v", partition, status.Readers)
}

// compareStates opens what the program left behind and compares it with the messages on the bus.
func compareStates(t *testing.T, dataDir string, atLeast int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cfg := bus.DefaultConfig()
	cfg.TickInterval = time.Second
	b, err := bus.Open(ctx, cfg, bus.Settings{DataDir: dataDir})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close() //nolint:errcheck // the test is over
	ticking := make(chan error, 1)
	running, stop := context.WithCancel(ctx)
	defer func() { stop(); <-ticking }()
	go func() { ticking <- b.Run(running) }()
	store, err := embedded.Open(history.DefaultConfig(), embedded.Settings{Logger: zap.NewNop(), Dir: filepath.Join(dataDir, "history")})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close() //nolint:errcheck // the test is over
	kept, keptSamples := readAll(t, store)

	status, err := b.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	total, missing := 0, 0
	for number := range b.Partitions() {
		last := uint64(0)
		for _, s := range status.Streams {
			if s.Name == bus.StreamName(bus.Metrics, number) {
				last = s.LastSeq
			}
		}
		// Both read up to the same message; the ticks that come now tell that they are past it.
		calm := replay(ctx, t, b, undisturbed, number, last)
		survivor := replay(ctx, t, b, trend.Service, number, last)
		if !bytes.Equal(calm.state, survivor.state) {
			t.Errorf("partition %d: the state after the kills differs from that of an undisturbed worker (%d and %d bytes)",
				number, len(survivor.state), len(calm.state))
		}
		for _, s := range calm.samples {
			total++
			if !kept[s] {
				missing++
			}
		}
	}
	t.Logf("%d samples were acknowledged, history has %d", total, keptSamples)
	if missing > 0 {
		t.Errorf("%d of %d acknowledged samples are missing from history", missing, total)
	}
	if total < atLeast {
		t.Errorf("only %d samples were acknowledged, want at least %d: the load was not real", total, atLeast)
	}
}

// sample identifies a sample: the fingerprint of its series and its time.
type sample struct {
	series uint64
	millis int64
}

func readAll(t *testing.T, store *embedded.Store) (map[sample]bool, int) {
	t.Helper()
	q, err := store.Querier(0, time.Now().Add(time.Hour).UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close() //nolint:errcheck // read to its end
	kept := map[sample]bool{}
	set := q.Select(t.Context(), false, nil, labels.MustNewMatcher(labels.MatchRegexp, telemetry.MetricName, ".+"))
	for set.Next() {
		var ls []telemetry.Label
		set.At().Labels().Range(func(l labels.Label) { ls = append(ls, telemetry.Label{Name: l.Name, Value: l.Value}) })
		fingerprint := telemetry.NewLabels(ls...).Fingerprint()
		it := set.At().Iterator(nil)
		for it.Next() == chunkenc.ValFloat {
			kept[sample{fingerprint, it.AtT()}] = true
		}
	}
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	return kept, len(kept)
}

// reader is a trend worker on a partition, which also notes the samples that it is shown.
type reader struct {
	*trend.Worker
	decoder *telemetry.Decoder
	batch   telemetry.Batch
	samples []sample
	until   uint64
	done    context.CancelFunc
	state   []byte
}

var _ bus.Processor = (*reader)(nil)

// replay works on a partition under a service's name up to a message: from that service's snapshot, or from the
// stream's beginning if it has none.
func replay(ctx context.Context, t *testing.T, b *bus.Bus, service string, partition int, until uint64) *reader {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := newReader(t, until)
	r.done = cancel
	if err := b.Work(ctx, work(service, partition, r)); err != nil {
		t.Fatal(err)
	}
	if r.state == nil {
		t.Fatalf("partition %d: %s did not reach message %d", partition, service, until)
	}
	return r
}

func newReader(t *testing.T, until uint64) *reader {
	t.Helper()
	catalogue, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	return &reader{Worker: trend.NewWorker(trend.DefaultConfig(), catalogue, nil), decoder: telemetry.NewDecoder(1 << 20), until: until, done: func() {}}
}

func work(service string, partition int, p bus.Processor) bus.WorkSettings {
	return bus.WorkSettings{Service: service, Input: bus.Metrics, Partition: partition, Processor: p}
}

func (r *reader) Process(m bus.Message) ([]bus.Output, error) {
	if m.Seq > r.until {
		return nil, r.finish()
	}
	if m.Tick {
		r.Tick(m.Time)
		return nil, nil
	}
	if err := r.decoder.Decode(m.Data, &r.batch); err != nil {
		return nil, fmt.Errorf("the bus holds a batch that cannot be read: %w", err)
	}
	r.Observe(m.Time, &r.batch)
	for _, ts := range r.batch.Series {
		for _, s := range ts.Samples {
			r.samples = append(r.samples, sample{ts.Fingerprint, s.TimeMillis})
		}
	}
	return nil, nil
}

// finish notes the state behind the last message that counts, once.
func (r *reader) finish() (err error) {
	if r.state == nil {
		r.state, err = bustest.State(r.Worker)
		r.done()
	}
	return err
}
