package delivery

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// site is a desk with a clock of its own, whose peer accepts everything at once.
type site struct {
	desk  *desk
	limit *limiter
	now   time.Time
	seq   uint64
	sent  []told
	told  map[string]int // the newest version by incident
	t     *testing.T
}

// told is what the peer got.
type told struct {
	at     time.Time
	scope  scope
	class  class
	ids    []string
	oldest time.Time
}

func newSite(t *testing.T, perMinute int) *site {
	d := newDesk()
	d.crowd = newCrowd(perMinute)
	return &site{desk: d, limit: newLimiter(perMinute, 0), now: time.Unix(1_000_000, 0), told: map[string]int{}, t: t}
}

// queue puts a version of an incident of a group on the desk.
func (s *site) queue(id, group string, version int, severity finding.Severity, wait time.Duration, to ...string) {
	s.seq++
	s.desk.add(&item{seq: s.seq, queued: s.now, delivery: &Delivery{
		Channel: "ops", Reason: incident.ReasonOpened, To: to, Incident: incident.Incident{ID: id, Version: version, Severity: severity},
		Group: &incident.Group{Key: group, Wait: wait, Interval: 5 * time.Minute, Limit: 5},
	}})
}

// run sends what is due until a time.
func (s *site) run(until time.Time) {
	for !s.now.After(until) {
		b, wake := s.desk.head(s.now)
		if b == nil {
			if wake.IsZero() || wake.After(until) {
				break
			}
			s.now = latest(s.now.Add(time.Millisecond), wake)
			continue
		}
		if wait := s.limit.take(s.now, b.critical()); wait > 0 {
			s.now = s.now.Add(wait)
			continue
		}
		s.accept(b)
	}
	s.now = latest(s.now, until)
}

func (s *site) accept(b *batch) {
	m := told{at: s.now, scope: b.scope, class: b.class, oldest: b.items[0].queued}
	for _, k := range b.newest() {
		m.ids = append(m.ids, k.delivery.Incident.ID)
	}
	for _, it := range b.items {
		i := &it.delivery.Incident
		if s.told[i.ID] >= i.Version {
			s.t.Fatalf("%s: version %d is told after %d", i.ID, i.Version, s.told[i.ID])
		}
		s.told[i.ID] = i.Version
		s.desk.remove(it)
	}
	s.desk.crowd.sent(b, s.now)
	s.sent = append(s.sent, m)
}

func (s *site) after(d time.Duration) { s.run(s.now.Add(d)) }

// shape says scope and size of what was sent.
func (s *site) shape() (out []string) {
	for _, m := range s.sent {
		out = append(out, fmt.Sprintf("%d of %d", len(m.ids), m.scope))
	}
	return out
}

// TestFew: a few incidents of a group are told one by one; the first waits as its group says, the others do not.
func TestFew(t *testing.T) {
	s := newSite(t, 600)
	begin := s.now
	s.queue("a", "g", 1, finding.Warning, 30*time.Second)
	s.after(29 * time.Second)
	if len(s.sent) != 0 {
		t.Errorf("told after 29 s: %v", s.shape())
	}
	s.after(2 * time.Second)
	s.queue("b", "g", 1, finding.Warning, 30*time.Second)
	s.after(time.Second)
	s.queue("c", "h", 1, finding.Critical, 0)
	s.after(time.Second)
	if diff := cmp.Diff([]string{"1 of 0", "1 of 0", "1 of 0"}, s.shape()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := s.sent[0].at.Sub(begin); got != 30*time.Second {
		t.Errorf("the first was told after %v", got)
	}
}

// TestManyOfAGroup: more than the limit are told by one message, and what comes in the interval by another at its end.
func TestManyOfAGroup(t *testing.T) {
	s := newSite(t, 600)
	for k := range 40 {
		s.queue(fmt.Sprint("a", k), "g", 1, finding.Warning, 30*time.Second)
	}
	s.after(40 * time.Second)
	for k := range 40 {
		s.queue(fmt.Sprint("b", k), "g", 1, finding.Warning, 30*time.Second)
		s.after(time.Second)
	}
	s.queue("other", "h", 1, finding.Warning, 0)
	s.after(10 * time.Minute)
	if diff := cmp.Diff([]string{"40 of 1", "1 of 0", "40 of 1"}, s.shape()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if gap := s.sent[2].at.Sub(s.sent[0].at); gap != 5*time.Minute {
		t.Errorf("%v between two messages of a group", gap)
	}
}

// TestManyGroups: what is more than a minute's messages is told together whatever its group, but not to other people.
func TestManyGroups(t *testing.T) {
	s := newSite(t, 20)
	for k := range 1000 {
		s.queue(fmt.Sprint("a", k), fmt.Sprint("g", k), 1, finding.Warning, 0, []string{"ana", "bo"}[k%2])
	}
	s.after(20 * time.Minute)
	total := 0
	for _, m := range s.sent {
		total += len(m.ids)
	}
	if total != 1000 || len(s.sent) > 20 {
		t.Errorf("%d told by %d messages: %v", total, len(s.sent), s.shape())
	}
}

// TestCriticalFirst: in a storm, the first critical incident of a group is told at once, and none later than a minute.
func TestCriticalFirst(t *testing.T) {
	s := newSite(t, 20)
	for k := range 500 {
		s.queue(fmt.Sprint("a", k), fmt.Sprint("g", k), 1, finding.Warning, 0)
	}
	s.after(30 * time.Second)
	at := s.now
	s.queue("db", "db", 1, finding.Critical, 0)
	s.after(time.Second)
	if last := s.sent[len(s.sent)-1]; last.ids[0] != "db" || last.at != at {
		t.Errorf("a critical incident was not told at once: %v", s.shape())
	}
	for k := range 300 {
		s.queue(fmt.Sprint("c", k), fmt.Sprint("c", k), 1, finding.Critical, 0)
		s.after(100 * time.Millisecond)
	}
	s.after(5 * time.Minute)
	for _, m := range s.sent {
		if wait := m.at.Sub(m.oldest); m.class.critical && wait > soon+5*time.Second {
			t.Errorf("critical incidents waited %v", wait)
		}
	}
}

// TestAway: after an hour without the peer, an incident is told by its newest delivery, and many by one message.
func TestAway(t *testing.T) {
	s := newSite(t, 20)
	for v := range 3 {
		s.queue("a", "a", v+1, finding.Warning, 0)
	}
	for k := range 30 {
		s.queue(fmt.Sprint("b", k), "b", 1, finding.Warning, 0)
		s.queue(fmt.Sprint("b", k), "b", 2, finding.Warning, 0)
	}
	s.desk.until = s.now.Add(time.Hour)
	s.after(2 * time.Hour)
	if diff := cmp.Diff([]string{"31 of 2"}, s.shape()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if s.told["a"] != 3 || s.told["b7"] != 2 {
		t.Errorf("told %v", s.told)
	}
}

// TestQueueFillsUp: a storm that goes on longer than an interval is told before it fills the queue, whoever is critical.
func TestQueueFillsUp(t *testing.T) {
	s := newSite(t, 20)
	s.desk.crowd.bound(600)
	most := 0
	for k := range 12_000 {
		s.queue(fmt.Sprint("a", k), fmt.Sprint("g", k), 1, []finding.Severity{finding.Warning, finding.Warning, finding.Critical}[k%3], 0)
		s.after(50 * time.Millisecond)
		most = max(most, s.desk.size)
	}
	if most >= 600 {
		t.Errorf("%d messages waited in a queue that takes 600", most)
	}
	s.after(time.Hour)
	if len(s.told) != 12_000 {
		t.Errorf("%d told", len(s.told))
	}
}

// TestNothingIsLost: whatever comes, all of it is told, in the order of each incident, to those whom it is for, within the rate; a
// class is told of no more often than its limit allows.
func TestNothingIsLost(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8)) //nolint:gosec // a test
	for range 20 {
		perMinute := []int{20, 60, 600}[random.IntN(3)]
		s, groups := newSite(t, perMinute), 1+random.IntN(200)
		versions, for1 := map[string]int{}, map[string]string{}
		for range 1500 {
			k := random.IntN(400)
			id := fmt.Sprint("i", k)
			versions[id]++
			for1[id] = []string{"ana", "bo"}[k%2]
			severity := []finding.Severity{finding.Warning, finding.Warning, finding.Critical}[random.IntN(3)]
			s.queue(id, fmt.Sprint("g", k%groups), versions[id], severity, time.Duration(random.IntN(2))*30*time.Second, for1[id])
			if random.IntN(20) == 0 {
				s.after(time.Duration(random.IntN(60)) * time.Second)
			}
		}
		s.after(time.Hour)
		if diff := cmp.Diff(versions, s.told); diff != "" || s.desk.size != 0 {
			t.Fatalf("%d wait; told (-want +got):\n%s", s.desk.size, diff)
		}
		for k, m := range s.sent {
			if k+perMinute < len(s.sent) && s.sent[k+perMinute].at.Sub(m.at) < time.Minute {
				t.Fatalf("more than %d messages in a minute", perMinute)
			}
			for _, id := range m.ids {
				if for1[id] != m.class.to {
					t.Fatalf("%s is told to %s", id, m.class.to)
				}
			}
		}
	}
}
