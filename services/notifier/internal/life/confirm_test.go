package life

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// play applies findings to one incident and says after each "<state><version>:<severity>:<reason>", "-" for no step.
func play(findings ...*finding.Finding) (*incident.Incident, string) {
	var cur *incident.Incident
	var got []string
	for _, f := range findings {
		s := usual.Apply(cur, f, Scene{})
		if s == nil {
			got = append(got, "-")
			continue
		}
		cur = s.Incident
		joined := ""
		if s.Joined {
			joined = "+"
		}
		got = append(got, fmt.Sprintf("%s%s%d:%s:%s", joined, cur.State, cur.Version, cur.Severity, s.Reason))
	}
	return cur, strings.Join(got, " ")
}

var ledger = part(entity.Volume, "mountpoint", "/oradata/LEDGER_DATA")

func filling(minute int, a finding.Action, s finding.Severity) *finding.Finding {
	f := predict(minute, s, finding.Exhaustion, ledger, "bytes", 0.95, 10*time.Hour)
	f.Action = a
	return f
}

func cannotGrow(minute int, a finding.Action) *finding.Finding {
	return write(minute, a, crit, finding.Tablespace, "oracle.ora-01653", "ORA-01653: unable to extend table GL.X in tablespace LEDGER_DATA")
}

// TestOneFault: message and prediction live in one incident, whichever came first; it ends with the last of them.
func TestOneFault(t *testing.T) {
	f := func(name, want string, findings ...*finding.Finding) {
		t.Helper()
		if _, got := play(findings...); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
	index := func(minute int, a finding.Action) *finding.Finding {
		return write(minute, a, warn, finding.Tablespace, "oracle.ora-01654", "ORA-01654: unable to extend index")
	}
	f("the message is worse, is told once, and stops first",
		"open1:warning:opened +open2:critical:raised open3:critical: open4:critical: open5:warning: resolved6:warning:resolved",
		filling(0, op, warn), cannotGrow(1, op), filling(2, up, warn), cannotGrow(3, up), cannotGrow(40, end), filling(41, end, warn))
	f("the message is no worse", "open1:critical:opened +open2:critical:", filling(0, op, crit), cannotGrow(30, op))
	f("the prediction ends first", "open1:warning:opened +open2:critical:raised open3:critical: resolved4:critical:resolved - -",
		filling(0, op, warn), cannotGrow(1, op), filling(10, end, info), cannotGrow(40, end), cannotGrow(40, end), filling(10, end, info))
	f("the prediction comes after the message", "open1:critical:opened +open2:critical: open3:warning: resolved4:warning:resolved",
		cannotGrow(0, op), filling(1, op, warn), cannotGrow(40, end), filling(50, end, warn))
	f("two messages", "open1:critical:opened +open2:critical: open3:warning: resolved4:warning:resolved",
		cannotGrow(0, op), index(1, op), cannotGrow(40, end), index(45, end))
	f("a message that its worker forgot keeps nothing open", "open1:warning:opened +open2:critical:raised resolved3:warning:resolved",
		filling(0, op, warn), cannotGrow(1, op), filling(2+26*60, end, warn))
	f("repeats", "open1:warning:opened +open2:critical:raised - - -",
		filling(0, op, warn), cannotGrow(1, op), cannotGrow(1, op), filling(0, op, warn), cannotGrow(0, up))
}

// TestConfirmation: what an incident says of a message that joined, as long as it is written and after.
func TestConfirmation(t *testing.T) {
	i, _ := play(filling(0, op, warn), cannotGrow(1, op), filling(2, up, warn))
	if len(i.ConfirmedBy) != 1 || i.Kind != finding.Exhaustion || i.Entity.ID != ledger.ID || i.Message.En != "full soon" || i.Worst != crit {
		t.Fatalf("incident: %+v", i)
	}
	c := i.ConfirmedBy[0]
	if c.Resource != finding.Tablespace || c.StoppedAt != nil || !strings.Contains(c.Message.Zh, "ORA-01653") || !c.Since.Equal(start.Add(time.Minute)) {
		t.Errorf("confirmation: %+v", c)
	}
	if e := i.Evidence; len(e) != 1 || e[0].Name != "confirmed_by" ||
		!strings.HasPrefix(e[0].Text.En, "Confirmed by a message in the log: nc has written: ORA-01653") ||
		!strings.HasPrefix(e[0].Text.Zh, "日志信息印证：nc 记录了：ORA-01653") {
		t.Errorf("evidence: %+v", e)
	}
	if i.Notified.Severity != crit || i.Notified.P50 == nil || i.Outcome != nil || i.Predicted == nil || !i.Predicted.Time.Equal(start) {
		t.Errorf("told %+v, outcome %+v, predicted %+v", i.Notified, i.Outcome, i.Predicted)
	}
	if k := len(i.Timeline); k != 3 || i.Timeline[1].Signal != c.Signal || !strings.HasPrefix(i.Timeline[1].Text.En, "Confirmed by") {
		t.Errorf("timeline: %+v", i.Timeline)
	}
	stopped := usual.Apply(i, cannotGrow(40, end), Scene{}).Incident
	if c := stopped.ConfirmedBy[0]; c.StoppedAt == nil || !strings.Contains(c.Message.En, "ORA-01653") || len(stopped.Evidence) != 0 {
		t.Errorf("after it stopped: %+v, %+v", c, stopped.Evidence)
	}
	if i.ConfirmedBy[0].StoppedAt != nil {
		t.Error("Apply changed what it was given")
	}
	again := cannotGrow(50, op)
	again.Episode = "m-2"
	s := usual.Apply(stopped, again, Scene{})
	if c := s.Incident.ConfirmedBy; len(c) != 1 || c[0].StoppedAt != nil || s.Joined || s.Incident.Severity != crit {
		t.Errorf("written again: %+v, joined: %v", c, s.Joined)
	}
}

// TestPredictionTakesOver: the incident of a message becomes that of the prediction which it confirms.
func TestPredictionTakesOver(t *testing.T) {
	i, _ := play(cannotGrow(0, op), filling(20, op, warn))
	if i.Kind != finding.Exhaustion || i.Signal != "rule/"+ledger.ID || i.Resource != "" || i.Predicted == nil || i.Severity != crit {
		t.Errorf("incident: %+v", i)
	}
	if c := i.ConfirmedBy; len(c) != 1 || c[0].Signal != "log-oracle.ora-01653/host:erp-01" || c[0].Entries != 1 || c[0].Severity != crit {
		t.Errorf("confirmed by: %+v", c)
	}
	if e := i.Evidence; len(e) != 1 || !strings.HasPrefix(e[0].Text.En, "Confirmed by a message in the log: nc") {
		t.Errorf("evidence: %+v", e)
	}
	later := usual.Apply(i, filling(21, up, warn), Scene{}).Incident
	if l := later.Timeline; len(l) != 3 || l[1].Text.En != "The message in the log confirms a forecast: full soon" || l[1].Signal != i.ConfirmedBy[0].Signal {
		t.Errorf("timeline: %+v", l)
	}
	if i.FaultOf(0) != "log log-oracle.ora-01653/host:erp-01" || i.FaultOf(1) != i.Fault() {
		t.Errorf("marks: %+v", i.Marks)
	}
}

// TestOutcomeIsTheSamples: a message says "full", and yet only the samples tell what became of a prediction.
func TestOutcomeIsTheSamples(t *testing.T) {
	freed := filling(5, end, warn)
	freed.Outcome = &finding.Outcome{What: finding.Prevented, Time: freed.Time}
	i, _ := play(filling(0, op, warn), cannotGrow(1, op), freed, cannotGrow(40, end))
	if diff := cmp.Diff(freed.Outcome, i.Outcome); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
}

// TestNextEpisodeOfAPrediction: while a message keeps the incident open, a prediction may come again; then it is that which is judged.
func TestNextEpisodeOfAPrediction(t *testing.T) {
	freed := filling(5, end, warn)
	freed.Outcome = &finding.Outcome{What: finding.Prevented, Time: freed.Time}
	again := filling(9, op, warn)
	again.Episode = "p-2"
	i, _ := play(filling(0, op, warn), cannotGrow(1, op), freed, again, cannotGrow(40, end))
	if i.State != incident.Open || i.Outcome != nil || i.Predicted == nil || !i.Predicted.Time.Equal(again.Time) || i.Severity != warn {
		t.Errorf("incident: %+v", i)
	}
}

// TestSilenceWithAMessage: what is over takes no finding any more, so that the episode which goes on is closed.
func TestSilenceWithAMessage(t *testing.T) {
	i, _ := play(filling(0, op, warn), cannotGrow(1, op), cannotGrow(40, end))
	s := usual.Apply(i, Silence(i, i.UpdatedAt.Add(8*24*time.Hour)), Scene{})
	if s == nil || s.Incident.State != incident.Resolved || !s.Incident.Unheard() {
		t.Fatalf("step: %+v", s)
	}
}

// TestBoundsOfConfirmations: many messages, each often: the prediction's episode stays known, and all of it small.
func TestBoundsOfConfirmations(t *testing.T) {
	cur, _ := play(filling(0, op, warn))
	for n := range 300 {
		m := write(n+1, op, crit, finding.Storage, fmt.Sprint(n%15), strings.Repeat("长", 1000))
		m.Episode = fmt.Sprint(n)
		cur = usual.Apply(cur, m, Scene{}).Incident
		stop := write(n+1, end, crit, finding.Storage, fmt.Sprint(n%15), "")
		stop.ID, stop.Episode = stop.ID[:len(stop.ID)-1]+"1", m.Episode
		cur = usual.Apply(cur, stop, Scene{}).Incident
	}
	if len(cur.ConfirmedBy) != incident.MaxConfirmations || len(cur.Episodes) != incident.MaxEpisodes || len(cur.Timeline) != incident.MaxTimeline {
		t.Errorf("%d confirmations, %d episodes, %d changes", len(cur.ConfirmedBy), len(cur.Episodes), len(cur.Timeline))
	}
	if s := usual.Apply(cur, filling(900, end, warn), Scene{}); s == nil || s.Incident.State != incident.Resolved {
		t.Errorf("the prediction's end: %+v", s)
	}
	if data, err := incident.Encode(cur); err != nil || len(data) > 800<<10 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}

// TestIncidentOfAnEarlierRelease: marks without a fault are of what the incident is about.
func TestIncidentOfAnEarlierRelease(t *testing.T) {
	i, _ := play(filling(0, op, crit))
	i.Marks[0].Fault, i.Marks[0].Severity = "", ""
	m := write(1, op, warn, finding.Tablespace, "oracle.ora-01653", "in tablespace LEDGER_DATA")
	s := usual.Apply(i, m, Scene{})
	if !s.Joined || s.Incident.Severity != crit || s.Incident.FaultOf(0) != i.Fault() {
		t.Errorf("step: %+v", s.Incident)
	}
}
