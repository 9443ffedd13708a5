package historian_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/historian"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// faulty is a history whose disk can be full.
type faulty struct {
	history.Store
	full atomic.Bool
}

var errFull = errors.New("the disk is full; free space")

func (f *faulty) Append(ctx context.Context, b *telemetry.Batch) (history.Appended, error) {
	if f.full.Load() {
		return history.Appended{}, errFull
	}
	return f.Store.Append(ctx, b)
}

func (f *faulty) Sync() error {
	if f.full.Load() {
		return errFull
	}
	return f.Store.Sync()
}

// rig is a bus and a history, with a historian between them while it runs.
type rig struct {
	testing.TB
	bus       *bus.Bus
	store     history.Store
	publisher *bus.Publisher
	health    *obs.Health
	registry  *prometheus.Registry
	start     time.Time
}

func newRig(tb testing.TB) *rig {
	tb.Helper()
	cfg := history.DefaultConfig()
	cfg.Reserve = 0
	store, err := embedded.Open(cfg, embedded.Settings{Logger: zap.NewNop(), Dir: tb.TempDir()})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { store.Close() })
	return newRigOn(tb, store)
}

// newRigOn is newRig with a store of the caller.
func newRigOn(tb testing.TB, store history.Store) *rig {
	tb.Helper()
	r := &rig{TB: tb, bus: bustest.New(tb), store: store, start: time.Now().Add(-20 * time.Minute).Truncate(time.Second)}
	var err error
	if r.publisher, err = r.bus.NewPublisher("test"); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { r.publisher.Close() })
	return r
}

// run starts a historian and returns how to stop it.
func (r *rig) run() (h *historian.Historian, stop func()) {
	r.Helper()
	r.health, r.registry = &obs.Health{}, prometheus.NewRegistry()
	h, err := historian.New(historian.DefaultConfig(), historian.Settings{
		Logger: zap.NewNop(), Registry: r.registry, Health: r.health, Bus: r.bus, Store: r.store,
	})
	if err != nil {
		r.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.Context())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	return h, func() {
		r.Helper()
		cancel()
		if err := <-done; err != nil {
			r.Errorf("run: %v", err)
		}
	}
}

// publish sends one sample of each of ten series of each partition.
func (r *rig) publish(step int) {
	r.Helper()
	var b telemetry.Batch
	for p := range r.bus.Partitions() {
		historytest.Fill(&b, historytest.Fleet(fmt.Sprintf("v%d", p), 10), r.start, time.Second, step, 1)
		r.send(p, telemetry.AppendBatch(nil, &b))
	}
}

func (r *rig) send(partition int, payload []byte) {
	r.Helper()
	if err := r.publisher.Publish(r.Context(), bus.Metrics, partition, "test", payload); err != nil {
		r.Fatal(err)
	}
}

// until waits for a condition.
func (r *rig) until(what string, ok func() bool) {
	r.Helper()
	deadline := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-deadline:
			r.Fatalf("timed out waiting until %s; health %+v", what, r.health.Checks())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (r *rig) stored() int {
	r.Helper()
	return historytest.Count(historytest.Read(r, r.store, r.start.Add(-time.Hour), r.start.Add(time.Hour), "v.*"))
}

// forgotten says whether the historian has let the bus forget all messages.
func (r *rig) forgotten() bool {
	r.Helper()
	s, err := r.bus.Status(r.Context())
	if err != nil {
		r.Fatal(err)
	}
	readers := 0
	for _, reader := range s.Readers {
		if reader.Service == historian.Service {
			if readers++; reader.Lag > 0 {
				return false
			}
		}
	}
	return readers == r.bus.Partitions()
}

func (r *rig) metric(name string, want string) {
	r.Helper()
	if err := testutil.GatherAndCompare(r.registry, strings.NewReader(want), name); err != nil {
		r.Error(err)
	}
}

func (r *rig) check(name string) obs.Check {
	for _, c := range r.health.Checks() {
		if c.Name == name {
			return c
		}
	}
	return obs.Check{}
}

// Guarantees 1 and 2: everything is stored once, across stops, and the bus may forget it.
func TestStoresAllOnce(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	t.Run("", func(t *testing.T) {
		r := newRig(t)
		step := 0
		for life := range 3 {
			for range 20 {
				r.publish(step)
				step++
			}
			h, stop := r.run()
			for range 20 {
				r.publish(step)
				step++
			}
			want := step * 10 * r.bus.Partitions()
			r.until("all is stored", func() bool { return r.stored() == want })
			r.until("all may be forgotten", r.forgotten)
			r.metric("forewarn_historian_malformed_batches_total", `
				# HELP forewarn_historian_malformed_batches_total Batches that could not be decoded and went to the dead letters.
				# TYPE forewarn_historian_malformed_batches_total counter
				forewarn_historian_malformed_batches_total 0
			`)
			rec := httptest.NewRecorder()
			h.Handler().ServeHTTP(rec, httptest.NewRequest("GET", fmt.Sprintf("/prometheus/api/v1/query?query=count({__name__=~\"v.*\"})&time=%d", r.start.Unix()), nil))
			if !strings.Contains(rec.Body.String(), fmt.Sprintf(`,"%d"]`, 10*r.bus.Partitions())) {
				t.Errorf("life %d: query answers %s", life, rec.Body)
			}
			stop()
		}
	})
	goleak.VerifyNone(t, ignore)
}

// Guarantee 2: batches that come again, as after a crash between two snapshots, change nothing.
func TestRepeats(t *testing.T) {
	r := newRig(t)
	_, stop := r.run()
	defer stop()
	for range 3 { // each time under new ids
		for step := range 10 {
			r.publish(step)
		}
	}
	r.until("all may be forgotten", r.forgotten)
	if got, want := r.stored(), 10*10*r.bus.Partitions(); got != want {
		t.Errorf("%d samples, want %d", got, want)
	}
}

// Guarantee 3: a full disk holds up, and loses nothing, whether it ends before the historian stops or after.
func TestHistoryCannotWrite(t *testing.T) {
	r := newRig(t)
	disk := &faulty{Store: r.store}
	r.store = disk
	disk.full.Store(true)
	_, stop := r.run()
	r.publish(0)
	r.until("health says so", func() bool { return r.check("historian").State == obs.Degraded })
	if got := r.check("historian").Message; got != errFull.Error() {
		t.Errorf("health says %q, want %q", got, errFull)
	}
	disk.full.Store(false)
	r.until("it is stored", func() bool { return r.stored() == 10*r.bus.Partitions() })
	r.until("health is well", func() bool { return r.check("historian").State == obs.OK })

	disk.full.Store(true)
	for step := 1; step < 5; step++ {
		r.publish(step)
	}
	r.until("health says so again", func() bool { return r.check("historian").State == obs.Degraded })
	stop()
	disk.full.Store(false)
	_, stop = r.run()
	defer stop()
	r.until("all is stored", func() bool { return r.stored() == 5*10*r.bus.Partitions() })
	r.until("all may be forgotten", r.forgotten)
	status, err := r.bus.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if status.DeadLetters != 0 {
		t.Errorf("%d dead letters, want none: a full disk is nobody's fault", status.DeadLetters)
	}
}

// Guarantees 4 and 5: what is no batch and what no history can take are counted, and the rest is stored.
func TestBadInput(t *testing.T) {
	r := newRig(t)
	_, stop := r.run()
	defer stop()
	r.publish(0)
	r.send(1, []byte("\xff\xff\xff no batch"))
	at := func(d time.Duration, v float64) telemetry.Sample {
		return telemetry.Sample{TimeMillis: r.start.Add(d).UnixMilli(), Value: v}
	}
	odd := historytest.Series("v1", "odd", "yes")
	r.send(1, telemetry.AppendBatch(nil, historytest.One(odd, at(-48*time.Hour, 1), at(0, 1), at(0, 2), at(5*time.Hour, 1))))
	r.publish(1)
	r.until("all may be forgotten", r.forgotten)
	if got, want := r.stored(), 2*10*r.bus.Partitions()+1; got != want {
		t.Errorf("%d samples, want %d", got, want)
	}
	r.metric("forewarn_historian_samples_total", fmt.Sprintf(`
		# HELP forewarn_historian_samples_total Samples by what became of them: stored, conflict, out_of_order, too_old, ahead, invalid, rejected.
		# TYPE forewarn_historian_samples_total counter
		forewarn_historian_samples_total{result="ahead"} 1
		forewarn_historian_samples_total{result="conflict"} 1
		forewarn_historian_samples_total{result="invalid"} 0
		forewarn_historian_samples_total{result="out_of_order"} 0
		forewarn_historian_samples_total{result="rejected"} 0
		forewarn_historian_samples_total{result="stored"} %d
		forewarn_historian_samples_total{result="too_old"} 1
	`, 2*10*r.bus.Partitions()+1))
	status, err := r.bus.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if status.DeadLetters != 1 {
		t.Errorf("%d dead letters, want 1", status.DeadLetters)
	}
	if r.check("historian").State != obs.OK || r.check("historian/compaction").State != obs.OK {
		t.Errorf("health %+v", r.health.Checks())
	}
	if n, err := testutil.GatherAndCount(r.registry, "forewarn_historian_store_series", "forewarn_historian_store_newest_sample_timestamp_seconds"); n != 2 || err != nil {
		t.Errorf("%d metrics of the store, %v", n, err)
	}
}
