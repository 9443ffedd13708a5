package intake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/timer"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// alarms are timers that only note what was set.
type alarms struct {
	mu  sync.Mutex
	set map[string]string
	at  map[string]time.Time
}

func newAlarms() *alarms { return &alarms{set: map[string]string{}, at: map[string]time.Time{}} }

func (a *alarms) Set(key string, at time.Time, payload []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.set[key], a.at[key] = string(payload), at
}

func (a *alarms) Restore(key string, at time.Time, payload []byte) {
	if _, there := a.set[key]; !there {
		a.Set(key, at, payload)
	}
}

func (a *alarms) Cancel(key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.set, key)
}

// office is an applier and a clerk on one bus, with timers that fire when the test wants.
type office struct {
	*Applier
	clerk               *Clerk
	bus                 *bus.Bus
	reminders, closings *alarms
	now                 time.Time
}

func newOffice(t testing.TB) *office {
	t.Helper()
	a, b := newApplier(t)
	o := &office{Applier: a, bus: b, reminders: newAlarms(), closings: newAlarms(), now: start.Add(time.Hour)}
	a.Rules.RenotifyAfter = map[finding.Severity]time.Duration{finding.Critical: 30 * time.Minute, finding.Warning: 4 * time.Hour}
	a.Rules.CloseAfter = 72 * time.Hour
	a.Reminders, a.Closings = o.reminders, o.closings
	a.Now = func() time.Time { return o.now }
	own := *a
	o.clerk = &Clerk{Applier: &own, Changed: func(incident.Action) {}}
	return o
}

func (o *office) open(t testing.TB, s finding.Severity) string {
	t.Helper()
	f := say(0, finding.Opened, s, "1", "space/volume:a:/")
	if _, err := o.Apply(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	return incident.NewID(f.Time, f.ID)
}

func (o *office) command(t testing.TB, id, commandID string, a incident.Action) *incident.Reply {
	t.Helper()
	c := &incident.Command{ID: commandID, Incident: id, Action: a, Actor: "li.wei", Text: "as said"}
	if a == incident.Judge {
		c.Verdict = incident.FalseAlarm
	}
	r, err := o.clerk.Conduct(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (o *office) get(t testing.TB, id string) *incident.Incident {
	t.Helper()
	i, err := o.Store.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// events returns the events of an incident on INC, in their order.
func (o *office) events(t testing.TB, id string) (all []*incident.Event) {
	t.Helper()
	js := o.bus.JetStream()
	info, err := js.Stream(t.Context(), bus.StreamIncidents)
	if err != nil {
		t.Fatal(err)
	}
	for seq := uint64(1); seq <= info.CachedInfo().State.LastSeq; seq++ {
		msg, err := info.GetMsg(t.Context(), seq)
		if err != nil {
			t.Fatal(err)
		}
		if e, err := incident.DecodeEvent(msg.Data); err == nil && e.Incident.ID == id {
			all = append(all, e)
		}
	}
	return all
}

// TestCommandIsAudited: it is one change, one event with its actor, and a repeat of it nothing.
func TestCommandIsAudited(t *testing.T) {
	o := newOffice(t)
	id := o.open(t, finding.Critical)
	if o.reminders.set[id] != "1" {
		t.Errorf("reminders after it opened: %v", o.reminders.set)
	}
	for range 3 {
		if r := o.command(t, id, "a", incident.Acknowledge); !r.OK() || r.Stage != incident.StageAcknowledged {
			t.Errorf("acknowledge: %+v", r)
		}
	}
	if r := o.command(t, id, "b", incident.Acknowledge); r.Code != incident.Impossible {
		t.Errorf("acknowledged twice: %+v", r)
	}
	all := o.events(t, id)
	if len(all) != 2 || all[1].Change.Actor != "li.wei" || all[1].Change.Action != incident.Acknowledge || all[1].Change.Command != "a" || all[1].Change.Note != "as said" {
		t.Errorf("events: %+v", all)
	}
	if len(o.reminders.set) != 0 {
		t.Errorf("reminders of what was acknowledged: %v", o.reminders.set)
	}
	if r := o.command(t, incident.NewID(start, "other"), "c", incident.Acknowledge); r.Code != incident.NotFound {
		t.Errorf("of no incident: %+v", r)
	}
}

// TestCommandsSideBySide: of many writers none overwrites another, and the trail has all of it in order.
func TestCommandsSideBySide(t *testing.T) {
	o := newOffice(t)
	id := o.open(t, finding.Warning)
	const writers, each = 4, 10
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for k := range each {
				if r := o.command(t, id, fmt.Sprintf("w%d-%d", w, k), incident.Comment); r.Code != incident.Done {
					t.Errorf("comment: %+v", r)
				}
			}
		})
	}
	for m := range each {
		if _, err := o.Apply(t.Context(), say(m+1, finding.Updated, finding.Critical, "1", "space/volume:a:/")); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	i := o.get(t, id)
	if want := 1 + each + writers*each; i.Version != want {
		t.Errorf("version %d, want %d", i.Version, want)
	}
	seen := map[int]bool{}
	for _, e := range o.events(t, id) {
		if seen[e.Incident.Version] {
			t.Errorf("version %d is on the trail twice", e.Incident.Version)
		}
		seen[e.Incident.Version] = true
	}
	if len(seen) != i.Version {
		t.Errorf("%d events of %d versions", len(seen), i.Version)
	}
}

// dying is a stream that takes nothing after so many messages.
type dying struct {
	jetstream.JetStream
	left int
}

var errDead = errors.New("dead")

func (d *dying) Publish(ctx context.Context, subject string, data []byte, opts ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	if d.left--; d.left < 0 {
		return nil, errDead
	}
	return d.JetStream.Publish(ctx, subject, data, opts...)
}

// TestUnfinishedChange: who comes after a writer that has died between the incident and what follows from it finishes that first, be it a
// finding, a command or a timer.
func TestUnfinishedChange(t *testing.T) {
	next := map[string]func(*office, string) error{
		"command": func(o *office, id string) error {
			_, err := o.clerk.Conduct(t.Context(), &incident.Command{ID: "next", Incident: id, Action: incident.Comment, Actor: "x", Text: "x"})
			return err
		},
		"the same command": func(o *office, id string) error {
			_, err := o.clerk.Conduct(t.Context(), &incident.Command{ID: "cut", Incident: id, Action: incident.Comment, Actor: "li.wei", Text: "cut"})
			return err
		},
		"finding": func(o *office, _ string) error {
			_, err := o.Apply(t.Context(), say(5, finding.Updated, finding.Warning, "1", "space/volume:a:/"))
			return err
		},
		"timer": func(o *office, id string) error {
			return NewReminders(o.clerk).Fire(t.Context(), []timer.Due{{Key: id, Payload: []byte("1")}})
		},
	}
	for name, follow := range next {
		o := newOffice(t)
		id := o.open(t, finding.Warning)
		o.clerk.JS = &dying{JetStream: o.JS}
		cut := &incident.Command{ID: "cut", Incident: id, Action: incident.Comment, Actor: "li.wei", Text: "cut"}
		if _, err := o.clerk.Conduct(t.Context(), cut); !errors.Is(err, errDead) {
			t.Fatalf("%s: %v", name, err)
		}
		o.clerk.JS = o.JS
		if err := follow(o, id); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var versions []int
		for _, e := range o.events(t, id) {
			versions = append(versions, e.Incident.Version)
		}
		if want := o.get(t, id).Version; len(versions) != want || !slices.IsSorted(versions) || versions[1] != 2 {
			t.Errorf("after a %s the trail has %v of %d versions", name, versions, want)
		}
	}
}

// TestReminderIsQueuedOnce, with its count, and not for somebody else's version.
func TestReminderIsQueuedOnce(t *testing.T) {
	o := newOffice(t)
	id := o.open(t, finding.Critical)
	for range 3 {
		if err := NewReminders(o.clerk).Fire(t.Context(), []timer.Due{{Key: id, Payload: []byte("1")}}); err != nil {
			t.Fatal(err)
		}
	}
	i := o.get(t, id)
	if i.Version != 2 || i.Notified.Reason != incident.ReasonUnacknowledged || o.reminders.set[id] != "2" || !slices.Equal(i.Notified.Channels, []string{"ops", "night"}) {
		t.Errorf("after one reminder: version %d, %+v, timers %v", i.Version, i.Notified, o.reminders.set)
	}
	queue, err := o.JS.Stream(t.Context(), bus.StreamNotify)
	if err != nil {
		t.Fatal(err)
	}
	info, err := queue.Info(t.Context(), jetstream.WithSubjectFilter(delivery.Subject("*")))
	if err != nil || info.State.Subjects[delivery.Subject("ops")] != 2 {
		t.Errorf("queued: %v, %v", info.State.Subjects, err)
	}
	vain := []timer.Due{{Key: id, Payload: []byte("x")}, {Key: incident.NewID(start, "gone"), Payload: []byte("1")}}
	if err := NewReminders(o.clerk).Fire(t.Context(), vain); err != nil {
		t.Error(err)
	}
}

// TestSweepFindsWhatWasLost and leaves what is there.
func TestSweepFindsWhatWasLost(t *testing.T) {
	o := newOffice(t)
	id := o.open(t, finding.Critical)
	o.reminders.set = map[string]string{}
	if err := NewReminders(o.clerk).Sweep(t.Context(), map[string]bool{id: true}); err != nil || len(o.reminders.set) != 0 {
		t.Errorf("set although it waits: %v, %v", o.reminders.set, err)
	}
	if err := NewReminders(o.clerk).Sweep(t.Context(), nil); err != nil || o.reminders.set[id] != "1" || o.reminders.at[id].Before(time.Now()) {
		t.Errorf("lost: %v at %v, %v", o.reminders.set, o.reminders.at, err)
	}
	if _, err := o.Apply(t.Context(), say(10, finding.Resolved, finding.Critical, "1", "space/volume:a:/")); err != nil {
		t.Fatal(err)
	}
	if _, waits := o.closings.set[id]; !waits || len(o.reminders.set) != 0 {
		t.Errorf("after the end: reminders %v, closings %v", o.reminders.set, o.closings.set)
	}
	o.closings.set = map[string]string{}
	if err := NewClosings(o.clerk).Sweep(t.Context(), nil); err != nil || len(o.closings.set) != 1 {
		t.Errorf("lost closing: %v, %v", o.closings.set, err)
	}
}

// readingKV counts what is read.
type readingKV struct {
	jetstream.KeyValue
	gets int
}

func (kv *readingKV) Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	kv.gets++
	return kv.KeyValue.Get(ctx, key)
}

// TestSweepReadsOnce what needs no timer, and again when it has changed.
func TestSweepReadsOnce(t *testing.T) {
	const n = 20
	o := newOffice(t)
	var last string
	for k := range n {
		f := say(k, finding.Opened, finding.Critical, fmt.Sprint("e", k), fmt.Sprintf("space/volume:h%d:/", k))
		apply(t, o.Applier, f)
		last = incident.NewID(f.Time, f.ID)
		o.command(t, last, "a", incident.Acknowledge)
	}
	kv, err := o.bus.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	reading := &readingKV{KeyValue: kv}
	o.clerk.Store = incident.NewStore(reading)
	reminders := NewReminders(o.clerk)
	sweep := func(what string, want int) {
		t.Helper()
		reading.gets = 0
		if err := reminders.Sweep(t.Context(), nil); err != nil || reading.gets != want {
			t.Errorf("%s: %d reads, %v; want %d", what, reading.gets, err, want)
		}
	}
	sweep("at the start", n+1) // and what was underway
	sweep("a minute later", 0)
	o.command(t, last, "b", incident.Unacknowledge)
	o.reminders.set = map[string]string{} // lost
	sweep("after a change", 1)
	if len(o.reminders.set) != 1 || o.reminders.set[last] == "" {
		t.Errorf("reminders: %v", o.reminders.set)
	}
}

// TestUnderwayIsFinishedOnce: what an earlier process had underway is finished before anything fires, and not looked at again.
func TestUnderwayIsFinishedOnce(t *testing.T) {
	o := newOffice(t)
	id := o.open(t, finding.Critical)
	if err := o.Store.PutUnderway(t.Context(), dueReminder, []string{id}); err != nil {
		t.Fatal(err)
	}
	cur := o.get(t, id)
	step := o.Rules.Remind(cur, 1, start.Add(time.Hour))
	if err := o.Store.Update(t.Context(), step.Incident); err != nil { // and no further
		t.Fatal(err)
	}
	reminders := NewReminders(o.clerk)
	if err := reminders.Fire(t.Context(), []timer.Due{{Key: incident.NewID(start, "gone"), Payload: []byte("1")}}); err != nil {
		t.Fatal(err)
	}
	if n := len(o.events(t, id)); n != 2 {
		t.Errorf("%d events, want that of what was underway too", n)
	}
	kv, err := o.bus.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	reading := &readingKV{KeyValue: kv}
	o.clerk.Store = incident.NewStore(reading)
	if err := reminders.Sweep(t.Context(), map[string]bool{id: true}); err != nil || reading.gets != 0 {
		t.Errorf("%d reads, %v", reading.gets, err)
	}
}

// TestClosingComes when nothing was added meanwhile, and is put off otherwise.
func TestClosingComes(t *testing.T) {
	o := newOffice(t)
	id := o.open(t, finding.Warning)
	if _, err := o.Apply(t.Context(), say(10, finding.Resolved, finding.Warning, "1", "space/volume:a:/")); err != nil {
		t.Fatal(err)
	}
	if r := o.command(t, id, "v", incident.Verify); r.Stage != incident.StageVerified {
		t.Fatalf("verify: %+v", r)
	}
	fire := func(after time.Duration, want incident.Stage) {
		t.Helper()
		o.now = start.Add(after)
		if err := NewClosings(o.clerk).Fire(t.Context(), []timer.Due{{Key: id}}); err != nil {
			t.Fatal(err)
		}
		if got := o.get(t, id).Stage(); got != want {
			t.Errorf("after %v it is %s, want %s", after, got, want)
		}
	}
	fire(72*time.Hour+10*time.Minute, incident.StageVerified) // verified an hour after it opened
	if at := o.closings.at[id]; !at.Equal(start.Add(73 * time.Hour)) {
		t.Errorf("put off to %v", at)
	}
	fire(73*time.Hour, incident.StageClosed)
	last := o.get(t, id).Timeline
	if text := last[len(last)-1].Text.En; !strings.Contains(text, "Closed") || strings.Contains(text, "nobody") {
		t.Errorf("timeline: %q", text)
	}
	ids, err := o.Store.Unclosed(t.Context())
	if err != nil || len(ids) != 0 {
		t.Errorf("not closed: %v, %v", ids, err)
	}
}

// TestVerdictIsFound by who keeps score.
func TestVerdictIsFound(t *testing.T) {
	o := newOffice(t)
	id := o.open(t, finding.Warning)
	o.command(t, id, "v", incident.Judge)
	if ids, err := o.Store.Judged(t.Context()); err != nil || !slices.Equal(ids, []string{id}) {
		t.Errorf("judged: %v, %v", ids, err)
	}
}
