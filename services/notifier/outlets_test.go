package notifier_test

import (
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/services/notifier/internal/gateway"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/obs"
)

// TestNothingPersonalIsStored: after deliveries, refused ones among them, neither number nor secret lies in the store of the bus.
func TestNothingPersonalIsStored(t *testing.T) {
	const number, own, secret = "+8613812345678", "+85298765432", "a-secret-of-the-gateway"
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"code":"refused `+number+" "+own+" "+secret+`"}`) //nolint:errcheck // the deliveries tell
	}))
	t.Cleanup(srv.Close)
	dir := t.TempDir()
	r := &rig{bus: bustest.Open(t, dir, bus.Settings{}), cfg: notifier.DefaultConfig()}
	r.cfg.RetryMin, r.cfg.RetryMax, r.cfg.MaxAttempts = 10*time.Millisecond, 20*time.Millisecond, 2
	r.cfg.People = []person.Person{{Name: "li.wei", Phone: number, Mail: "li.wei@example.com"}}
	r.cfg.Channels = []notifier.ChannelConfig{{
		Name: "sms", Type: notifier.TypeGateway, URL: config.Secret(srv.URL + "/" + token), Secret: secret, To: []config.Secret{number, own}, RatePerMinute: 60_000,
		Gateway: gateway.Options{Body: map[string]any{"to": "{{to}}", "key": "{{secret}}"}, SuccessPath: "code", SuccessValues: []string{"0"}},
	}}
	if err := r.cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	stop := r.start(t)
	r.find(t, life(a, "e1", 0)...)
	r.quiet(t)
	stop()
	if letters, err := r.bus.DeadLetters(t.Context(), 10); err != nil || len(letters) == 0 {
		t.Fatalf("%d dead letters, %v; want those that were refused", len(letters), err)
	}
	if err := r.bus.Close(); err != nil { // so that all is written
		t.Fatal(err)
	}
	found := false
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		found = found || strings.Contains(string(data), "the gateway answered code")
		for _, s := range []string{number, number[1:], number[3:], own[1:], "98765432", secret, token, "li.wei@example.com"} {
			if strings.Contains(string(data), s) {
				t.Errorf("%s holds %q", path, s)
			}
		}
		return err
	})
	if err != nil || !found {
		t.Errorf("nothing is found of what is known to be there, %v", err)
	}
	if log := r.log.String(); strings.Contains(log, number[3:]) || strings.Contains(log, secret) {
		t.Errorf("the log holds a number or a secret:\n%s", log)
	}
}

// TestAlarm: what a channel gives up is told by another one, once in a while, and not about the teller itself.
func TestAlarm(t *testing.T) {
	bad := newReceiver(t, func(_ int, _ string, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) })
	good := newReceiver(t, nil)
	r := newRig(t, bad.URL, good.URL)
	r.cfg.AlarmChannel = "ops1"
	r.cfg.Channels[1].MinSeverity = finding.Critical
	stop := r.start(t)
	bustest.Until(t, time.Minute, "channels well", func() bool {
		return r.check("notifier/ops0").State == obs.OK && r.check("notifier/ops1").State == obs.OK
	})
	r.find(t, say(0, finding.Opened, finding.Warning, "e1", a), say(0, finding.Opened, finding.Warning, "e2", b))
	r.quiet(t)
	bustest.Until(t, time.Minute, "an alarm", func() bool { return len(good.accepted()) > 0 })
	r.quiet(t)
	stop()
	if got := good.accepted(); len(got) != 1 || !strings.HasPrefix(got[0], "undelivered ") {
		t.Errorf("told by the other channel: %v", got)
	}
	if id := good.ids[0]; !strings.HasSuffix(id, ".1.ops1.undelivered-by-ops0") {
		t.Errorf("the alarm is called %s", id)
	}
	if log := r.log.String(); strings.Count(log, "told by another channel") != 1 {
		t.Errorf("the log:\n%s", log)
	}
}

// TestHeartbeat beats while all is well, and not otherwise.
func TestHeartbeat(t *testing.T) {
	var beats atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/ping/"+token {
			t.Errorf("%s %s", r.Method, r.URL.Path)
		}
		beats.Add(1)
	}))
	t.Cleanup(srv.Close)
	down := newReceiver(t, func(_ int, _ string, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	r := newRig(t, down.URL)
	r.cfg.Heartbeat = notifier.HeartbeatConfig{URL: config.Secret(srv.URL + "/ping/" + token), Interval: 10 * time.Second, Method: http.MethodPost}
	stop := r.start(t)
	bustest.Until(t, time.Minute, "a heartbeat", func() bool { return beats.Load() > 0 })
	r.find(t, say(0, finding.Opened, finding.Warning, "e1", a))
	bustest.Until(t, time.Minute, "a channel in trouble", func() bool { return r.check("notifier/ops0").State == obs.Degraded })
	before := beats.Load()
	bustest.Until(t, time.Minute, "a heartbeat left out", func() bool { return strings.Contains(r.log.String(), `"no heartbeat","because":"notifier/ops0"`) })
	if after := beats.Load(); after != before {
		t.Errorf("%d heartbeats while a channel is in trouble", after-before)
	}
	stop()
	if r.check("notifier/heartbeat").State != obs.OK {
		t.Errorf("check: %+v", r.check("notifier/heartbeat"))
	}
}

// TestOpenAlertsAreRepeated: a start tells an Alertmanager again of what it was told before and is still open.
func TestOpenAlertsAreRepeated(t *testing.T) {
	var posts atomic.Int64
	var labels atomic.Value
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var alerts []struct{ Labels map[string]string }
		if err := json.NewDecoder(r.Body).Decode(&alerts); err != nil || r.URL.Path != "/am/api/v2/alerts" || len(alerts) == 0 {
			t.Errorf("%s: %v, %v", r.URL.Path, alerts, err)
			return
		}
		labels.Store(alerts[0].Labels["incident"])
		posts.Add(1)
	}))
	t.Cleanup(srv.Close)
	r := newRig(t)
	r.cfg.Channels = []notifier.ChannelConfig{{Name: "am", Type: notifier.TypeAlertmanager, URL: config.Secret(srv.URL + "/am")}}
	stop := r.start(t)
	r.find(t, say(0, finding.Opened, finding.Warning, "e1", a))
	r.quiet(t)
	stop()
	if n := posts.Load(); n != 1 {
		t.Fatalf("%d posts, want the one of the opening", n)
	}
	first := labels.Load()
	stop = r.start(t)
	bustest.Until(t, time.Minute, "a repeat", func() bool { return posts.Load() > 1 })
	stop()
	if labels.Load() != first {
		t.Errorf("the repeat is of incident %v, not %v", labels.Load(), first)
	}
}

// TestTry sends a message that says that it is a test, and tells what the receiver answered without a secret.
func TestTry(t *testing.T) {
	good := newReceiver(t, nil)
	bad := newReceiver(t, func(_ int, _ string, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	cfg := notifier.DefaultConfig()
	for name, url := range map[string]string{"good": good.URL, "bad": bad.URL} {
		cfg.Channels = append(cfg.Channels, notifier.ChannelConfig{Name: name, Type: notifier.TypeWebhook, URL: config.Secret(url + "/" + token)})
	}
	cfg.People = []person.Person{{Name: "li.wei"}}
	got, err := notifier.Try(t.Context(), cfg, "good", "li.wei")
	if err != nil || got.What != "" || got.Type != notifier.TypeWebhook {
		t.Errorf("%+v, %v", got, err)
	}
	if events := good.accepted(); len(events) != 1 || !strings.HasPrefix(events[0], string(incident.ReasonTest)) {
		t.Errorf("received: %v", events)
	}
	got, err = notifier.Try(t.Context(), cfg, "bad", "")
	if err != nil || !strings.Contains(got.What, "403") || got.Remedy == "" || strings.Contains(got.What, token) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := notifier.Try(t.Context(), cfg, "none", ""); err == nil || !strings.Contains(err.Error(), "good") {
		t.Errorf("no such channel: %v", err)
	}
	if _, err := notifier.Try(t.Context(), cfg, "good", "nobody"); err == nil || !strings.Contains(err.Error(), "--to") {
		t.Errorf("no such person: %v", err)
	}
}
