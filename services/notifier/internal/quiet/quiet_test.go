package quiet_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.yaml.in/yaml/v3"

	"github.com/forewarn/forewarn/services/notifier/internal/quiet"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/selector"
	"github.com/forewarn/forewarn/shared/silence"
	"github.com/forewarn/forewarn/shared/topology"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start is a Saturday, 12:00 in Shanghai.
var start = time.Date(2026, 1, 31, 4, 0, 0, 0, time.UTC)

type desk struct {
	*quiet.Book
	store *incident.Store
	set   quiet.Settings
}

func open(t *testing.T, b *bus.Bus, windows string) *desk {
	t.Helper()
	kv, err := b.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{store: incident.NewStore(kv)}
	d.set = quiet.Settings{KV: kv, Store: d.store, Down: quiet.Down(), Logger: zap.NewNop()}
	if err := yaml.Unmarshal([]byte(windows), &d.set.Windows); err != nil {
		t.Fatal(err)
	}
	if errs := quiet.Problems(d.set.Windows); errs != nil {
		t.Fatal(errs)
	}
	if d.Book, err = quiet.Open(t.Context(), d.set); err != nil {
		t.Fatal(err)
	}
	return d
}

// trouble is an open incident about an outermost entity, with one trouble that is there.
func trouble(kind finding.Kind, typ entity.Type, name string) *incident.Incident {
	e := entity.Outermost(typ, "", name)
	at := start
	return &incident.Incident{
		Schema: 1, ID: incident.NewID(start, string(kind)+name), State: incident.Open, Version: 1, Kind: kind, Signal: "x/" + e.ID, Entity: e,
		Severity: finding.Critical, Worst: finding.Critical, OpenedAt: start, UpdatedAt: start, Episodes: []string{name},
		Marks:    []incident.Mark{{Severity: finding.Critical, Time: start, Trouble: &incident.Trouble{Kind: kind, Signal: "x/" + e.ID, Entity: e, Present: &at}}},
		Places:   (&topology.Graph{}).Listed(e.Root),
		Notified: &incident.Notice{Version: 1, Reason: incident.ReasonOpened},
	}
}

func (d *desk) hold(t *testing.T, i *incident.Incident, at time.Time) string {
	t.Helper()
	h, err := d.Hold(t.Context(), d.store, i, at)
	if err != nil {
		t.Fatal(err)
	}
	if h == nil {
		return ""
	}
	return string(h.By) + " " + h.Why
}

func (d *desk) say(t *testing.T, c silence.Command, now time.Time) silence.Reply {
	t.Helper()
	c.Schema = 1
	request, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	data, err := d.Command(t.Context(), request, now)
	if err != nil {
		t.Fatal(err)
	}
	var r silence.Reply
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func erp(t *testing.T) *silence.Silence {
	t.Helper()
	return &silence.Silence{
		Author: "ana", Comment: "restart", Match: selector.MustParse(`name="erp-*"`), Starts: start, Ends: start.Add(time.Hour),
	}
}

// TestSilence: it holds what it matches from its start to its end, also after a restart, and until somebody ends it.
func TestSilence(t *testing.T) {
	b := bustest.New(t)
	d := open(t, b, "")
	made := d.say(t, silence.Command{Do: silence.Create, Silence: erp(t)}, start)
	if len(made.Silences) != 1 || made.Silences[0].Created != start {
		t.Fatalf("%+v", made)
	}
	id := made.Silences[0].ID
	i, other := trouble(finding.Silence, entity.Host, "erp-01"), trouble(finding.Silence, entity.Host, "db-01")
	for _, d := range []*desk{d, open(t, b, "")} {
		f := func(i *incident.Incident, after time.Duration, want string) {
			t.Helper()
			if got := d.hold(t, i, start.Add(after)); got != want {
				t.Errorf("%s after %v is held by %q, want %q", i.Entity.Name, after, got, want)
			}
		}
		f(i, -time.Second, "")
		f(i, 0, "silence ana: restart")
		f(i, time.Hour, "")
		f(other, 0, "")
	}
	again := *erp(t)
	again.ID = id
	if r := d.say(t, silence.Command{Do: silence.Create, Silence: &again}, start); len(r.Silences) != 1 || !r.Silences[0].Created.Equal(start) {
		t.Errorf("made twice: %+v", r)
	}
	d.say(t, silence.Command{Do: silence.Expire, ID: id, By: "bo"}, start.Add(time.Minute))
	if got := d.hold(t, i, start.Add(2*time.Minute)); got != "" {
		t.Errorf("still held by %q", got)
	}
	if r := d.say(t, silence.Command{Do: silence.List}, start); len(r.Silences) != 1 || r.Silences[0].ExpiredBy != "bo" {
		t.Errorf("listed %+v", r)
	}
	if r := d.say(t, silence.Command{Do: silence.Expire, ID: "01KFYV8M40AAAAAAAAAAAAAAAA"}, start); !r.Missing {
		t.Errorf("ended what there is not: %+v", r)
	}
	bad := erp(t)
	bad.Author = ""
	if r := d.say(t, silence.Command{Do: silence.Create, Silence: bad}, start); !strings.Contains(r.Problem, "author: ") {
		t.Errorf("%+v", r)
	}
	if r := d.say(t, silence.Command{Do: "drop"}, start); !strings.Contains(r.Problem, "do: ") {
		t.Errorf("%+v", r)
	}
}

// TestSilenceOfAPart: an incident is not silenced while something else is in trouble with it that the silence is not about.
func TestSilenceOfAPart(t *testing.T) {
	d := open(t, bustest.New(t), "")
	d.say(t, silence.Command{Do: silence.Create, Silence: erp(t)}, start)
	i, other := trouble(finding.Silence, entity.Host, "erp-01"), trouble(finding.Anomaly, entity.Host, "db-01")
	i.Episodes, i.Marks = append(i.Episodes, "db"), append(i.Marks, other.Marks...)
	if got := d.hold(t, i, start); got != "" {
		t.Errorf("held by %q", got)
	}
	d.Rest(topology.New([]topology.Edge{{From: "host:db-01", Relation: topology.DependsOn, To: "host:erp-01"}}))
	if got := d.hold(t, i, start); got == "" {
		t.Error("what rests on the silenced host is told")
	}
	d.Rest(topology.New(nil))
	i.Marks[1].Ended = true
	if got := d.hold(t, i, start); got == "" {
		t.Error("what is over is still told")
	}
}

func TestMaintenance(t *testing.T) {
	d := open(t, bustest.New(t), `[{name: restart, match: 'name="erp-*"', weekdays: [sat], at: "12:00", duration: 1h, timezone: Asia/Shanghai}]`)
	i := trouble(finding.Silence, entity.Host, "erp-01")
	for after, want := range map[time.Duration]string{-1: "", 0: "maintenance restart", time.Hour - 1: "maintenance restart", time.Hour: ""} {
		if got := d.hold(t, i, start.Add(after)); got != want {
			t.Errorf("after %v held by %q, want %q", after, got, want)
		}
	}
	errs := errors.Join(quiet.Problems([]quiet.Window{{}})...).Error()
	for _, want := range []string{"maintenance[0].name", "maintenance[0].match", "maintenance[0].duration", "maintenance[0].weekdays"} {
		if !strings.Contains("\n"+errs, "\n"+want) {
			t.Errorf("no %q in %s", want, errs)
		}
	}
}

func (d *desk) create(t *testing.T, all ...*incident.Incident) {
	t.Helper()
	for _, i := range all {
		if err := errors.Join(d.store.Create(t.Context(), i), d.store.Index(t.Context(), i), d.store.IndexHeld(t.Context(), i)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDown: what is on a host that is down, or rests on it, is held for as long as the host's incident goes on; not so what is down
// itself, nor two that rest on each other.
func TestDown(t *testing.T) {
	d := open(t, bustest.New(t), "")
	d.Rest(topology.New([]topology.Edge{
		{From: "application:erp", Relation: topology.RunsOn, To: "host:app-01"},
		{From: "host:app-01", Relation: topology.DependsOn, To: "host:db-01"},
		{From: "host:db-01", Relation: topology.DependsOn, To: "host:app-01"},
	}))
	host := trouble(finding.Silence, entity.Host, "app-01")
	d.create(t, host)
	f := func(i *incident.Incident, want string) {
		t.Helper()
		if got := d.hold(t, i, start); got != want {
			t.Errorf("%s is held by %q, want %q", i.Entity.ID, got, want)
		}
	}
	volume := trouble(finding.Exhaustion, entity.Host, "app-01")
	volume.ID = incident.NewID(start, "volume")
	f(volume, "down app-01")
	f(trouble(finding.Log, entity.App, "erp"), "down app-01")
	f(trouble(finding.Log, entity.App, "other"), "")
	f(host, "")
	db := trouble(finding.Silence, entity.Host, "db-01")
	f(db, "down app-01")
	db.Withhold(incident.Hold{By: incident.ByDown, Name: host.ID})
	d.create(t, db)
	f(host, "") // the other one waits for it
	host.Marks[0].Ended = true
	if err := d.store.Update(t.Context(), host); err != nil {
		t.Fatal(err)
	}
	f(volume, "down db-01")
	f(trouble(finding.Log, entity.App, "erp"), "")
}

// TestWatch: what nothing holds any more is said, at the start and when a silence is ended; what each silence held is counted.
func TestWatch(t *testing.T) {
	b := bustest.New(t)
	d := open(t, b, "")
	id := d.say(t, silence.Command{Do: silence.Create, Silence: erp(t)}, start).Silences[0].ID
	held, stray := trouble(finding.Silence, entity.Host, "erp-01"), trouble(finding.Leak, entity.Host, "db-01")
	held.Withhold(incident.Hold{By: incident.BySilence, Name: id})
	stray.Withhold(incident.Hold{By: incident.ByMaintenance, Name: "gone"})
	d.create(t, held, stray)
	var freed atomic.Pointer[string]
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- d.Watch(ctx, func() time.Time { return start.Add(time.Minute) }, func(_ context.Context, i *incident.Incident, _ time.Time) error {
			freed.Store(&i.ID)
			return nil
		})
	}()
	waitFor := func(id string) {
		t.Helper()
		bustest.Until(t, time.Minute, "word of "+id, func() bool { got := freed.Load(); return got != nil && *got == id })
	}
	waitFor(stray.ID)
	stray.Held = nil
	if err := errors.Join(d.store.Update(t.Context(), stray), d.store.IndexHeld(t.Context(), stray)); err != nil {
		t.Fatal(err)
	}
	if r := d.say(t, silence.Command{Do: silence.Expire, ID: id, By: "ana"}, start); r.Silences[0].Held != 1 {
		t.Errorf("held %d incidents, want 1", r.Silences[0].Held)
	}
	waitFor(held.ID)
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}
