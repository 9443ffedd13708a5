package press_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	build "github.com/forewarn/forewarn/services/notifier/internal/digest"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/press"
	"github.com/forewarn/forewarn/services/notifier/internal/timer"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/digest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock can be set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// office is an install with one team.
type office struct {
	t     *testing.T
	bus   *bus.Bus
	clock *clock
	zone  *time.Location
	// weekday and hour of the digest.
	weekday time.Weekday
	hour    int
	// timers are those of all of its processes.
	timers *timer.Timers
}

func newOffice(t *testing.T, zone string) *office {
	t.Helper()
	z, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return &office{t: t, bus: bustest.New(t), clock: &clock{}, zone: z, weekday: time.Monday, hour: 9, timers: timer.New("digest", zap.NewNop())}
}

// press returns a process' press; p may fail.
func (o *office) press(p press.Print) *press.Press {
	o.t.Helper()
	kv, err := o.bus.KeyValue(o.t.Context(), bus.BucketIncident)
	if err != nil {
		o.t.Fatal(err)
	}
	return press.New(press.Settings{
		KV: kv, JS: o.bus.JetStream(), Logger: zap.NewNop(), Timers: o.timers, Print: p, Now: o.clock.Now,
		Claim: 2 * time.Second, Sent: func(digest.Span, bool) {}, Overflow: func(_ context.Context, _ *delivery.Delivery, err error) error { return err },
		Subscriptions: []press.Subscription{{
			Team: "erp", Schedule: build.Schedule{Zone: o.zone, Weekday: o.weekday, Hour: o.hour}, Channels: []string{"ops", "mail"}, To: []string{"li.wei"}, Monthly: true,
		}},
	})
}

// printed names the edition, and says whether it is late.
func printed(_ context.Context, team string, e build.Edition, _ time.Time, late bool) (*message.Document, error) {
	return &message.Document{Subject: fmt.Sprintf("%s %s late=%v", team, e.ID, late)}, nil
}

// queued returns the subjects of the documents that wait for a channel, in their order.
func (o *office) queued(channel string) []string {
	o.t.Helper()
	stream, err := o.bus.JetStream().Stream(o.t.Context(), bus.StreamNotify)
	if err != nil {
		o.t.Fatal(err)
	}
	var out []string
	for seq := uint64(1); ; {
		msg, err := stream.GetMsg(o.t.Context(), seq, jetstream.WithGetMsgSubject(delivery.Subject(channel)))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return out
		}
		if err != nil {
			o.t.Fatal(err)
		}
		d, err := delivery.Decode(msg.Data)
		if err != nil {
			o.t.Fatal(err)
		}
		if want := "digest.erp."; d.ID()[:len(want)] != want || !slices.Equal(d.Document.To, []string{"li.wei"}) {
			o.t.Errorf("delivery %s to %v", d.ID(), d.Document.To)
		}
		out = append(out, d.Document.Content.Subject)
		seq = msg.Sequence + 1
	}
}

func (o *office) want(what ...string) {
	o.t.Helper()
	for _, channel := range []string{"ops", "mail"} {
		if diff := cmp.Diff(what, o.queued(channel)); diff != "" {
			o.t.Errorf("queue of %s (-want +got):\n%s", channel, diff)
		}
	}
}

// sweep is what a process does at its start and every minute. That another is at it is said, and no fault.
func (o *office) sweep(p *press.Press) {
	o.t.Helper()
	if err := p.Sweep(o.t.Context(), nil); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) at(text string) {
	o.t.Helper()
	t, err := time.ParseInLocation("2006-01-02 15:04:05", text, o.zone)
	if err != nil {
		o.t.Fatal(err)
	}
	o.clock.set(t)
}

// TestOnce: nothing of the time before the first start, then every week and month once, whoever sweeps how often.
func TestOnce(t *testing.T) {
	o := newOffice(t, "Asia/Shanghai")
	a, b := o.press(printed), o.press(printed)
	for _, at := range []string{"2026-11-19 12:00:00", "2026-11-23 08:59:59", "2026-11-23 09:00:00", "2026-11-23 09:00:01", "2026-11-24 00:00:00", "2026-12-01 09:00:00"} {
		o.at(at)
		o.sweep(a)
		o.sweep(b)
		o.sweep(o.press(printed)) // another one, just started
	}
	o.want("erp 2026-W48 late=false", "erp 2026-W49 late=true", "erp 2026-11 late=false")
	if diff := cmp.Diff(map[string]bool{"erp_week": true, "erp_month": true}, o.timers.Pending()); diff != "" {
		t.Errorf("timers of what comes next (-want +got):\n%s", diff)
	}
}

// TestMissedHour: what was due while nobody ran is sent late, and only the newest.
func TestMissedHour(t *testing.T) {
	o := newOffice(t, "Asia/Shanghai")
	o.at("2026-11-19 12:00:00")
	o.sweep(o.press(printed))
	o.at("2026-12-08 15:00:00")
	o.sweep(o.press(printed))
	o.want("erp 2026-W50 late=true", "erp 2026-11 late=true")
}

// TestClocksThatChange: what is due at an hour that the clocks of that day skip comes once, at the first moment after; at one that they
// show twice it comes once, the first time. Processes that start at any moment around it change nothing.
func TestClocksThatChange(t *testing.T) {
	for _, c := range []struct {
		zone       string
		hour       int
		from, till string // UTC
		first      string // at which it comes, UTC
		want       []string
	}{
		{"Europe/Berlin", 2, "2026-03-28T23:00:00Z", "2026-03-29T03:00:00Z", "2026-03-29T01:00:00Z", []string{"erp 2026-W13 late=false"}}, // 02:00 is 03:00
		{"Europe/Berlin", 2, "2026-10-24T22:00:00Z", "2026-10-25T03:00:00Z", "2026-10-25T00:00:00Z", []string{"erp 2026-W43 late=false"}}, // 02:00 comes twice
		{
			"America/New_York", 1, "2026-11-01T03:00:00Z", "2026-11-01T08:00:00Z", "2026-11-01T05:00:00Z", // 01:00 comes twice, on the first of a month
			[]string{"erp 2026-W44 late=false", "erp 2026-10 late=false"},
		},
	} {
		o := newOffice(t, c.zone)
		o.weekday, o.hour = time.Sunday, c.hour
		moment := func(text string) time.Time {
			at, err := time.Parse(time.RFC3339, text)
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
		came := time.Time{}
		for now := moment(c.from); now.Before(moment(c.till)); now = now.Add(10 * time.Minute) {
			o.clock.set(now)
			o.sweep(o.press(printed))
			if came.IsZero() && o.queued("ops") != nil {
				came = now
			}
		}
		o.want(c.want...)
		if !came.Equal(moment(c.first)) {
			t.Errorf("%s: came at %v, want %s", c.zone, came, c.first)
		}
	}
}

// TestDiesWhilePrinting: a process that dies in the middle leaves a claim that ends by itself; another one sends then, and what the
// first had queued already is not queued again.
func TestDiesWhilePrinting(t *testing.T) {
	o := newOffice(t, "Asia/Shanghai")
	o.at("2026-11-19 12:00:00")
	o.sweep(o.press(printed))
	o.at("2026-11-23 09:00:00")
	ctx, kill := context.WithCancel(t.Context())
	dying := o.press(func(context.Context, string, build.Edition, time.Time, bool) (*message.Document, error) {
		doc := &message.Document{Subject: "erp 2026-W48 late=false"}
		d := &delivery.Delivery{Channel: "ops", Reason: delivery.ReasonDocument, Document: &delivery.Document{ID: "digest.erp.2026-W48", To: []string{"li.wei"}, Content: *doc}}
		if err := delivery.Enqueue(ctx, o.bus.JetStream(), d); err != nil {
			t.Error(err)
		}
		kill() // it has queued one of two, and says no more
		return nil, ctx.Err()
	})
	if err := dying.Sweep(ctx, nil); err == nil {
		t.Fatal("nothing went wrong")
	}
	other := o.press(printed)
	o.sweep(other)
	if got := o.queued("mail"); got != nil {
		t.Errorf("the claim of a process that may still be at it is passed over: %v", got)
	}
	bustest.Until(t, 50*time.Second, "the digest", func() bool { o.sweep(other); return len(o.queued("mail")) > 0 })
	o.want("erp 2026-W48 late=false")
}

// TestTwoAtTheSameSecond: two processes whose timers fire at once send it once, and each returns nil in the end.
func TestTwoAtTheSameSecond(t *testing.T) {
	o := newOffice(t, "Asia/Shanghai")
	o.at("2026-11-19 12:00:00")
	o.sweep(o.press(printed))
	o.at("2026-11-23 09:00:00")
	var wg sync.WaitGroup
	for range 8 {
		p := o.press(printed)
		wg.Go(func() {
			bustest.Eventually(t, 20*time.Second, func() error { return p.Fire(t.Context(), []timer.Due{{Key: "erp_week"}}) })
		})
	}
	wg.Wait()
	o.want("erp 2026-W48 late=false")
}

// TestTimerFires: a digest that is due in a moment comes by itself.
func TestTimerFires(t *testing.T) {
	o := newOffice(t, "UTC")
	o.at("2026-11-19 12:00:00")
	ctx, cancel := context.WithCancel(t.Context())
	p := o.press(printed)
	o.sweep(p)
	o.at("2026-11-23 09:00:00")
	o.timers.Set("erp_week", time.Now().Add(50*time.Millisecond), nil)
	ended := make(chan error, 1)
	go func() { ended <- o.timers.Run(ctx, p) }()
	bustest.Until(t, 20*time.Second, "the digest", func() bool { return len(o.queued("mail")) > 0 })
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	o.want("erp 2026-W48 late=false")
}

// TestCannotBePrinted: which digest fails and why is said until it is sent.
func TestCannotBePrinted(t *testing.T) {
	o := newOffice(t, "UTC")
	o.at("2026-11-19 12:00:00")
	o.sweep(o.press(printed))
	o.at("2026-11-23 09:00:00")
	var well atomic.Bool
	var said atomic.Value
	o.timers.Trouble = func(message string) { said.Store(message) }
	p := o.press(func(ctx context.Context, team string, e build.Edition, now time.Time, late bool) (*message.Document, error) {
		if !well.Load() {
			return nil, errors.New("no letters")
		}
		return printed(ctx, team, e, now, late)
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- o.timers.Run(ctx, p) }()
	bustest.Until(t, 20*time.Second, "trouble", func() bool {
		text, _ := said.Load().(string)
		return strings.Contains(text, ": send digest.erp.2026-W48: no letters; see to what the error names")
	})
	well.Store(true)
	bustest.Until(t, 40*time.Second, "the digest, and no trouble", func() bool { return said.Load() == "" && len(o.queued("mail")) > 0 })
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	o.want("erp 2026-W48 late=false")
}

// TestTooLarge: what does not fit into a message of the bus goes without its files.
func TestTooLarge(t *testing.T) {
	o := newOffice(t, "UTC")
	o.at("2026-11-19 12:00:00")
	p := o.press(func(context.Context, string, build.Edition, time.Time, bool) (*message.Document, error) {
		return &message.Document{
			Subject: "large", HTML: `<img src="cid:figure1" alt="x">`, Images: []message.Image{{ID: "figure1", PNG: make([]byte, 600<<10)}},
			Files: []message.File{{Name: "x.pdf", Data: make([]byte, 2<<20)}},
		}, nil
	})
	o.sweep(p)
	o.at("2026-11-23 09:00:00")
	o.sweep(p)
	o.want("large")
}

// FuzzDecode: whatever is accepted has an id that can be a key, and can be written again.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"schema":1,"channel":"ops","reason":"document","document":{"id":"digest.erp.2026-W48","content":{"Subject":"x"}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := delivery.Decode(data)
		if err != nil || d.Document == nil {
			return
		}
		if _, err := json.Marshal(d); err != nil {
			t.Error(err)
		}
	})
}
