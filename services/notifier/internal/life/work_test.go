package life

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

var morning = time.Date(2026, 1, 27, 8, 0, 0, 0, time.UTC)

func workRules() Rules {
	return Rules{
		MinSeverity: finding.Warning, ReopenWindow: time.Hour, UpdateInterval: 15 * time.Minute, ETAChange: 0.5, ETAChangeMin: 10 * time.Minute,
		RenotifyAfter: map[finding.Severity]time.Duration{finding.Critical: 30 * time.Minute, finding.Warning: 4 * time.Hour},
		CloseAfter:    72 * time.Hour,
	}
}

// spell is one finding after another about one volume.
type spell struct {
	n       int
	episode int
}

func (s *spell) say(at time.Time, a finding.Action, level finding.Severity) *finding.Finding {
	s.n++
	if a == finding.Opened {
		s.episode++
	}
	f := &finding.Finding{
		Schema: 1, ID: fmt.Sprintf("trend:00:%d:0", s.n), Episode: fmt.Sprint(s.episode), Action: a, Time: at,
		Kind: finding.Exhaustion, Signal: "space/volume:a:/", Severity: level, Probability: 0.9, Message: i18n.Text{En: "full soon", Zh: "将满"},
	}
	if a == finding.Resolved {
		f.Outcome = &finding.Outcome{What: finding.Prevented, Time: at}
	}
	return f
}

func begun(t *testing.T, r Rules, s *spell, level finding.Severity) *incident.Incident {
	t.Helper()
	step := r.Apply(nil, s.say(morning, finding.Opened, level), Scene{})
	if step == nil {
		t.Fatal("nothing opened")
	}
	return step.Incident
}

func command(a incident.Action) *incident.Command {
	c := &incident.Command{ID: "c-" + string(a), Incident: incident.NewID(morning, "x"), Action: a, Actor: "li.wei", Text: "as said"}
	switch a {
	case incident.Assign:
		c.Owner = "dba"
	case incident.AddLink:
		c.URL, c.Title = "https://tickets.example/4711", "4711"
	case incident.Judge:
		c.Verdict = incident.Useful
	}
	return c
}

// do carries out a command that must be possible.
func do(t *testing.T, cur *incident.Incident, a incident.Action, at time.Time) *incident.Incident {
	t.Helper()
	c := command(a)
	c.ID = fmt.Sprintf("%s-%d", a, cur.Version)
	step, reply := Conduct(cur, c, at)
	if step == nil {
		t.Fatalf("%s of an incident that is %s: %s", a, cur.Stage(), reply.Message.En)
	}
	return step.Incident
}

// TestStages walks from the first stage to the last, and back.
func TestStages(t *testing.T) {
	r, s := workRules(), &spell{}
	i := begun(t, r, s, finding.Warning)
	at := morning
	f := func(a incident.Action, want incident.Stage) {
		t.Helper()
		at = at.Add(time.Minute)
		i = do(t, i, a, at)
		last := i.Timeline[len(i.Timeline)-1]
		if i.Stage() != want || last.Action != a || last.Actor != "li.wei" || last.Version != i.Version || !last.Time.Equal(at) {
			t.Errorf("%s: stage %s, want %s; timeline ends with %+v", a, i.Stage(), want, last)
		}
	}
	f(incident.Assign, incident.StageAssigned)
	f(incident.Acknowledge, incident.StageAcknowledged)
	f(incident.Unacknowledge, incident.StageAssigned)
	f(incident.Acknowledge, incident.StageAcknowledged)
	f(incident.Comment, incident.StageAcknowledged)
	f(incident.AddLink, incident.StageAcknowledged)
	f(incident.Mitigate, incident.StageMitigated)
	f(incident.Resolve, incident.StageResolved)
	if step, reply := Conduct(i, command(incident.Verify), at); step != nil || !strings.Contains(reply.Message.En, "still seen") || i.State != incident.Open {
		t.Errorf("verified although the danger is there: %+v", reply)
	}
	f(incident.Reopen, incident.StageAcknowledged)
	i = r.Apply(i, s.say(at.Add(time.Minute), finding.Resolved, finding.Warning), Scene{}).Incident
	if i.Stage() != incident.StageVerified || i.Work.Verified.By != actor {
		t.Errorf("what was foretold and prevented is %s", i.Stage())
	}
	f(incident.Judge, incident.StageVerified)
	f(incident.Close, incident.StageClosed)
	f(incident.Reopen, incident.StageAcknowledged)
	if i.State != incident.Resolved || i.Work.Reopened == nil {
		t.Errorf("opened by hand: state %s, %+v", i.State, i.Work)
	}
	f(incident.Resolve, incident.StageResolved)
	f(incident.Verify, incident.StageVerified)
}

// TestRefusals says what is possible instead, and who was faster.
func TestRefusals(t *testing.T) {
	r, s := workRules(), &spell{}
	i := begun(t, r, s, finding.Warning)
	f := func(i *incident.Incident, c *incident.Command, code incident.Code, words ...string) {
		t.Helper()
		step, reply := Conduct(i, c, morning.Add(time.Hour))
		if step != nil || reply.Code != code {
			t.Fatalf("%s: %+v, want %s", c.Action, reply, code)
		}
		for _, w := range words {
			if !strings.Contains(reply.Message.En, w) {
				t.Errorf("%s: %q does not say %q", c.Action, reply.Message.En, w)
			}
		}
	}
	f(i, command(incident.Close), incident.Impossible, "is open", "acknowledge, mitigate, resolve")
	f(i, command(incident.Unacknowledge), incident.Impossible, "is open")
	seen := i.Version
	i = do(t, i, incident.Acknowledge, morning.Add(time.Minute))
	late := command(incident.Resolve)
	late.Version = seen
	f(i, late, incident.Conflict, "Acknowledged (li.wei)", "acknowledged now")
	late.Version = i.Version
	if step, _ := Conduct(i, late, morning.Add(time.Hour)); step == nil {
		t.Error("refused although nothing has changed")
	}
	f(do(t, i, incident.Assign, morning), command(incident.Assign), incident.Impossible, "dba already")
	merged := clone(i)
	merged.MergedInto = incident.NewID(morning, "other")
	f(merged, command(incident.Resolve), incident.Impossible, "go on there")
	// What moves by itself, and what is only said, is no conflict.
	i = r.Apply(i, s.say(morning.Add(2*time.Minute), finding.Updated, finding.Warning), Scene{}).Incident
	i = do(t, i, incident.Comment, morning.Add(3*time.Minute))
	if step, reply := Conduct(i, late, morning.Add(time.Hour)); step == nil {
		t.Errorf("refused: %+v", reply)
	}
}

// TestReminders: told again until somebody sees to it, and not after anything else was told.
func TestReminders(t *testing.T) {
	r, s := workRules(), &spell{}
	i := begun(t, r, s, finding.Critical)
	at, version, ok := r.Reminder(i)
	if !ok || !at.Equal(morning.Add(30*time.Minute)) || version != 1 {
		t.Fatalf("reminder at %v of version %d: %v", at, version, ok)
	}
	step := r.Remind(i, version, at)
	if step == nil || step.Reason != incident.ReasonUnacknowledged || step.Incident.Notified.Count != 1 ||
		!strings.Contains(step.Change.Text.En, "30 min") {
		t.Fatalf("first reminder: %+v", step)
	}
	i = step.Incident
	if again := r.Remind(i, version, at.Add(time.Hour)); again != nil {
		t.Error("one timer has reminded twice")
	}
	at, version, _ = r.Reminder(i)
	i = r.Remind(i, version, at).Incident
	if i.Notified.Count != 2 || i.Work.Reminders != 2 || len(i.Timeline) != 2 {
		t.Errorf("second reminder: %+v, %d lines", i.Notified, len(i.Timeline))
	}
	none := func(what string, i *incident.Incident) {
		t.Helper()
		if _, _, ok := r.Reminder(i); ok {
			t.Errorf("%s: told again", what)
		}
	}
	none("acknowledged", do(t, i, incident.Acknowledge, at))
	none("assigned", do(t, i, incident.Assign, at))
	alarm := command(incident.Judge)
	alarm.Verdict = incident.FalseAlarm
	dismissed, _ := Conduct(i, alarm, at)
	none("a false alarm", dismissed.Incident)
	none("over", r.Apply(i, s.say(at, finding.Resolved, finding.Critical), Scene{}).Incident)
	back := do(t, do(t, i, incident.Acknowledge, at), incident.Unacknowledge, at)
	if _, _, ok := r.Reminder(back); !ok {
		t.Error("not told again after the acknowledgement was taken back")
	}
}

// TestToldLess: what somebody sees to is told again if it gets worse or ends, what was dismissed only if it gets worse.
func TestToldLess(t *testing.T) {
	later := morning.Add(time.Hour)
	f := func(what string, prepare func(*incident.Incident) *incident.Incident, a finding.Action, level finding.Severity, want incident.Reason) {
		t.Helper()
		r, s := workRules(), &spell{}
		i := prepare(begun(t, r, s, finding.Warning))
		step := r.Apply(i, s.say(later, a, level), Scene{})
		if step == nil || step.Reason != want {
			t.Errorf("%s, %s at %s: told as %q, want %q", what, a, level, step.Reason, want)
		}
	}
	acknowledged := func(i *incident.Incident) *incident.Incident { return do(t, i, incident.Acknowledge, morning) }
	dismissed := func(i *incident.Incident) *incident.Incident {
		c := command(incident.Judge)
		c.Verdict = incident.Expected
		step, _ := Conduct(i, c, morning)
		return step.Incident
	}
	f("acknowledged", acknowledged, finding.Updated, finding.Critical, incident.ReasonRaised)
	f("acknowledged", acknowledged, finding.Resolved, finding.Warning, incident.ReasonResolved)
	f("dismissed", dismissed, finding.Updated, finding.Critical, incident.ReasonRaised)
	f("dismissed", dismissed, finding.Updated, finding.Warning, "")
	f("dismissed", dismissed, finding.Resolved, finding.Warning, "")
}

// TestWorseAndAgain: what gets worse than told is not resolved any more, and what comes back is to be looked at anew.
func TestWorseAndAgain(t *testing.T) {
	r, s := workRules(), &spell{}
	i := do(t, do(t, do(t, begun(t, r, s, finding.Warning), incident.Assign, morning), incident.Acknowledge, morning), incident.Resolve, morning)
	i = r.Apply(i, s.say(morning.Add(time.Minute), finding.Updated, finding.Critical), Scene{}).Incident
	if i.Stage() != incident.StageAcknowledged {
		t.Errorf("resolved by hand, then worse: %s", i.Stage())
	}
	i = r.Apply(i, s.say(morning.Add(2*time.Minute), finding.Resolved, finding.Critical), Scene{}).Incident
	step := r.Apply(i, s.say(morning.Add(3*time.Minute), finding.Opened, finding.Critical), Scene{})
	if i = step.Incident; i.Stage() != incident.StageAssigned || i.Work.Owner != "dba" || step.Reason != incident.ReasonReopened {
		t.Errorf("back again: %s of %q, told as %q", i.Stage(), i.Work.Owner, step.Reason)
	}
	if _, _, ok := r.Reminder(i); !ok {
		t.Error("who had it before is not reminded of what came back")
	}
}

// TestClosing: what is over is closed after a while, reckoned from what was said last.
func TestClosing(t *testing.T) {
	r, s := workRules(), &spell{}
	i := begun(t, r, s, finding.Warning)
	i = r.Apply(i, s.say(morning.Add(time.Hour), finding.Resolved, finding.Warning), Scene{}).Incident
	at, ok := r.Closing(i)
	if !ok || !at.Equal(morning.Add(73*time.Hour)) {
		t.Fatalf("closed at %v: %v", at, ok)
	}
	if r.CloseOld(i, at.Add(-time.Second)) != nil {
		t.Error("closed too early")
	}
	i = r.CloseOld(i, at).Incident
	if i.Stage() != incident.StageClosed || r.CloseOld(i, at.Add(time.Hour)) != nil {
		t.Errorf("closed: %s", i.Stage())
	}
	again := do(t, do(t, i, incident.Reopen, at), incident.Resolve, at.Add(time.Hour))
	if later, ok := r.Closing(again); !ok || !later.Equal(at.Add(73*time.Hour)) {
		t.Errorf("after it was resolved by hand: %v, %v", later, ok)
	}
	held := do(t, i, incident.Reopen, at)
	if _, ok := r.Closing(held); ok {
		t.Error("what a person has opened again is closed by itself")
	}
}

// machine is what findings alone decide of an incident.
func machine(i *incident.Incident) string {
	m := *i
	m.Work, m.Version, m.Timeline, m.Notified, m.Revision = incident.Work{}, 0, nil, nil, 0
	m.Marks = slices.Clone(i.Marks)
	for k := range m.Marks {
		m.Marks[k].Version = 0
	}
	data, err := json.Marshal(&m)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// TestMachineAndPeople plays findings, commands and timers in any order. No command is lost or done twice, each change is one version and
// one line, time goes forward, and what findings say is the same as without people.
func TestMachineAndPeople(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		r, s := workRules(), &spell{}
		with := begun(t, r, s, finding.Warning)
		without := with
		at := morning
		done := map[string]bool{}
		for n := range 120 {
			at = at.Add(time.Duration(rng.IntN(600)) * time.Second)
			var step *Step
			switch rng.IntN(4) {
			case 0:
				f := s.say(at.Add(-time.Duration(rng.IntN(20))*time.Second), oneOf(rng, finding.Opened, finding.Updated, finding.Updated, finding.Resolved),
					oneOf(rng, finding.Info, finding.Warning, finding.Critical))
				if s.episode > 0 && r.Joins(with, f) != r.Joins(without, f) {
					t.Fatalf("seed %d: whether a finding belongs to it depends on people", seed)
				}
				if !r.Joins(with, f) {
					continue
				}
				step = r.Apply(with, f, Scene{})
				if alone := r.Apply(without, f, Scene{}); alone != nil {
					without = alone.Incident
				}
			case 1:
				if _, version, ok := r.Reminder(with); ok {
					step = r.Remind(with, version, at)
				}
			case 2:
				step = r.CloseOld(with, at)
			case 3:
				c := command(oneOf(rng, incident.Actions()...))
				c.ID = fmt.Sprintf("%d", n-rng.IntN(2)) // some come again
				c.Verdict = ""
				if c.Action == incident.Judge {
					c.Verdict = oneOf(rng, incident.Judgements()...)
				}
				before := machine(with)
				var reply *incident.Reply
				possible := slices.Contains(with.Possible(), c.Action)
				step, reply = Conduct(with, c, at)
				switch {
				case reply.Code == incident.Done && (done[c.ID] || !possible || step == nil):
					t.Fatalf("seed %d: %s was done: repeated %v, possible %v", seed, c.Action, done[c.ID], possible)
				case reply.Code == incident.Repeated && !done[c.ID]:
					t.Fatalf("seed %d: command %s was lost", seed, c.ID)
				case reply.Code != incident.Done && step != nil:
					t.Fatalf("seed %d: %s changed it", seed, reply.Code)
				}
				if step != nil {
					done[c.ID] = true
					if diff := cmp.Diff(before, machine(step.Incident)); diff != "" {
						t.Fatalf("seed %d: %s changed what findings say (-before +after):\n%s", seed, c.Action, diff)
					}
				}
			}
			if step == nil {
				continue
			}
			check(t, seed, with, step)
			with = step.Incident
		}
		if diff := cmp.Diff(machine(without), machine(with)); diff != "" {
			t.Errorf("seed %d: (-without people +with):\n%s", seed, diff)
		}
	}
}

// check looks at one change.
func check(t *testing.T, seed uint64, before *incident.Incident, s *Step) {
	t.Helper()
	after := s.Incident
	last := after.Timeline[len(after.Timeline)-1]
	switch {
	case after.Version != before.Version+1 || last.Version != after.Version:
		t.Fatalf("seed %d: version %d after %d, the timeline ends at %d", seed, after.Version, before.Version, last.Version)
	case !slices.IsSortedFunc(after.Timeline, func(a, b incident.Change) int { return a.Version - b.Version }):
		t.Fatalf("seed %d: versions of the timeline are not in order", seed)
	case !slices.IsSortedFunc(after.Timeline, func(a, b incident.Change) int { return a.Time.Compare(b.Time) }):
		t.Fatalf("seed %d: times of the timeline are not in order", seed)
	case last.Actor == "":
		t.Fatalf("seed %d: nobody made version %d", seed, after.Version)
	case s.Reason != "" && after.Notified.Version != after.Version:
		t.Fatalf("seed %d: told of version %d, which is %d", seed, after.Notified.Version, after.Version)
	}
	if _, err := incident.Encode(after); err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
}

func oneOf[T any](rng *rand.Rand, all ...T) T { return all[rng.IntN(len(all))] }
