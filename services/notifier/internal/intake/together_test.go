package intake

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/services/notifier/internal/timer"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// inGroups applies findings as the consumer does: together where that can be.
func inGroups(ctx context.Context, a *Applier, findings []*finding.Finding) (applied int, err error) {
	for applied < len(findings) {
		rest := findings[applied:]
		made, apart := a.Together(ctx, len(rest), func(a *Applier, k int) error {
			_, err := a.Apply(ctx, rest[k])
			return err
		})
		n, err := oneByOne(ctx, a, rest[made:made+apart])
		applied += made + n
		if err != nil {
			return applied, err
		}
	}
	return applied, nil
}

// TestTogetherIsOneByOne: findings that are applied together leave the world that they leave one by one, also when they come again.
func TestTogetherIsOneByOne(t *testing.T) {
	seeds := uint64(4)
	if testing.Short() { // each takes long under the race detector
		seeds = 1
	}
	for name, c := range map[string]struct {
		rules  func(*Applier) *Applier
		random func(*rand.Rand, int) []*finding.Finding
	}{
		"apart": {func(a *Applier) *Applier { return a }, randomStory},
		"near":  {near, randomFault},
	} {
		single, b1 := newApplier(t)
		group, b2 := newApplier(t)
		c.rules(single)
		c.rules(group)
		for seed := range seeds {
			story := c.random(rand.New(rand.NewPCG(seed, 0)), int(seed)*10_000)
			if _, err := oneByOne(t.Context(), single, story); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if _, err := inGroups(t.Context(), group, story); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(look(t, b1, single.Store), look(t, b2, group.Store), sameWorld); diff != "" {
				t.Fatalf("%s, seed %d (-one by one +together):\n%s", name, seed, diff)
			}
		}
	}
}

// TestCrashTogether stops after each write of what is applied together, as [TestCrashAtEveryWrite] of what is not.
func TestCrashTogether(t *testing.T) {
	crashes(t, inGroups, near, 12, slowVouchers)
	crashes(t, inGroups, near, 12, comesTrue)
}

// countingJS counts what the bus is asked to make safe.
type countingJS struct {
	jetstream.JetStream
	writes int
}

func (c *countingJS) Publish(ctx context.Context, subject string, data []byte, o ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	c.writes++
	return c.JetStream.Publish(ctx, subject, data, o...)
}

func (c *countingJS) PublishMsg(ctx context.Context, msg *nats.Msg, o ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	c.writes++
	return c.JetStream.PublishMsg(ctx, msg, o...)
}

// TestFewWrites: fifty incidents open by three writes, are told again by three, and close by two.
func TestFewWrites(t *testing.T) {
	const n = 50
	o := newOffice(t)
	js := &countingJS{JetStream: o.JS}
	o.JS, o.clerk.JS = js, js
	var open, closed []*finding.Finding
	var due []timer.Due
	for k := range n {
		episode, signal := fmt.Sprint("e", k), fmt.Sprintf("space/volume:h%d:/", k)
		open = append(open, say(k, finding.Opened, finding.Critical, episode, signal))
		closed = append(closed, say(n+k, finding.Resolved, finding.Critical, episode, signal))
		due = append(due, timer.Due{Key: incident.NewID(open[k].Time, open[k].ID), Payload: []byte("1")})
	}
	writes := func(what string, most int, do func() error) {
		t.Helper()
		js.writes = 0
		if err := do(); err != nil {
			t.Fatal(err)
		}
		if js.writes > most {
			t.Errorf("%s %d incidents took %d writes, want at most %d", what, n, js.writes, most)
		}
	}
	all := func(findings []*finding.Finding) func() error {
		return func() error { _, err := inGroups(t.Context(), o.Applier, findings); return err }
	}
	writes("opening", 3, all(open))
	writes("reminding of", 3, func() error { return NewReminders(o.clerk).Fire(t.Context(), due) })
	writes("ending", 3, all(closed))
	for k := range n {
		if i := o.get(t, due[k].Key); i.Version != 3 || i.State != incident.Resolved || o.closings.set[i.ID] != "" && o.reminders.set[i.ID] != "" {
			t.Fatalf("incident %d: version %d, %s", k, i.Version, i.State)
		}
	}
	if got := len(ids(t, o.bus, bus.StreamIncidents)); got != 3*n {
		t.Errorf("%d events of %d changes", got, 3*n)
	}
}

// hiccupJS refuses one message.
type hiccupJS struct {
	jetstream.JetStream
	next int // 0: none any more
}

func (h *hiccupJS) PublishMsg(ctx context.Context, msg *nats.Msg, o ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	if h.next--; h.next == 0 {
		return nil, errors.New("not now")
	}
	return h.JetStream.PublishMsg(ctx, msg, o...)
}

// TestCountedOnce: a change counts when it is stored, together with others or by itself, and also if what follows from it is done later.
func TestCountedOnce(t *testing.T) {
	const n = 3
	for refused := range 4 { // none, the incidents, the deliveries, the events
		o := newOffice(t)
		counted := map[incident.Action]int{}
		o.clerk.Changed = func(a incident.Action) { counted[a]++ }
		var due []timer.Due
		for k := range n {
			f := say(k, finding.Opened, finding.Critical, fmt.Sprint("e", k), fmt.Sprintf("space/volume:h%d:/", k))
			apply(t, o.Applier, f)
			due = append(due, timer.Due{Key: incident.NewID(f.Time, f.ID), Payload: []byte("1")})
		}
		o.clerk.JS = &hiccupJS{o.clerk.JS, refused}
		if err := NewReminders(o.clerk).Fire(t.Context(), due); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[incident.Action]int{incident.Remind: n}, counted); diff != "" {
			t.Errorf("message %d refused (-want +got):\n%s", refused, diff)
		}
	}
}

// TestTogetherBesideAnother: a change of somebody else meanwhile is kept, and so are those that were to be made together with it.
func TestTogetherBesideAnother(t *testing.T) {
	o := newOffice(t)
	id := o.open(t, finding.Warning)
	findings := []*finding.Finding{
		say(1, finding.Opened, finding.Warning, "2", "space/volume:b:/"),
		say(2, finding.Updated, finding.Critical, "1", "space/volume:a:/"),
	}
	made, apart := o.Together(t.Context(), len(findings), func(a *Applier, k int) error {
		if _, err := a.Apply(t.Context(), findings[k]); err != nil || k == 0 {
			return err
		}
		o.command(t, id, "c", incident.Comment)
		return nil
	})
	if made != 0 || apart != 2 {
		t.Fatalf("%d made, %d apart", made, apart)
	}
	if _, err := oneByOne(t.Context(), o.Applier, findings); err != nil {
		t.Fatal(err)
	}
	if i := o.get(t, id); i.Version != 3 || i.Severity != finding.Critical || len(o.events(t, id)) != 3 {
		t.Errorf("version %d, %s, %d events", i.Version, i.Severity, len(o.events(t, id)))
	}
	if n, err := o.Store.Count(t.Context(), incident.Open); n != 2 || err != nil {
		t.Errorf("%d open, %v", n, err)
	}
}
