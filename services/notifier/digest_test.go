package notifier_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/signal"
)

// mailbox is a webhook's other end that keeps documents.
type mailbox struct {
	*httptest.Server
	mu  sync.Mutex
	got []posted
}

type posted struct {
	Delivery, Event, Title, Text string
}

func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	m := &mailbox{}
	m.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		var p posted
		if err != nil || json.Unmarshal(data, &p) != nil {
			return
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.got = append(m.got, p)
	}))
	t.Cleanup(m.Close)
	return m
}

func (m *mailbox) all() []posted {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]posted(nil), m.got...)
}

func digestConfig(url string) notifier.Config {
	cfg := notifier.DefaultConfig()
	cfg.ConsoleURL = "https://forewarn.example"
	cfg.Channels = []notifier.ChannelConfig{{Name: "ops", Type: notifier.TypeWebhook, URL: config.Secret(url)}}
	hour := 9
	cfg.Digests = []notifier.DigestConfig{{
		Name: "erp", Match: []string{`host=~"erp-.*"`}, Language: i18n.Chinese, Timezone: "Asia/Shanghai", Weekday: "monday", Hour: &hour, Channels: []string{"ops"},
	}}
	return cfg
}

// TestDigestIsSentOnce: restarted at the second at which it is due, and again, by processes one after the other, it comes once.
func TestDigestIsSentOnce(t *testing.T) {
	b, m := bustest.New(t), newMailbox(t)
	catalogue, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) func() time.Time {
		now, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return func() time.Time { return now }
	}
	settings := func(now func() time.Time) notifier.Settings {
		return notifier.Settings{Bus: b, Catalogue: catalogue, Now: now}
	}
	until := func(n int) func() bool { return func() bool { return len(m.all()) >= n } }

	stop := runNotifier(t, digestConfig(m.URL), settings(at("2026-11-19T04:00:00Z")))
	bustest.Until(t, 20*time.Second, "the first start", func() bool { return kept(t, b, "digest.erp.month") })
	stop()
	for range 3 {
		stop := runNotifier(t, digestConfig(m.URL), settings(at("2026-11-23T01:00:00Z")))
		bustest.Until(t, 20*time.Second, "the digest", until(1))
		stop()
	}
	stop = runNotifier(t, digestConfig(m.URL), settings(at("2026-12-02T05:00:00Z"))) // two were missed
	bustest.Until(t, 20*time.Second, "what was missed", until(3))
	stop()
	var ids []string
	for _, p := range m.all() {
		ids = append(ids, p.Delivery)
		if p.Event != "document" || !strings.Contains(p.Text, "团队 erp") || !strings.Contains(p.Text, "https://forewarn.example/") {
			t.Errorf("posted %+v", p)
		}
		if late := strings.Contains(p.Text, "迟到"); late != (p.Delivery != "digest.erp.2026-W48.ops") {
			t.Errorf("%s says that it is late: %v", p.Delivery, late)
		}
	}
	want := "digest.erp.2026-W48.ops digest.erp.2026-W49.ops digest.erp.2026-11.ops"
	if got := strings.Join(ids, " "); got != want {
		t.Errorf("sent %s, want %s", got, want)
	}
}

func kept(t *testing.T, b *bus.Bus, key string) bool {
	t.Helper()
	kv, err := b.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	_, err = kv.Get(t.Context(), key)
	return err == nil
}

// TestDigestIsAnswered: in every form, for a team or everybody, of a week or a month; nonsense is refused in words.
func TestDigestIsAnswered(t *testing.T) {
	b := bustest.New(t)
	stop := runNotifier(t, digestConfig("http://127.0.0.1:1/"), notifier.Settings{Bus: b})
	defer stop()
	ask := func(q digest.Request) (r digest.Reply) {
		t.Helper()
		data, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		bustest.Eventually(t, 20*time.Second, func() error {
			answer, err := b.Query(t.Context(), digest.Keeper, 0, data)
			if err == nil {
				err = json.Unmarshal(answer, &r)
			}
			return err
		})
		return r
	}
	for _, f := range digest.Forms() {
		r := ask(digest.Request{Team: "erp", Form: f})
		if f == digest.JSON && (r.Digest == nil || r.Digest.Team != "erp") || f != digest.JSON && len(r.Document) == 0 {
			t.Errorf("%s: %+v", f, r)
		}
	}
	if p := ask(digest.Request{Team: "erp"}).Paper; p == nil || p.Language != "zh-CN" || len(p.Lead) != 3 {
		t.Errorf("paper %+v", p)
	}
	if p := ask(digest.Request{Month: "2026-01", Language: i18n.Chinese, Timezone: "Asia/Tokyo"}).Paper; p == nil || p.Title != "2026年1月运维月报" || !strings.Contains(p.Subtitle, "JST") {
		t.Errorf("report %+v", p)
	}
	for _, q := range []digest.Request{{Team: "nobody"}, {Week: "2026-W60"}, {Week: "2999-W01"}, {Month: "2026-13"}, {Week: "2026-W01", Month: "2026-01"}, {Timezone: "Mars/Base"}} {
		if r := ask(q); r.Refusal == "" || r.Paper != nil {
			t.Errorf("%+v: %+v", q, r)
		}
	}
}

// TestDigestConfig: all that is wrong is told, by key.
func TestDigestConfig(t *testing.T) {
	cfg := digestConfig("http://127.0.0.1:1/")
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	hour := 24
	cfg.Digests = append(cfg.Digests, notifier.DigestConfig{
		Name: "erp", Match: []string{"host"}, Language: "fr", Timezone: "Mars/Base", Weekday: "someday", Hour: &hour, Channels: []string{"x"}, To: []string{"li.wei"},
	})
	err := cfg.Validate()
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	for _, key := range []string{"name", "match", "language", "timezone", "weekday", "hour", "channels", "to"} {
		if !strings.Contains(err.Error(), "digests[1]."+key+": ") {
			t.Errorf("no word of %s in %v", key, err)
		}
	}
}

// runNotifier runs a notifier; what it returns ends it and waits.
func runNotifier(t *testing.T, cfg notifier.Config, s notifier.Settings) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- notifier.Run(ctx, cfg, s) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
