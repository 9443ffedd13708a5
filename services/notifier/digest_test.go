package notifier_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/services/notifier/internal/route"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/selector"
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
	cfg.Teams = []notifier.TeamConfig{{
		Team:   route.Team{Name: "erp", Owns: []selector.Selector{selector.MustParse(`host=~"erp-.*"`)}, Language: i18n.Chinese, Timezone: "Asia/Shanghai"},
		Digest: notifier.DigestConfig{Weekday: "monday", Hour: &hour, Channels: []string{"ops"}},
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
	slices.Sort(ids) // a week and a month of one time come in any order
	want := "digest.erp.2026-11.ops digest.erp.2026-W48.ops digest.erp.2026-W49.ops"
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
	wrong := notifier.DigestConfig{Weekday: "someday", Hour: &hour, Channels: []string{"x"}, To: []string{"li.wei"}}
	cfg.Digest = notifier.WholeDigest{DigestConfig: wrong, Language: "fr", Timezone: "Mars/Base"}
	cfg.Digest.To = []string{"team"} // of which?
	cfg.Teams = append(cfg.Teams, notifier.TeamConfig{Team: route.Team{Name: "all", Language: "fr", Timezone: "Mars/Base"}, Digest: wrong})
	cfg.Teams[0].Digest = notifier.DigestConfig{To: []string{"team"}}
	cfg.Teams[0].Owns = append(cfg.Teams[0].Owns, selector.MustParse(`severity="critical"`))
	err := cfg.Validate()
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	for _, key := range []string{
		"digest.weekday", "digest.hour", "digest.channels", "digest.to", "digest.language", "digest.timezone", "teams[0].digest.channels", "teams[0].digest.to",
		"teams[0].owns[1]", "teams[1].name", "teams[1].owns", "teams[1].language", "teams[1].timezone", "teams[1].digest.weekday", "teams[1].digest.hour",
		"teams[1].digest.channels", "teams[1].digest.to",
	} {
		if !strings.Contains("\n"+err.Error(), "\n"+key+": ") {
			t.Errorf("no word of %s in %v", key, err)
		}
	}
}

// TestDigestByPhone: a channel that would refuse every digest is refused before the first is due.
func TestDigestByPhone(t *testing.T) {
	cfg := digestConfig("http://127.0.0.1:1/")
	for _, typ := range []string{notifier.TypeSMS, notifier.TypeVoice, notifier.TypeAlertmanager} {
		cfg.Channels = append(cfg.Channels, notifier.ChannelConfig{Name: "by-" + typ, Type: typ})
		cfg.Digest.Channels = append(cfg.Digest.Channels, "by-"+typ)
		cfg.Teams[0].Digest.Channels = append(cfg.Teams[0].Digest.Channels, "by-"+typ)
	}
	err := cfg.Validate()
	for _, name := range cfg.Digest.Channels[len(cfg.Digest.Channels)-3:] {
		for _, at := range []string{"digest", "teams[0].digest"} {
			if err == nil || !strings.Contains("\n"+err.Error(), fmt.Sprintf("\n%s.channels: %q is of type", at, name)) {
				t.Errorf("no word of %s of %s in %v", name, at, err)
			}
		}
	}
}

// TestDigestsHaveMoved: whoever writes digests as they were written is told how to write them now.
func TestDigestsHaveMoved(t *testing.T) {
	cfg := notifier.DefaultConfig()
	err := config.Load([]byte("notifier:\n  digests: [{name: erp, match: ['host=~\"erp-.*\"']}]\n"), nil, config.Section{Name: "notifier", Into: &cfg})
	if err == nil || !strings.Contains(err.Error(), "notifier.digests: a digest belongs to a team now") {
		t.Error(err)
	}
}

// TestDigestReaders: a digest is for people, for teams, and for the team's own members, each once; everybody's is of no team.
func TestDigestReaders(t *testing.T) {
	cfg := notifier.DefaultConfig()
	text := `
notifier:
  people: [{name: li.wei, mail: li@example.com}, {name: chen}]
  channels: [{name: post, type: mail, server: "smtp.example.com:587", from: f@example.com}]
  teams:
    - {name: erp, members: [li.wei, chen], owns: ['root="host:erp-*"'], digest: {channels: [post], to: [team, li.wei, dba]}}
    - {name: dba, members: [li.wei], owns: ['type="database"']}
  digest: {language: zh-CN, timezone: Asia/Shanghai, weekday: friday, hour: 17, monthly: false, channels: [post], to: [dba]}
`
	if err := config.Load([]byte(text), nil, config.Section{Name: "notifier", Into: &cfg}); err != nil {
		t.Fatal(err)
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	gaps := notifier.Gaps(cfg)
	if len(gaps) != 1 || !strings.Contains(gaps[0].En, "teams[0].digest: channel post has no address of chen") {
		t.Errorf("gaps: %v", gaps)
	}
}

// TestDigestOfEverything: it is sent beside those of teams, who take from it what they leave out of language and time.
func TestDigestOfEverything(t *testing.T) {
	b, m := bustest.New(t), newMailbox(t)
	cfg := digestConfig(m.URL)
	cfg.Teams[0].Language, cfg.Teams[0].Timezone = "", ""
	cfg.Teams[0].Digest = notifier.DigestConfig{Channels: []string{"ops"}}
	hour := 17
	cfg.Digest = notifier.WholeDigest{
		Language: i18n.Chinese, Timezone: "Asia/Shanghai", DigestConfig: notifier.DigestConfig{Weekday: "friday", Hour: &hour, Monthly: new(bool), Channels: []string{"ops"}},
	}
	now := time.Date(2026, 11, 19, 4, 0, 0, 0, time.UTC)
	stop := runNotifier(t, cfg, notifier.Settings{Bus: b, Now: func() time.Time { return now }})
	bustest.Until(t, 20*time.Second, "the first start", func() bool { return kept(t, b, "digest.all.week") && kept(t, b, "digest.erp.week") })
	stop()
	now = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC) // Friday, 17:00 in Shanghai
	defer runNotifier(t, cfg, notifier.Settings{Bus: b, Now: func() time.Time { return now }})()
	bustest.Until(t, 20*time.Second, "both", func() bool { return len(m.all()) >= 2 })
	titles := map[string]string{}
	for _, p := range m.all() {
		titles[p.Delivery], _, _ = strings.Cut(p.Title, "：")
	}
	want := map[string]string{"digest.all.2026-W47.ops": "2026年第47周风险周报", "digest.erp.2026-W47.ops": "2026年第47周风险周报"}
	if diff := cmp.Diff(want, titles); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
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
