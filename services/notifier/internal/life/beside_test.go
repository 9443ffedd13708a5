package life

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/topology"
)

var (
	db, app1, app2 = entity.Outermost(entity.Host, "", "db-01"), entity.Outermost(entity.Host, "", "app-01"), entity.Outermost(entity.Host, "", "app-02")
	other, web     = entity.Outermost(entity.Host, "", "other"), entity.Outermost(entity.Host, "", "web-01")
	nc             = entity.Outermost(entity.App, "", "nc-app")
	pod1, pod2     = entity.Outermost(entity.Pod, "", "prod", "erp-1"), entity.Outermost(entity.Pod, "", "prod", "erp-2")
	node           = entity.Outermost(entity.Host, "", "node-1")
	tls            = entity.Outermost(entity.Certificate, "", "https://erp:443")
)

// near are the rules of these tests: an application on two hosts with a database, which another host depends on, and two pods of a node of which one is of a deployment.
func near() Rules {
	r := usual
	r.JoinWindow = time.Hour
	r.Topology = topology.New([]topology.Edge{
		{From: nc.ID, Relation: topology.RunsOn, To: app1.ID},
		{From: nc.ID, Relation: topology.RunsOn, To: app2.ID},
		{From: nc.ID, Relation: topology.DependsOn, To: db.ID},
		{From: pod1.ID, Relation: topology.RunsOn, To: node.ID},
		{From: pod2.ID, Relation: topology.RunsOn, To: node.ID},
		{From: nc.ID, Relation: topology.DependsOn, To: tls.ID},
		{From: web.ID, Relation: topology.DependsOn, To: db.ID},
	})
	return r
}

// odd is a finding of a kind about an entity at a minute.
func odd(minute int, a finding.Action, s finding.Severity, k finding.Kind, e entity.Entity) *finding.Finding {
	f := say(minute, a, s, "o-"+string(k)+e.ID, 0)
	f.ID, f.Probability = fmt.Sprintf("anomaly-metrics:%s:%d:0", k, minute+1), 0
	f.Kind, f.Signal, f.Entity, f.Unit = k, string(k)+"/"+e.ID, e, "ratio"
	f.Title = i18n.Text{En: string(k) + " of " + e.Name, Zh: e.Name + " 异常"}
	f.Message = i18n.Text{En: e.Name + " is unusual.", Zh: e.Name + " 异常。"}
	return f
}

// use is a forecast about an entity: a share in use, and the limit reached after left.
func use(minute int, s finding.Severity, e entity.Entity, unit string, share float64, left time.Duration) *finding.Finding {
	f := predict(minute, s, finding.Exhaustion, e, unit, share, left)
	f.Action = op
	return f
}

// TestWhatIsNear: two findings, one after the other, of one fault or of two.
func TestWhatIsNear(t *testing.T) {
	volume := entity.Within(db, entity.Volume, "/u01")
	const day = 24 * time.Hour
	anomaly := func(minute int, e entity.Entity) *finding.Finding { return odd(minute, op, warn, finding.Anomaly, e) }
	heap := predict(10, warn, finding.Leak, entity.Within(app1, entity.Process, "java", "1"), "bytes", 0.6, 5*day)
	expired := use(0, crit, tls, "days", 0, time.Second)
	expired.Kind = finding.Expiry
	soon := use(0, warn, tls, "days", 0, 10*day)
	soon.Kind = finding.Expiry
	silence := odd(100, op, warn, finding.Silence, db)
	for _, c := range []struct {
		name string
		a, b *finding.Finding
		want bool
	}{
		{"two anomalies of a host", anomaly(0, db), anomaly(50, entity.Within(db, entity.Database, "9104")), true},
		{"two hours apart", anomaly(0, db), anomaly(121, entity.Within(db, entity.Database, "9104")), false},
		{"an application and its database", anomaly(0, app1), anomaly(20, db), true},
		{"an application and its database, unusual since two hours", anomaly(0, db), anomaly(121, app1), true},
		{"an application and its database, unusual since five hours", anomaly(0, db), anomaly(305, app1), false},
		{"a database and its application, unusual since two hours", anomaly(0, app1), anomaly(121, db), false},
		{"two hosts of an application", anomaly(0, app1), anomaly(20, app2), true},
		{"hosts that have nothing to do with each other", anomaly(0, app1), anomaly(1, other), false},
		{"two applications of a database, by one rule", anomaly(0, app1), anomaly(9, web), true},
		{"two applications of a database, by two rules", anomaly(0, app1), odd(9, op, warn, finding.Silence, web), false},
		{"pools of two applications of a database, both full", use(0, warn, entity.Within(app1, entity.Pool, "x"), "connections", 1, time.Second), use(9, warn, entity.Within(web, entity.Pool, "x"), "connections", 1, time.Second), true},
		{"volumes of two applications of a database, both full", use(0, warn, entity.Within(app1, entity.Volume, "x"), "bytes", 1, time.Second), use(9, warn, entity.Within(web, entity.Volume, "x"), "bytes", 1, time.Second), false},
		{"two pods of a node", anomaly(0, pod1), anomaly(1, pod2), false},
		{"a pod and its node", anomaly(0, pod1), anomaly(1, node), true},
		{"a slow forecast and an anomaly", use(0, warn, volume, "bytes", 0.7, 5*day), anomaly(10, db), false},
		{"a volume that is full and an anomaly", use(0, crit, volume, "bytes", 1, time.Second), anomaly(10, db), true},
		{"a volume that is full since two hours", use(0, crit, volume, "bytes", 1, time.Second), anomaly(125, app1), true},
		{"a volume that is full since five hours", use(0, crit, volume, "bytes", 1, time.Second), anomaly(305, app1), false},
		{"two volumes of a host, both nearly full", use(0, crit, volume, "bytes", 0.97, time.Second), use(10, crit, entity.Within(db, entity.Volume, "/u02"), "bytes", 0.97, time.Second), false},
		{"space and inodes of a volume", use(0, warn, volume, "bytes", 0.7, 5*day), inodes(use(10*60, warn, volume, "inodes", 0.7, 5*day)), true},
		{"a leak and the memory of its host", heap, use(3*24*60, warn, app1, "bytes", 0.8, 5*day), true},
		{"a leak and the disk of its host", heap, use(10, warn, entity.Within(app1, entity.Volume, "/"), "bytes", 0.8, 5*day), false},
		{"a leak and an anomaly of its host", heap, anomaly(10, app1), false},
		{"a certificate that expires in days and an anomaly", soon, anomaly(0, app1), false},
		{"a certificate that has expired and an anomaly", expired, anomaly(20, app1), true},
		{"a silence, noticed late, of the database", anomaly(0, app1), silence, true},
		{"the same message of two that rest on a node", said(0, pod1, "refused"), said(9, pod2, "refused"), true},
		{"the same message two hours later", said(0, pod1, "refused"), said(130, pod2, "refused"), false},
		{"other messages of two that rest on a node", said(0, pod1, "refused"), said(9, pod2, "slow"), false},
		{"the same message of two that have nothing in common", said(0, app1, "refused"), said(9, other, "refused"), false},
		{"a message and an anomaly", write(0, op, warn, "network", "x", "refused"), anomaly(9, erp), true},
	} {
		i := opened(t, c.a)
		if got := near().Nearest([]*incident.Incident{i}, c.b, nil) != nil; got != c.want {
			t.Errorf("%s: joined: %v, want %v", c.name, got, c.want)
		}
		if off := usual; off.Nearest([]*incident.Incident{i}, c.b, nil) != nil {
			t.Errorf("%s: joined although the window is 0", c.name)
		}
	}
}

// said is a message of a log of an entity.
func said(minute int, e entity.Entity, signature string) *finding.Finding {
	f := write(minute, op, warn, "network", signature, signature)
	f.Entity, f.Signal, f.Episode = e, "log-"+signature+"/"+e.ID, signature+e.ID
	return f
}

func inodes(f *finding.Finding) *finding.Finding {
	f.Signal, f.Episode = "inodes/"+f.Entity.ID, "inodes"
	return f
}

// TestEndless: one trouble after the other, each near the one before, are not one fault for ever.
func TestEndless(t *testing.T) {
	r := near()
	cur := r.Apply(nil, odd(0, op, warn, finding.Anomaly, db), Scene{}).Incident
	joined := 0
	for n := 1; n < 20; n++ {
		f := odd(n*50, op, warn, finding.Anomaly, entity.Within(db, entity.Database, fmt.Sprint(n)))
		if r.Nearest([]*incident.Incident{cur}, f, nil) == nil {
			break
		}
		cur = r.Apply(cur, f, Scene{}).Incident
		joined++
	}
	if joined != 4 {
		t.Errorf("%d joined, want those of 4 hours", joined)
	}
}

// TestFull: an incident of 50 troubles that go on takes no other one, and notes take nobody's place.
func TestFull(t *testing.T) {
	r := near()
	cur := r.Apply(nil, odd(0, op, warn, finding.Anomaly, db), Scene{}).Incident
	take := func(s finding.Severity, name string) bool {
		f := odd(1, op, s, finding.Anomaly, entity.Within(db, entity.Database, name))
		if r.Nearest([]*incident.Incident{cur}, f, nil) == nil {
			return false
		}
		cur = r.Apply(cur, f, Scene{}).Incident
		return true
	}
	for n := range 60 {
		take(info, fmt.Sprint("note", n))
	}
	if len(cur.Episodes) != 1+maxNotes {
		t.Errorf("%d episodes after 60 notes", len(cur.Episodes))
	}
	for n := range 60 {
		take(warn, fmt.Sprint("warning", n))
	}
	live := 0
	for _, m := range cur.Marks {
		if !m.Note && !m.Ended {
			live++
		}
	}
	if live != incident.MaxEpisodes || len(cur.Episodes) != incident.MaxEpisodes {
		t.Errorf("%d troubles of %d episodes go on", live, len(cur.Episodes))
	}
	if len(cur.Causes) != incident.MaxCauses || len(cur.Affected()) != incident.MaxEpisodes {
		t.Errorf("%d causes, %d affected", len(cur.Causes), len(cur.Affected()))
	}
}

// told applies findings to one incident and says after each "<state>:<severity>:<reason>".
func told(r Rules, findings ...*finding.Finding) (*incident.Incident, string) {
	var cur *incident.Incident
	var out []string
	for _, f := range findings {
		s := r.Apply(cur, f, Scene{})
		if s == nil {
			out = append(out, "-")
			continue
		}
		cur = s.Incident
		out = append(out, fmt.Sprintf("%s:%s:%s", cur.State, cur.Severity, s.Reason))
	}
	return cur, strings.Join(out, " ")
}

// TestTold: people are told when it gets worse and when another cause is likelier, not of every trouble that joins; it ends with the
// last one, and notes keep nothing open and make nothing worse.
func TestTold(t *testing.T) {
	busy := entity.Within(app1, entity.Pool, "8080", "http")
	full := use(40, crit, entity.Within(db, entity.Volume, "/u01"), "bytes", 1, time.Second)
	f := func(name, want string, findings ...*finding.Finding) *incident.Incident {
		t.Helper()
		i, got := told(near(), findings...)
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
		return i
	}
	f("a second one is no news, the end of the first neither", "open:warning:opened open:warning: open:warning: resolved:warning:resolved",
		odd(0, op, warn, finding.Anomaly, busy), odd(5, op, warn, finding.Anomaly, app2),
		odd(60, end, warn, finding.Anomaly, busy), odd(61, end, warn, finding.Anomaly, app2))
	i := f("the disk of the database", "open:warning:opened open:critical:raised",
		odd(0, op, warn, finding.Anomaly, busy), full)
	if i.Kind != finding.Exhaustion || i.Causes[0].Entity.ID != full.Entity.ID || i.Likeliest() != nil {
		t.Errorf("it is about %s, by %+v", i.Signal, i.Causes)
	}
	i = f("a likelier cause", "open:critical:opened open:critical:cause open:critical: resolved:critical:resolved",
		odd(0, op, crit, finding.Anomaly, busy), odd(20, op, warn, finding.Anomaly, db),
		odd(70, end, crit, finding.Anomaly, db), odd(71, end, crit, finding.Anomaly, busy))
	if i.Entity.ID != busy.ID || i.Causes[0].Entity.ID != db.ID || i.Notified.Cause == "" {
		t.Errorf("it is about %s, by %+v", i.Signal, i.Causes)
	}
	i = f("notes", "open:warning:opened open:warning: open:warning: resolved:warning:resolved - -",
		odd(0, op, warn, finding.Anomaly, busy), odd(5, op, info, finding.Anomaly, db), odd(50, end, info, finding.Anomaly, db),
		odd(60, end, warn, finding.Anomaly, busy), odd(5, op, info, finding.Anomaly, db), odd(61, op, info, finding.Anomaly, app2))
	if len(i.Marks) != 2 || !i.Marks[1].Note || !i.Marks[1].Ended || i.Causes[0].Entity.ID != db.ID || len(i.Affected()) != 2 {
		t.Errorf("with a note: %+v", i)
	}
	f("a note that goes on keeps nothing open", "open:warning:opened open:warning: resolved:warning:resolved",
		odd(0, op, warn, finding.Anomaly, busy), odd(5, op, info, finding.Anomaly, db), odd(60, end, warn, finding.Anomaly, busy))
	again := odd(12, op, info, finding.Anomaly, db)
	again.Episode = "again"
	f("a note that comes again is one", "open:warning:opened open:warning: open:warning: open:warning: resolved:warning:resolved",
		odd(0, op, warn, finding.Anomaly, busy), odd(5, op, info, finding.Anomaly, db), odd(10, end, info, finding.Anomaly, db), again,
		odd(60, end, warn, finding.Anomaly, busy))
	f("a note that gets worse is a trouble", "open:warning:opened open:warning: open:critical:raised open:critical: resolved:critical:resolved",
		odd(0, op, warn, finding.Anomaly, busy), odd(5, op, info, finding.Anomaly, db), odd(6, up, crit, finding.Anomaly, db),
		odd(60, end, warn, finding.Anomaly, busy), odd(61, end, crit, finding.Anomaly, db))
}

// TestSuccession: when what an incident is about has ended, the next word of what goes on is what it is about.
func TestSuccession(t *testing.T) {
	i, _ := told(near(), odd(0, op, warn, finding.Anomaly, app1), odd(5, op, warn, finding.Anomaly, db),
		odd(10, end, warn, finding.Anomaly, app1), odd(11, up, warn, finding.Anomaly, db))
	if i.Entity.ID != db.ID || !strings.Contains(i.Timeline[2].Text.En, "stays open until what joined it is over") {
		t.Errorf("it is about %s: %+v", i.Entity.ID, i.Timeline)
	}
	for k, want := range []string{"anomaly anomaly/" + app1.ID, "anomaly anomaly/" + db.ID} {
		if i.FaultOf(k) != want {
			t.Errorf("fault %d is %s, want %s", k, i.FaultOf(k), want)
		}
	}
}

// TestSilenceWithANote: an incident of which nothing is heard any more ends, although a note goes on.
func TestSilenceWithANote(t *testing.T) {
	i, _ := told(near(), odd(0, op, warn, finding.Anomaly, app1), odd(5, op, info, finding.Anomaly, db))
	s := near().Apply(i, Silence(i, i.UpdatedAt.Add(8*24*time.Hour)), Scene{})
	if s == nil || !s.Incident.Unheard() {
		t.Fatalf("step: %+v", s)
	}
}

// TestMergedAndOpenAgain: should what an incident was merged into be gone, it opens again by itself.
func TestMergedAndOpenAgain(t *testing.T) {
	into, _ := told(near(), odd(0, op, crit, finding.Anomaly, db))
	i, _ := told(near(), odd(1, op, warn, finding.Anomaly, app1))
	closed := Close(i, into).Incident
	if closed.MergedInto != into.ID || closed.State != incident.Resolved || Close(closed, into) != nil {
		t.Fatalf("merged: %+v", closed)
	}
	s := near().Apply(closed, odd(2, up, warn, finding.Anomaly, app1), Scene{})
	if s == nil || s.Incident.MergedInto != "" || s.Incident.State != incident.Open {
		t.Errorf("again: %+v", s)
	}
}
