package notifier_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
)

func TestMain(m *testing.M) {
	if os.Getenv(victimDir) != "" {
		fmt.Fprintln(os.Stderr, victim())
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

const token = "secret-in-the-url"

// start is a while ago by the clock that removes old incidents, so that these stay.
var start = time.Now().UTC().Truncate(time.Minute).Add(-3 * time.Hour)

func say(minute int, a finding.Action, s finding.Severity, episode, signal string) *finding.Finding {
	return &finding.Finding{
		Schema: 1, ID: fmt.Sprintf("trend:00:%d:0", minute+1), Episode: episode, Action: a,
		Time: start.Add(time.Duration(minute) * time.Minute),
		Kind: finding.Exhaustion, Signal: signal, Severity: s, Message: i18n.Text{En: "full soon"}, Title: i18n.Text{En: "full"},
	}
}

// receiver is a webhook's other end. answer decides; accepted messages are kept in order.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	answer func(n int, id string, w http.ResponseWriter, r *http.Request) // nil accepts
	n      int
	got    []string // "<event> <signal>", accepted only
	ids    []string
}

func newReceiver(t *testing.T, answer func(n int, id string, w http.ResponseWriter, r *http.Request)) *receiver {
	t.Helper()
	rec := &receiver{answer: answer}
	rec.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		var b struct {
			Event    string            `json:"event"`
			Incident incident.Incident `json:"incident"`
		}
		if err != nil || json.Unmarshal(data, &b) != nil {
			return // the client gave up in between
		}
		id := r.Header.Get("Forewarn-Delivery")
		rec.mu.Lock()
		rec.n++
		n := rec.n
		rec.mu.Unlock()
		tracked := &status{ResponseWriter: w, code: http.StatusOK}
		if rec.answer != nil {
			rec.answer(n, id, tracked, r)
		}
		if tracked.code == http.StatusOK && r.Context().Err() == nil {
			rec.mu.Lock()
			rec.got, rec.ids = append(rec.got, b.Event+" "+b.Incident.Signal), append(rec.ids, id)
			rec.mu.Unlock()
		}
	}))
	t.Cleanup(rec.Close)
	return rec
}

type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) { s.code = code; s.ResponseWriter.WriteHeader(code) }

func (r *receiver) accepted() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// rig is a notifier on a bus.
type rig struct {
	bus    *bus.Bus
	cfg    notifier.Config
	health *obs.Health
	reg    *prometheus.Registry
	log    logBuffer
	calls  int // of find

	catalogue *signal.Catalogue
	courses   notifier.Courses
}

// logBuffer may be read while it is written.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newRig(t *testing.T, urls ...string) *rig {
	t.Helper()
	r := &rig{bus: bustest.New(t), cfg: notifier.DefaultConfig()}
	r.cfg.RetryMin, r.cfg.RetryMax = 10*time.Millisecond, 50*time.Millisecond
	for k, u := range urls {
		r.cfg.Channels = append(r.cfg.Channels, notifier.ChannelConfig{
			Name: fmt.Sprintf("ops%d", k), Type: notifier.TypeWebhook, URL: config.Secret(u + "/?key=" + token),
			Secret: token, RatePerMinute: 60_000, // with the usual timeout, which a busy machine does not reach
		})
	}
	return r
}

// start runs the notifier; the returned function stops it and waits. It may be started again in the same process, with the
// same registry, as one that has lost its lease is.
func (r *rig) start(t *testing.T) (stop func()) {
	t.Helper()
	r.health = &obs.Health{}
	if r.reg == nil {
		r.reg = prometheus.NewRegistry()
	}
	core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&r.log), zap.DebugLevel)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	s := notifier.Settings{Logger: zap.New(core), Registry: r.reg, Health: r.health, Bus: r.bus, Catalogue: r.catalogue, Courses: r.courses}
	go func() { done <- notifier.Run(ctx, r.cfg, s) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
		if strings.Contains(r.log.String(), token) {
			t.Error("the log holds a secret")
		}
	})
	t.Cleanup(stop)
	return stop
}

// find publishes findings, with message ids of their own for each call, as after a long outage.
func (r *rig) find(t *testing.T, findings ...*finding.Finding) {
	t.Helper()
	r.calls++
	for _, f := range findings {
		data, err := finding.Encode(f)
		if err != nil {
			t.Fatal(err)
		}
		r.publish(t, fmt.Sprint(r.calls, f.ID), data)
	}
}

func (r *rig) publish(t *testing.T, id string, data []byte) {
	t.Helper()
	if _, err := r.bus.JetStream().Publish(t.Context(), bus.SubjectFindings("trend", 0), data, jetstream.WithMsgID(id)); err != nil {
		t.Fatal(err)
	}
}

// quiet waits until everything published so far is acknowledged by the intake, and every delivery that came of
// it by its worker. Metrics and health may follow: await them.
func (r *rig) quiet(t *testing.T) {
	t.Helper()
	last := r.state(t, bus.StreamFindings).LastSeq
	bustest.Until(t, time.Minute, "quiet", func() bool { return r.floor(t) >= last && r.count(t, bus.StreamNotify) == 0 })
}

// floor is the sequence up to which all findings are acknowledged. How many are pending would not tell: the server
// counts a message for its consumers some time after it has confirmed it to the publisher.
func (r *rig) floor(t *testing.T) uint64 {
	t.Helper()
	c, err := r.bus.JetStream().Consumer(t.Context(), bus.StreamFindings, "notifier")
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	return c.CachedInfo().AckFloor.Stream
}

func (r *rig) state(t *testing.T, stream string) jetstream.StreamState {
	t.Helper()
	s, err := r.bus.JetStream().Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	return s.CachedInfo().State
}

func (r *rig) count(t *testing.T, stream string) uint64 {
	t.Helper()
	return r.state(t, stream).Msgs
}

// counted waits until a counter has a value.
func (r *rig) counted(t *testing.T, name, result string, want float64) {
	t.Helper()
	bustest.Until(t, time.Minute, fmt.Sprintf("%s{result=%q} of %v", name, result, want), func() bool {
		return testutil.ToFloat64(counter(t, r.reg, name, result)) == want
	})
}

func (r *rig) check(name string) obs.Check {
	for _, c := range r.health.Checks() {
		if c.Name == name {
			return c
		}
	}
	return obs.Check{}
}

const a, b = "space/volume:a:/", "space/volume:b:/"

func life(signal, episode string, minute int) []*finding.Finding {
	return []*finding.Finding{
		say(minute, finding.Opened, finding.Warning, episode, signal),
		say(minute+1, finding.Updated, finding.Critical, episode, signal),
		say(minute+2, finding.Resolved, finding.Info, episode, signal),
	}
}

// TestLifeOnce follows a life, then a replay of it under new message ids: each message is received once.
func TestLifeOnce(t *testing.T) {
	rec := newReceiver(t, nil)
	r := newRig(t, rec.URL)
	stop := r.start(t)
	r.find(t, life(a, "1", 0)...)
	r.quiet(t)
	want := []string{"opened " + a, "raised " + a, "resolved " + a}
	if diff := cmp.Diff(want, rec.accepted()); diff != "" {
		t.Fatalf("received (-want +got):\n%s", diff)
	}
	r.find(t, life(a, "1", 0)...)
	r.quiet(t)
	stop()
	r.start(t) // and over a restart
	r.find(t, life(a, "1", 0)...)
	r.quiet(t)
	if diff := cmp.Diff(want, rec.accepted()); diff != "" {
		t.Errorf("received after replays (-want +got):\n%s", diff)
	}
	r.counted(t, "forewarn_notifier_findings_total", "repeated", 3)
}

// counter reads one counter back as a metric of its own.
func counter(t *testing.T, g prometheus.Gatherer, name, result string) prometheus.Collector {
	t.Helper()
	all, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	c := prometheus.NewGauge(prometheus.GaugeOpts{Name: "x"})
	for _, f := range all {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if f.GetName() == name && l.GetName() == "result" && l.GetValue() == result {
					c.Add(m.GetCounter().GetValue())
				}
			}
		}
	}
	return c
}

// TestReceiptOutlivesTheWindow queues a delivered message anew, as a redelivery after the duplicate window does.
func TestReceiptOutlivesTheWindow(t *testing.T) {
	rec := newReceiver(t, nil)
	r := newRig(t, rec.URL)
	var queued []byte
	cfg := r.cfg
	r.find(t, life(a, "1", 0)[:1]...)
	r.start(t)
	r.quiet(t)
	kv, err := r.bus.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	page, err := incident.NewStore(kv).List(t.Context(), incident.Query{})
	if err != nil || len(page.Incidents) != 1 {
		t.Fatalf("%+v, %v", page, err)
	}
	if queued, err = json.Marshal(map[string]any{"schema": 1, "channel": cfg.Channels[0].Name, "reason": "opened", "incident": page.Incidents[0]}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.bus.JetStream().Publish(t.Context(), "notify."+cfg.Channels[0].Name, queued); err != nil {
		t.Fatal(err)
	}
	r.quiet(t)
	if diff := cmp.Diff([]string{"opened " + a}, rec.accepted()); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
	r.counted(t, "forewarn_notifier_deliveries_total", "repeated", 1)
}

// TestTroubledReceiver fails, hangs, breaks off and asks for patience: everything arrives once, in order, under
// the same id.
func TestTroubledReceiver(t *testing.T) {
	var mu sync.Mutex
	tries, told := map[string]int{}, make(chan struct{})
	rec := newReceiver(t, func(n int, id string, w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		tries[id]++
		mu.Unlock()
		switch n {
		case 1, 2, 3:
			w.WriteHeader(http.StatusBadGateway)
		case 4:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		case 5:
			<-r.Context().Done() // hangs until the client gives up
		case 6:
			panic(http.ErrAbortHandler)
		default: // only now all is well, however slowly the test looks
			select {
			case <-told:
			case <-r.Context().Done():
			}
		}
	})
	r := newRig(t, rec.URL)
	r.cfg.Channels[0].Timeout = 4 * time.Second // what the hanging answer costs
	r.start(t)
	r.find(t, life(a, "1", 0)...)
	bustest.Until(t, time.Minute, "trouble in the health", func() bool { return r.check("notifier/ops0").State == obs.Degraded })
	close(told)
	r.quiet(t)
	if diff := cmp.Diff([]string{"opened " + a, "raised " + a, "resolved " + a}, rec.accepted()); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(tries) != 3 || tries[rec.ids[0]] < 7 { // more on a machine too busy to answer in time
		t.Errorf("attempts per id: %v", tries)
	}
	bustest.Until(t, time.Minute, "health again", func() bool { return r.check("notifier/ops0").State == obs.OK })
}

// TestOrderOverRestart stops while the receiver is away: after the next start everything arrives once, in order.
func TestOrderOverRestart(t *testing.T) {
	var away atomic.Bool
	away.Store(true)
	rec := newReceiver(t, func(_ int, _ string, w http.ResponseWriter, _ *http.Request) {
		if away.Load() {
			w.WriteHeader(http.StatusBadGateway)
		}
	})
	r := newRig(t, rec.URL)
	stop := r.start(t)
	r.find(t, life(a, "1", 0)[:2]...)
	bustest.Until(t, time.Minute, "deliveries in the queue", func() bool { return r.count(t, bus.StreamNotify) == 2 })
	stop()
	r.find(t, life(a, "1", 0)[2:]...)
	away.Store(false)
	r.start(t)
	r.quiet(t)
	if diff := cmp.Diff([]string{"opened " + a, "raised " + a, "resolved " + a}, rec.accepted()); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
}

// TestOneBadIncidentHoldsUpNoOther gives up a message that is refused, retries one that fails, and delivers the rest.
func TestOneBadIncidentHoldsUpNoOther(t *testing.T) {
	var refused, failing string
	refused, failing = incident.NewID(start, "trend:00:1:0"), incident.NewID(start.Add(10*time.Minute), "trend:00:11:0")
	rec := newReceiver(t, func(_ int, id string, w http.ResponseWriter, _ *http.Request) {
		switch {
		case strings.HasPrefix(id, refused):
			w.WriteHeader(http.StatusUnprocessableEntity)
		case strings.HasPrefix(id, failing):
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	r := newRig(t, rec.URL)
	r.cfg.MaxAttempts = 4
	r.start(t)
	r.find(t, life(a, "1", 0)[:1]...)
	r.find(t, life(b, "2", 10)[:1]...)
	r.find(t, life("space/volume:c:/", "3", 20)...)
	r.quiet(t)
	if diff := cmp.Diff([]string{"opened space/volume:c:/", "raised space/volume:c:/", "resolved space/volume:c:/"}, rec.accepted()); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
	if n := r.count(t, bus.StreamDeadLetters); n != 2 {
		t.Errorf("%d dead letters, want 2", n)
	}
	r.counted(t, "forewarn_notifier_deliveries_total", "given_up", 2)
}

func TestDeadLetterIsVisible(t *testing.T) {
	rec := newReceiver(t, func(_ int, _ string, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) })
	r := newRig(t, rec.URL)
	r.start(t)
	r.find(t, life(a, "1", 0)[:1]...)
	r.quiet(t)
	bustest.Until(t, time.Minute, "trouble in the health", func() bool { return r.check("notifier/ops0").State == obs.Degraded })
	c := r.check("notifier/ops0")
	if !strings.Contains(c.Message, "channel ops0") || !strings.Contains(c.Message, "the receiver refuses this message") || strings.Contains(c.Message, token) {
		t.Errorf("health: %+v", c)
	}
	s, err := r.bus.JetStream().Stream(t.Context(), bus.StreamDeadLetters)
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.GetLastMsgForSubject(t.Context(), "dlq.notify.ops0")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(fmt.Sprint(m.Header, string(m.Data)), token) {
		t.Error("the dead letter holds a secret")
	}
}

// TestMisconfiguredReceiver: what every message would get says nothing about this one. It is told at once, and the
// message arrives when the receiver is corrected.
func TestMisconfiguredReceiver(t *testing.T) {
	var corrected atomic.Bool
	rec := newReceiver(t, func(_ int, _ string, w http.ResponseWriter, _ *http.Request) {
		if !corrected.Load() {
			w.WriteHeader(http.StatusNotFound)
		}
	})
	r := newRig(t, rec.URL)
	r.start(t)
	r.find(t, life(a, "1", 0)[:1]...)
	bustest.Until(t, time.Minute, "trouble in the health", func() bool {
		return strings.Contains(r.check("notifier/ops0").Message, "check the channel's URL")
	})
	corrected.Store(true)
	r.quiet(t)
	if n := r.count(t, bus.StreamDeadLetters); n != 0 || len(rec.accepted()) != 1 {
		t.Errorf("%d dead letters, accepted %q", n, rec.accepted())
	}
}

// TestPoison moves what is no finding out of the way, and goes on.
func TestPoison(t *testing.T) {
	rec := newReceiver(t, nil)
	r := newRig(t, rec.URL)
	r.start(t)
	for k, bad := range []string{"", "{", `{"schema":99,"id":"x"}`, "\xff\x00", `{"schema":1,"id":"` + strings.Repeat("x", 5000) + `","episode":"e","signal":"s","action":"opened","severity":"info","time":"2026-01-01T00:00:00Z"}`} {
		r.publish(t, fmt.Sprint("poison", k), []byte(bad))
	}
	r.find(t, life(a, "1", 0)[:1]...)
	r.quiet(t)
	if n := r.count(t, bus.StreamDeadLetters); n != 5 {
		t.Errorf("%d dead letters, want 5", n)
	}
	if got := rec.accepted(); len(got) != 1 {
		t.Errorf("received %q", got)
	}
}

// TestUnreadableIncident moves the finding of an incident that nobody can read out of the way, and goes on; a
// receipt that nobody can read holds up no delivery.
func TestUnreadableIncident(t *testing.T) {
	rec := newReceiver(t, nil)
	r := newRig(t, rec.URL)
	kv, err := r.bus.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	damaged, sound := life(a, "1", 0)[0], life(b, "2", 10)[0]
	for _, key := range []string{incident.NewID(damaged.Time, damaged.ID), "receipt." + incident.NewID(sound.Time, sound.ID) + ".ops0"} {
		if _, err := kv.PutString(t.Context(), key, `{"schema":99,`); err != nil {
			t.Fatal(err)
		}
	}
	r.start(t)
	r.find(t, damaged, sound)
	r.quiet(t)
	if diff := cmp.Diff([]string{"opened " + b}, rec.accepted()); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
	if n := r.count(t, bus.StreamDeadLetters); n != 1 {
		t.Errorf("%d dead letters, want 1", n)
	}
}

// TestChannelsOfSeverity tells a channel for criticals only from when it is critical, the end included.
func TestChannelsOfSeverity(t *testing.T) {
	all, night := newReceiver(t, nil), newReceiver(t, nil)
	r := newRig(t, all.URL, night.URL)
	r.cfg.Channels[1].MinSeverity = finding.Critical
	r.start(t)
	r.find(t, life(a, "1", 0)...)
	r.find(t, say(100, finding.Opened, finding.Warning, "2", b))
	r.quiet(t)
	if diff := cmp.Diff([]string{"raised " + a, "resolved " + a}, night.accepted()); diff != "" {
		t.Errorf("night received (-want +got):\n%s", diff)
	}
	if n := len(all.accepted()); n != 4 {
		t.Errorf("all received %d, want 4", n)
	}
}

// TestRemovedChannel drops what nobody will deliver any more.
func TestRemovedChannel(t *testing.T) {
	rec := newReceiver(t, func(_ int, _ string, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	r := newRig(t, rec.URL)
	stop := r.start(t)
	r.find(t, life(a, "1", 0)[:1]...)
	bustest.Until(t, time.Minute, "delivery in the queue", func() bool { return r.count(t, bus.StreamNotify) == 1 })
	stop()
	r.cfg.Channels = nil
	r.start(t)
	bustest.Until(t, time.Minute, "empty queue", func() bool { return r.count(t, bus.StreamNotify) == 0 })
	bustest.Until(t, time.Minute, "word of it in the log", func() bool { return strings.Contains(r.log.String(), "not configured any more") })
}

// value returns how many findings had a result.
func value(t *testing.T, g prometheus.Gatherer, result string) float64 {
	t.Helper()
	return testutil.ToFloat64(counter(t, g, "forewarn_notifier_findings_total", result))
}
