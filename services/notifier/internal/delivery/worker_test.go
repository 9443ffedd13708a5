package delivery_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// peer is a channel that answers as it is told, by the version of the incident, and notes what it was given.
type peer struct {
	mu       sync.Mutex
	answers  map[int]answer
	previous map[int]string
	shown    []string // template's text and picture of each message
}

type answer struct {
	sent delivery.Sent
	err  error
}

func (p *peer) Send(_ context.Context, m delivery.Message) (delivery.Sent, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.previous[m.Incident.Version] = m.Previous
	p.shown = append(p.shown, m.Text.Body+string(m.Picture))
	a := p.answers[m.Incident.Version]
	return a.sent, a.err
}

// run delivers versions of one incident until the last is settled, and returns what the worker said was the matter.
func run(t *testing.T, b *bus.Bus, p *peer, versions ...int) (troubles []string) {
	t.Helper()
	return runWith(t, b, p, func(*delivery.Worker) {}, versions...)
}

// runWith is run with a worker that is changed first.
func runWith(t *testing.T, b *bus.Bus, p *peer, change func(*delivery.Worker), versions ...int) (troubles []string) {
	t.Helper()
	kv, err := b.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	w := &delivery.Worker{
		Name: "ops", Channel: p, Bus: b, Store: incident.NewStore(kv), Logger: zap.NewNop(), Timeout: time.Second, PerMinute: 60_000,
		Retry:   delivery.Retry{Min: time.Millisecond, Max: time.Millisecond, GiveUpAfter: time.Hour},
		Observe: func(delivery.Result, time.Duration) {}, Pending: func(int) {},
		Trouble: func(text string) { troubles = append(troubles, text) },
	}
	change(w)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	const id = "01KFYV8M40AAAAAAAAAAAAAAAA"
	for _, v := range versions {
		d := &delivery.Delivery{Channel: "ops", Reason: incident.ReasonRaised, Incident: incident.Incident{
			Schema: incident.SchemaVersion, ID: id, State: incident.Open, Version: v, Severity: finding.Critical, Worst: finding.Critical,
		}}
		if err := delivery.Enqueue(ctx, b.JetStream(), d); err != nil {
			t.Fatal(err)
		}
		bustest.Until(t, time.Minute, "the receipt", func() bool {
			r, err := w.Store.Receipt(ctx, id, "ops")
			return err == nil && r.Version == v
		})
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	return troubles
}

// TestReference: what a peer called the message before is given back, also by the next process, and is not lost when a
// message in between had no name or was given up.
func TestReference(t *testing.T) {
	p := &peer{previous: map[int]string{}, answers: map[int]answer{
		1: {sent: delivery.Sent{Ref: "om_1"}}, 3: {err: &delivery.Error{Permanent: true, What: "no"}}, 4: {sent: delivery.Sent{Ref: "om_2"}},
	}}
	b := bustest.New(t)
	run(t, b, p, 1, 2, 3)
	run(t, b, p, 4, 5)
	if diff := cmp.Diff(map[int]string{1: "", 2: "om_1", 3: "om_1", 4: "om_1", 5: "om_2"}, p.previous); diff != "" {
		t.Errorf("previous (-want +got):\n%s", diff)
	}
}

// TestMissed: people who were not reached by a message that was accepted are told of by the channel's health.
func TestMissed(t *testing.T) {
	p := &peer{previous: map[int]string{}, answers: map[int]answer{1: {sent: delivery.Sent{Missed: "li.wei is not known"}}}}
	if diff := cmp.Diff([]string{"", "li.wei is not known", ""}, run(t, bustest.New(t), p, 1, 2)); diff != "" {
		t.Errorf("troubles (-want +got):\n%s", diff)
	}
}

// TestForm: a message has the form of the channel's template and its picture; where the template fails, people get the message that
// is built in, and somebody hears of it.
func TestForm(t *testing.T) {
	form, err := message.ParseTemplate("template", `{{if eq .Severity "critical"}}{{slice .ID 0 4}}{{index .Why (len .Signal)}}{{end}}`, message.Escape)
	if err == nil {
		t.Fatal("a template that fails for some samples is accepted")
	}
	if form, err = message.ParseTemplate("template", `{{if not .Title}}{{if .Unit}}{{else}}{{slice .Entity 9}}{{end}}{{end}}`, message.Escape); err == nil {
		t.Fatal("a template that fails for the poor samples is accepted")
	}
	if form, err = message.ParseTemplate("template", `{{.Severity}} `+"{{if eq .ID \"01KFYV8M40AAAAAAAAAAAAAAAA\"}}{{if eq .Signal \"\"}}{{slice .Signal 1}}{{end}}{{end}}", message.Escape); err != nil {
		t.Fatal(err)
	}
	p, fallbacks := &peer{previous: map[int]string{}}, 0
	troubles := runWith(t, bustest.New(t), p, func(w *delivery.Worker) {
		w.Template, w.Fallback = form, func() { fallbacks++ }
		w.Picture = func(context.Context, *delivery.Message, message.Reader) []byte { return []byte("png") }
	}, 1)
	if fallbacks != 1 || len(p.shown) != 1 || p.shown[0] != "png" || !strings.Contains(strings.Join(troubles, ""), "template failed") {
		t.Errorf("%d fallbacks, shown %q, troubles %q", fallbacks, p.shown, troubles)
	}
}
