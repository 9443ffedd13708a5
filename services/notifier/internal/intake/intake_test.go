package intake

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/services/notifier/internal/life"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/services/notifier/internal/route"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

var start = time.Date(2026, 1, 27, 9, 0, 0, 0, time.UTC)

func say(minute int, a finding.Action, s finding.Severity, episode, signal string) *finding.Finding {
	at := start.Add(time.Duration(minute) * time.Minute)
	return &finding.Finding{
		Schema: 1, ID: fmt.Sprintf("trend:00:%d:0", minute+1), Episode: episode, Action: a, Time: at,
		Kind: finding.Exhaustion, Signal: signal, Severity: s, Message: i18n.Text{En: "full soon"},
	}
}

// story is a life with every kind of change, on two signals.
func story() []*finding.Finding {
	const a, b = "space/volume:a:/", "space/volume:b:/"
	return []*finding.Finding{
		say(0, finding.Opened, finding.Warning, "1", a),
		say(1, finding.Updated, finding.Critical, "1", a),
		say(2, finding.Opened, finding.Info, "2", b),
		say(3, finding.Updated, finding.Warning, "2", b),
		say(4, finding.Updated, finding.Warning, "1", a),
		say(5, finding.Resolved, finding.Warning, "1", a),
		say(15, finding.Opened, finding.Warning, "3", a), // re-opens
		say(16, finding.Resolved, finding.Info, "3", a),
		say(80, finding.Opened, finding.Critical, "4", a), // another one
		say(81, finding.Resolved, finding.Info, "9", b),
		say(82, finding.Resolved, finding.Info, "2", b),
		say(83, finding.Resolved, finding.Info, "unheard of", "space/volume:c:/"),
	}
}

func newApplier(t testing.TB) (*Applier, *bus.Bus) {
	t.Helper()
	b := bustest.New(t)
	return applierOn(t, b), b
}

// everyChannel tells two channels, one of them only of what is critical.
func everyChannel(t testing.TB) Router {
	t.Helper()
	people, err := person.NewDirectory(nil)
	if err != nil {
		t.Fatal(err)
	}
	table, err := route.New(route.Settings{People: people, Channels: []route.Channel{
		{Name: "ops", MinSeverity: finding.Info}, {Name: "night", MinSeverity: finding.Critical},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func applierOn(t testing.TB, b *bus.Bus) *Applier {
	t.Helper()
	kv, err := b.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	trail, err := incident.OpenTrail(t.Context(), b.JetStream())
	if err != nil {
		t.Fatal(err)
	}
	return &Applier{
		Store: incident.NewStore(kv), JS: b.JetStream(), Trail: trail,
		Rules: life.Rules{
			MinSeverity: finding.Warning, ReopenWindow: 30 * time.Minute, UpdateInterval: 15 * time.Minute,
			ETAChange: 0.5, ETAChangeMin: 10 * time.Minute,
		},
		Router: everyChannel(t), Now: time.Now,
	}
}

// world is all that applying findings leaves behind.
type world struct {
	Incidents []*incident.Incident
	Open      []string
	Events    []string
	Queue     []string
}

func look(t *testing.T, b *bus.Bus, s *incident.Store) world {
	t.Helper()
	var w world
	all, err := s.List(t.Context(), incident.Query{})
	if err != nil {
		t.Fatal(err)
	}
	w.Incidents = all.Incidents
	open, err := s.List(t.Context(), incident.Query{State: incident.Open})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range open.Incidents {
		w.Open = append(w.Open, i.ID)
	}
	w.Events = ids(t, b, bus.StreamIncidents)
	w.Queue = ids(t, b, bus.StreamNotify)
	return w
}

// ids returns the message ids on a stream, in order.
func ids(t *testing.T, b *bus.Bus, stream string) (out []string) {
	t.Helper()
	s, err := b.JetStream().Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	info := s.CachedInfo().State
	for seq := info.FirstSeq; seq <= info.LastSeq && info.Msgs > 0; seq++ {
		m, err := s.GetMsg(t.Context(), seq)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, m.Header.Get(jetstream.MsgIDHeader))
	}
	return out
}

func apply(t *testing.T, a *Applier, f *finding.Finding) Result {
	t.Helper()
	r, err := a.Apply(t.Context(), f)
	if err != nil {
		t.Fatalf("apply %s: %v", f.ID, err)
	}
	return r
}

var sameWorld = cmp.Options{cmpopts.IgnoreFields(incident.Incident{}, "Revision"), cmpopts.EquateEmpty()}

// TestStory follows the story once, then again: the second time changes nothing.
func TestStory(t *testing.T) {
	a, b := newApplier(t)
	var got []Result
	for _, f := range story() {
		got = append(got, apply(t, a, f))
	}
	want := []Result{
		OpenedIncident, UpdatedIncident, Ignored, OpenedIncident, UpdatedIncident, ResolvedIncident,
		ReopenedIncident, ResolvedIncident, OpenedIncident, ResolvedIncident, Repeated, Ignored,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	once := look(t, b, a.Store)
	if len(once.Incidents) != 3 || len(once.Open) != 1 || len(once.Events) != 9 {
		t.Errorf("%d incidents, %d open, %d events", len(once.Incidents), len(once.Open), len(once.Events))
	}
	// ops: opened, raised, resolved, reopened, resolved; opened, resolved of b; opened of the third. night: what was ever critical.
	if len(once.Queue) != 8+5 {
		t.Errorf("queue: %q", once.Queue)
	}
	for _, f := range story() {
		if r := apply(t, a, f); r != Repeated && r != Ignored {
			t.Errorf("%s the second time: %s", f.ID, r)
		}
	}
	if diff := cmp.Diff(once, look(t, b, a.Store), sameWorld); diff != "" {
		t.Errorf("after a replay (-once +twice):\n%s", diff)
	}
}

// TestReleaseCoversItsInstances: one incident tells of a release and its instances, but for what is critical and for what people
// knew of before; when it is over, instances speak for themselves again.
func TestReleaseCoversItsInstances(t *testing.T) {
	const group = "heap/release:ledger/7.4.1"
	instance := func(minute int, a finding.Action, s finding.Severity, name string) *finding.Finding {
		f := say(minute, a, s, name, "heap/pool:"+name)
		f.Group = group
		return f
	}
	a, b := newApplier(t)
	var got []Result
	for _, f := range []*finding.Finding{
		instance(0, finding.Opened, finding.Warning, "early"),
		say(1, finding.Opened, finding.Warning, "release", group),
		instance(2, finding.Updated, finding.Warning, "early"),
		instance(3, finding.Opened, finding.Warning, "late"),
		instance(4, finding.Opened, finding.Info, "slight"),
		instance(5, finding.Opened, finding.Critical, "full"),
		say(6, finding.Opened, finding.Warning, "other", "heap/pool:other"),
		say(7, finding.Resolved, finding.Warning, "release", group),
		instance(8, finding.Updated, finding.Warning, "late"),
		instance(9, finding.Resolved, finding.Warning, "late"),
		say(10, finding.Updated, finding.Warning, "release2", group),
		instance(11, finding.Opened, finding.Warning, "late2"),
	} {
		got = append(got, apply(t, a, f))
	}
	want := []Result{
		OpenedIncident, OpenedIncident, UpdatedIncident, Covered, Ignored, OpenedIncident, OpenedIncident,
		ResolvedIncident, OpenedIncident, ResolvedIncident, ReopenedIncident, Covered,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if w := look(t, b, a.Store); len(w.Incidents) != 5 {
		t.Errorf("%d incidents, want 5", len(w.Incidents))
	}
}

// TestReplayOfAnIgnoredEpisode: an episode too slight for an incident must not get into a later one by a replay.
func TestReplayOfAnIgnoredEpisode(t *testing.T) {
	const signal = "space/volume:a:/"
	story := []*finding.Finding{
		say(0, finding.Opened, finding.Info, "0", signal),
		say(1, finding.Resolved, finding.Info, "0", signal),
		say(5, finding.Opened, finding.Warning, "1", signal),
	}
	a, b := newApplier(t)
	for range 2 {
		for _, f := range story {
			apply(t, a, f)
		}
	}
	w := look(t, b, a.Store)
	if len(w.Incidents) != 1 || len(w.Open) != 1 || w.Incidents[0].Version != 1 {
		t.Errorf("after a replay: %+v", w)
	}
}

// randomStory is any course of episodes on a few volumes and messages of one host, one episode of a signal at a time, begun at a minute.
func randomStory(r *rand.Rand, minute int) (story []*finding.Finding) {
	episodes, begin := map[string]string{}, minute
	for n := range 40 {
		signal := fmt.Sprintf("%s:%d-%d:/", []string{"space/volume", "log-full/host"}[r.IntN(2)], begin, r.IntN(3))
		level := []finding.Severity{finding.Info, finding.Info, finding.Warning, finding.Critical}[r.IntN(4)]
		action := finding.Updated
		switch {
		case episodes[signal] == "":
			action, episodes[signal] = finding.Opened, fmt.Sprint(minute, "-", n)
		case r.IntN(3) == 0:
			action = finding.Resolved
		}
		minute += r.IntN(12)
		f := say(minute, action, level, episodes[signal], signal)
		f.ID = fmt.Sprintf("trend:00:%d:%d", minute+1, n)
		if strings.HasPrefix(signal, "log-") {
			f.ID, f.Kind, f.Resource = "anomaly"+f.ID[len("trend"):], finding.Log, finding.Storage
		}
		story = append(story, in(fmt.Sprint(begin), f)...)
		if action == finding.Resolved && r.IntN(4) > 0 { // otherwise its worker goes on as if it had not ended
			episodes[signal] = ""
		}
	}
	return story
}

// randomFault is any course of anomalies and notes on a few hosts that rest on each other, and of a volume of the database.
func randomFault(r *rand.Rand, minute int) (story []*finding.Finding) {
	episodes := map[string]string{}
	hosts := []string{"app-01", "app-02", "web-01", "db-01", "other", "full"}
	for n := range 60 {
		host := hosts[r.IntN(len(hosts))]
		level := []finding.Severity{info, info, warn, crit}[r.IntN(4)]
		action := upd
		switch {
		case episodes[host] == "":
			action, episodes[host] = open, fmt.Sprint(minute, "-", host)
		case r.IntN(3) == 0:
			action = end
		}
		minute += r.IntN(20)
		f := odd(minute, action, level, host)
		if host == "full" {
			f = full(minute, action, level, float64(60+r.IntN(40)))
		}
		f.ID, f.Episode = fmt.Sprintf("%s:%d:%d", f.ID[:strings.LastIndexByte(f.ID[:len(f.ID)-2], ':')], minute+1, n), episodes[host]
		story = append(story, f)
		if action == end {
			episodes[host] = ""
		}
	}
	return story
}

// TestReplayChangesNothing applies random stories once and then again.
func TestReplayChangesNothing(t *testing.T) {
	replays(t, func(a *Applier) *Applier { return a }, randomStory)
	replays(t, near, randomFault)
}

func replays(t *testing.T, rules func(*Applier) *Applier, random func(*rand.Rand, int) []*finding.Finding) {
	t.Helper()
	a, b := newApplier(t)
	rules(a)
	for seed := range uint64(8) {
		story := random(rand.New(rand.NewPCG(seed, 0)), int(seed)*10_000)
		for _, f := range story {
			apply(t, a, f)
		}
		once := look(t, b, a.Store)
		for _, f := range story {
			apply(t, a, f)
		}
		if diff := cmp.Diff(once, look(t, b, a.Store), sameWorld); diff != "" {
			t.Fatalf("seed %d (-once +twice):\n%s", seed, diff)
		}
	}
}

var errCrash = errors.New("crashed here")

// fuse burns after a given write has taken effect, before anybody hears of it. What a crash before the next
// write leaves behind is the same.
type fuse struct{ left int }

func (f *fuse) burn(do func() error) error {
	if f.left <= 0 {
		return errCrash // nothing is written after a crash
	}
	f.left--
	if err := do(); err != nil || f.left > 0 {
		return err
	}
	return errCrash
}

type crashingKV struct {
	jetstream.KeyValue
	*fuse
}

func (c crashingKV) Create(ctx context.Context, k string, v []byte, o ...jetstream.KVCreateOpt) (rev uint64, err error) {
	return rev, c.burn(func() error { rev, err = c.KeyValue.Create(ctx, k, v, o...); return err })
}

func (c crashingKV) Update(ctx context.Context, k string, v []byte, last uint64) (rev uint64, err error) {
	return rev, c.burn(func() error { rev, err = c.KeyValue.Update(ctx, k, v, last); return err })
}

func (c crashingKV) PutString(ctx context.Context, k, v string) (rev uint64, err error) {
	return rev, c.burn(func() error { rev, err = c.KeyValue.PutString(ctx, k, v); return err })
}

func (c crashingKV) Put(ctx context.Context, k string, v []byte) (rev uint64, err error) {
	return rev, c.burn(func() error { rev, err = c.KeyValue.Put(ctx, k, v); return err })
}

func (c crashingKV) Purge(ctx context.Context, k string, o ...jetstream.KVDeleteOpt) error {
	return c.burn(func() error { return c.KeyValue.Purge(ctx, k, o...) })
}

type crashingJS struct {
	jetstream.JetStream
	*fuse
}

func (c crashingJS) Publish(ctx context.Context, subject string, data []byte, o ...jetstream.PublishOpt) (ack *jetstream.PubAck, err error) {
	return ack, c.burn(func() error { ack, err = c.JetStream.Publish(ctx, subject, data, o...); return err })
}

func (c crashingJS) PublishMsg(ctx context.Context, msg *nats.Msg, o ...jetstream.PublishOpt) (ack *jetstream.PubAck, err error) {
	return ack, c.burn(func() error { ack, err = c.JetStream.PublishMsg(ctx, msg, o...); return err })
}

// TestCrashAtEveryWrite stops at each write of the story, then starts again with the finding that was in work,
// as the stream does. The world is the same as without a crash.
func TestCrashAtEveryWrite(t *testing.T) {
	apart := func(a *Applier) *Applier { return a }
	crashes(t, oneByOne, apart, 30, story)
	crashes(t, oneByOne, apart, 30, joined)
	crashes(t, oneByOne, near, 30, slowVouchers)
	crashes(t, oneByOne, near, 30, comesTrue)
	crashes(t, oneByOne, near, 30, openAgain)
}

// way is how findings are applied: the first ones, until an error.
type way func(ctx context.Context, a *Applier, findings []*finding.Finding) (applied int, err error)

func oneByOne(ctx context.Context, a *Applier, findings []*finding.Finding) (int, error) {
	for k, f := range findings {
		if _, err := a.Apply(ctx, f); err != nil {
			return k, err
		}
	}
	return len(findings), nil
}

func crashes(t *testing.T, in way, rules func(*Applier) *Applier, writes int, story func() []*finding.Finding) {
	t.Helper()
	undisturbed, b := newApplier(t)
	rules(undisturbed)
	for _, f := range story() {
		apply(t, undisturbed, f)
	}
	want := look(t, b, undisturbed.Store)
	step := 1
	if testing.Short() { // each is an install of its own, which takes seconds under the race detector
		step = 13
	}
	for n := 1; ; n += step {
		got, crashed := crash(t, in, n, rules, story())
		if !crashed {
			if n < writes {
				t.Fatalf("the story has only %d writes", n-1)
			}
			return
		}
		if diff := cmp.Diff(want, got, sameWorld); diff != "" {
			t.Errorf("crash at write %d (-want +got):\n%s", n, diff)
		}
	}
}

func crash(t *testing.T, in way, n int, rules func(*Applier) *Applier, story []*finding.Finding) (w world, crashed bool) {
	t.Helper()
	b := bustest.New(t)
	kv, err := b.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	sound := rules(applierOn(t, b))
	failing := *sound
	f := &fuse{left: n}
	failing.Store, failing.JS = incident.NewStore(crashingKV{kv, f}), crashingJS{b.JetStream(), f}
	done, err := in(t.Context(), &failing, story)
	if crashed = errors.Is(err, errCrash); crashed {
		_, err = in(t.Context(), sound, story[done:])
	}
	if err != nil {
		t.Fatal(err)
	}
	return look(t, b, sound.Store), crashed
}

// racingKV lets another writer change the incident just before the first update.
type racingKV struct {
	jetstream.KeyValue
	race func()
}

func (r *racingKV) Update(ctx context.Context, k string, v []byte, last uint64) (uint64, error) {
	if race := r.race; race != nil {
		r.race = nil
		race()
	}
	return r.KeyValue.Update(ctx, k, v, last)
}

// TestOtherWriter loses a race for the incident and applies the finding on top of what the other wrote.
func TestOtherWriter(t *testing.T) {
	a, b := newApplier(t)
	s := story()
	apply(t, a, s[0])
	id := incident.NewID(s[0].Time, s[0].ID)
	kv, err := b.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	other := a.Store
	a.Store = incident.NewStore(&racingKV{KeyValue: kv, race: func() {
		cur, err := other.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		cur.Advice = i18n.Text{En: "from another writer"}
		if err := other.Update(t.Context(), cur); err != nil {
			t.Fatal(err)
		}
	}})
	apply(t, a, s[1])
	got, err := other.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if got.Advice.En != "from another writer" || got.Severity != finding.Critical || got.Version != 2 {
		t.Errorf("after the race: %+v", got)
	}
}

// TestUnreadableIncident: beside an incident that nobody can read, people are told by a new one. A finding that
// opened such an incident says so instead of being tried for ever.
func TestUnreadableIncident(t *testing.T) {
	a, b := newApplier(t)
	s := story()
	apply(t, a, s[0])
	kv, err := b.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kv.PutString(t.Context(), incident.NewID(s[0].Time, s[0].ID), `{"schema":99}`); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Apply(t.Context(), s[0]); !errors.Is(err, incident.ErrUnreadable) {
		t.Errorf("its own finding again: %v, want ErrUnreadable", err)
	}
	got := []Result{apply(t, a, s[1]), apply(t, a, s[5]), apply(t, a, s[6]), apply(t, a, s[0])}
	if diff := cmp.Diff([]Result{OpenedIncident, ResolvedIncident, ReopenedIncident, Repeated}, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

func FuzzDecode(f *testing.F) {
	data, err := finding.Encode(story()[0])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"schema":1,"id":"a","episode":"b","action":"opened","signal":"s","severity":"critical","time":"2026-01-01T00:00:00Z","entity":{"labels":{"\u0000":"\ud800"}},"eta":{"p50":"9999-12-31T23:59:59Z"}}`))
	rules := life.Rules{MinSeverity: finding.Info, ReopenWindow: time.Hour}
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := decode(data)
		if err != nil {
			return
		}
		step := rules.Apply(nil, x, life.Scene{})
		if step == nil {
			return
		}
		stored, err := incident.Encode(step.Incident)
		if err != nil {
			t.Fatalf("the incident of a valid finding cannot be stored: %v", err)
		}
		if _, err := incident.Decode(stored); err != nil {
			t.Fatalf("the incident of a valid finding cannot be read: %v", err)
		}
	})
}

func BenchmarkApply(b *testing.B) {
	a, _ := newApplier(b)
	signals := 100
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		k := n % signals
		f := say(n, finding.Updated, finding.Warning, fmt.Sprint("e", k), fmt.Sprint("space/volume:", k))
		if _, err := a.Apply(b.Context(), f); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "findings/s")
}
