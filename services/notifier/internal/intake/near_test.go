package intake

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/topology"
)

// near lets an applier know an application on two hosts with a database, and join within an hour.
func near(a *Applier) *Applier {
	a.Rules.JoinWindow = time.Hour
	a.Rules.Topology = topology.New([]topology.Edge{
		{From: "application:nc", Relation: topology.RunsOn, To: "host:app-01"},
		{From: "application:nc", Relation: topology.RunsOn, To: "host:app-02"},
		{From: "host:web-01", Relation: topology.DependsOn, To: "host:db-01"},
		{From: "application:nc", Relation: topology.DependsOn, To: "host:db-01"},
	})
	return a
}

// odd is an anomaly of a host, told by the worker of a partition that is called like it.
func odd(minute int, a finding.Action, s finding.Severity, host string) *finding.Finding {
	f := say(minute, a, s, "odd-"+host, "load/host:"+host)
	f.ID, f.Kind, f.Unit = fmt.Sprintf("anomaly-metrics:%s:%d:0", host, minute+1), finding.Anomaly, "processes"
	f.Entity = entity.Outermost(entity.Host, "", host)
	f.Title, f.Message = i18n.Text{En: "Load of " + host}, i18n.Text{En: host + " is busy."}
	return f
}

// by lets another rule tell of it.
func by(rule string, f *finding.Finding) *finding.Finding {
	f.Signal, f.Episode = rule+"/"+f.Entity.ID, rule+"-"+f.Episode
	return f
}

// full is the forecast of the volume of the database: it runs full days ahead, or now.
func full(minute int, a finding.Action, s finding.Severity, used float64) *finding.Finding {
	f := say(minute, a, s, "full", "space/volume:db-01:/u01")
	f.Entity = entity.Within(entity.Outermost(entity.Host, "", "db-01"), entity.Volume, "/u01")
	f.Unit, f.Used, f.Limit, f.Probability = "bytes", used, 100, 0.9
	f.Title, f.Message = i18n.Text{En: "File system is filling up"}, i18n.Text{En: "/u01 is filling up."}
	return f
}

const (
	open, upd, end = finding.Opened, finding.Updated, finding.Resolved
	info, warn     = finding.Info, finding.Warning
	crit           = finding.Critical
)

// slowVouchers is a fault of a database: noted there first, then seen on both hosts of the application.
func slowVouchers() []*finding.Finding {
	return []*finding.Finding{
		odd(0, open, info, "db-01"),
		odd(6, open, warn, "app-01"),
		odd(9, open, warn, "app-02"),
		odd(12, open, warn, "other"),
		odd(40, end, info, "db-01"),
		odd(50, end, warn, "app-01"),
		odd(55, end, warn, "app-02"),
		odd(60, end, warn, "other"),
	}
}

// comesTrue is a forecast of days, a trouble of something else on the host that it swallows not, and the day on which it comes true,
// when web-01 and the host are in trouble already, each by itself.
func comesTrue() []*finding.Finding {
	const day = 24 * 60
	return []*finding.Finding{
		full(0, open, warn, 60),
		odd(30, open, warn, "db-01"),
		odd(300, end, warn, "db-01"),
		by("errors", odd(3*day, open, warn, "web-01")),
		odd(3*day+10, open, warn, "app-01"),
		full(3*day+20, upd, crit, 99),
		odd(3*day+30, upd, warn, "app-01"),
		odd(3*day+35, open, info, "app-02"),
		by("errors", odd(3*day+70, end, warn, "web-01")),
		odd(3*day+80, end, warn, "app-01"),
		full(3*day+90, end, info, 20),
		odd(3*day+95, end, info, "app-02"),
	}
}

func play(t *testing.T, a *Applier, story []*finding.Finding) (got []Result) {
	t.Helper()
	for _, f := range story {
		got = append(got, apply(t, a, f))
	}
	return got
}

func byID(t *testing.T, w world, id string) *incident.Incident {
	t.Helper()
	for _, i := range w.Incidents {
		if i.ID == id {
			return i
		}
	}
	t.Fatalf("incident %s is gone", id)
	return nil
}

// TestNoteIsTheCause: what was too slight for an incident is the likeliest cause of the one that opens a little later.
func TestNoteIsTheCause(t *testing.T) {
	a, b := newApplier(t)
	near(a)
	got := play(t, a, slowVouchers())
	want := []Result{Noted, OpenedIncident, JoinedIncident, OpenedIncident, Noted, UpdatedIncident, ResolvedIncident, ResolvedIncident}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	once := look(t, b, a.Store)
	if len(once.Incidents) != 2 || len(once.Open) != 0 {
		t.Fatalf("%d incidents, %d open", len(once.Incidents), len(once.Open))
	}
	s := slowVouchers()
	i := byID(t, once, incident.NewID(s[1].Time, s[1].ID))
	if len(i.Causes) != 3 || i.Causes[0].Entity.ID != "host:db-01" || i.Causes[0].Severity != info || len(i.Causes[0].Reasons) == 0 {
		t.Errorf("causes: %+v", i.Causes)
	}
	if alone := byID(t, once, incident.NewID(s[3].Time, s[3].ID)); len(alone.Marks) != 1 {
		t.Errorf("the other host's: %+v", alone.Marks)
	}
	for _, f := range s {
		if r := apply(t, a, f); r != Repeated && r != Ignored {
			t.Errorf("%s the second time: %s", f.ID, r)
		}
	}
	if diff := cmp.Diff(once, look(t, b, a.Store), sameWorld); diff != "" {
		t.Errorf("after a replay (-once +twice):\n%s", diff)
	}
}

// TestMerge: a forecast swallows nothing while it is one; when it comes true, what suffers from it by then is one incident with it,
// of which people hear once more and get one all-clear.
func TestMerge(t *testing.T) {
	a, b := newApplier(t)
	near(a)
	s := comesTrue()
	got := play(t, a, s)
	want := []Result{
		OpenedIncident, OpenedIncident, ResolvedIncident, OpenedIncident, OpenedIncident, UpdatedIncident, UpdatedIncident, Noted,
		UpdatedIncident, UpdatedIncident, ResolvedIncident, Repeated,
	}
	want[11] = Noted // its end, after that of the incident
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	once := look(t, b, a.Store)
	id := func(k int) string { return incident.NewID(s[k].Time, s[k].ID) }
	i, web, app := byID(t, once, id(0)), byID(t, once, id(3)), byID(t, once, id(4))
	if len(once.Incidents) != 4 || len(once.Open) != 0 || byID(t, once, id(1)).MergedInto != "" {
		t.Errorf("%d incidents, %d open", len(once.Incidents), len(once.Open))
	}
	if web.MergedInto != i.ID || app.MergedInto != i.ID || len(i.Merged) != 2 || i.Causes[0].Entity.ID != "volume:db-01:/u01" || i.Worst != crit {
		t.Errorf("merged into %s, %s of %s, %v; causes %+v", web.MergedInto, app.MergedInto, i.ID, i.Merged, i.Causes)
	}
	if l := web.Timeline; !strings.HasPrefix(l[len(l)-1].Text.En, "Merged into incident "+i.ID) || web.Notified.Version == web.Version {
		t.Errorf("its timeline: %+v", l)
	}
	var messages []string
	for _, m := range once.Queue {
		if strings.HasSuffix(m, ".ops") {
			messages = append(messages, m)
		}
	}
	// the forecast; the trouble of its host and its end; web-01, app-01; the volume is full; the end.
	if len(messages) != 7 {
		t.Errorf("ops was told %q", messages)
	}
	play(t, a, s)
	if diff := cmp.Diff(once, look(t, b, a.Store), sameWorld); diff != "" {
		t.Errorf("after a replay (-once +twice):\n%s", diff)
	}
}

// TestSharedDependency: two incidents of hosts that seem to have nothing to do with each other are one when what both rest on is in
// trouble, be it slightly.
func TestSharedDependency(t *testing.T) {
	for _, s := range []finding.Severity{info, warn} {
		a, b := newApplier(t)
		near(a)
		play(t, a, []*finding.Finding{by("errors", odd(0, open, warn, "web-01")), odd(5, open, crit, "app-01"), odd(9, open, s, "db-01")})
		w := look(t, b, a.Store)
		if len(w.Open) != 1 || len(w.Incidents) != 2 {
			t.Fatalf("%s: %d open of %d", s, len(w.Open), len(w.Incidents))
		}
		i := byID(t, w, w.Open[0])
		if i.Entity.ID != "host:app-01" || len(i.Episodes) != 3 || i.Causes[0].Entity.ID != "host:db-01" {
			t.Errorf("%s: %+v", s, i)
		}
	}
}

// TestNoteBetween: a dependency that is only noted links what rests on it.
func TestNoteBetween(t *testing.T) {
	a, b := newApplier(t)
	near(a)
	got := play(t, a, []*finding.Finding{odd(0, open, info, "db-01"), by("errors", odd(5, open, warn, "web-01")), odd(9, open, warn, "app-01")})
	if diff := cmp.Diff([]Result{Noted, OpenedIncident, JoinedIncident}, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if w := look(t, b, a.Store); len(w.Open) != 1 {
		t.Errorf("%d open", len(w.Open))
	}
}

// TestNoteThatOutlivesItsIncident: when it gets worse much later, it is an incident of its own.
func TestNoteThatOutlivesItsIncident(t *testing.T) {
	a, b := newApplier(t)
	near(a)
	got := play(t, a, []*finding.Finding{
		odd(0, open, warn, "app-01"), odd(5, open, info, "db-01"), odd(50, end, warn, "app-01"), odd(400, upd, crit, "db-01"), odd(401, end, crit, "db-01"),
	})
	if diff := cmp.Diff([]Result{OpenedIncident, Noted, ResolvedIncident, OpenedIncident, ResolvedIncident}, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if w := look(t, b, a.Store); len(w.Incidents) != 2 {
		t.Errorf("%d incidents", len(w.Incidents))
	}
}

// TestOrderOfArrival: findings of one fault are one incident in whatever order they come, with the same causes: of a database and what rests
// on it, and of places of which only one rule tells.
func TestOrderOfArrival(t *testing.T) {
	for name, all := range map[string][]*finding.Finding{
		"a database": {odd(0, open, warn, "db-01"), odd(6, open, warn, "app-01"), odd(7, open, crit, "app-02"), by("errors", odd(8, open, warn, "web-01"))},
		"siblings":   {odd(0, open, warn, "app-01"), odd(6, open, warn, "web-01"), by("errors", odd(7, open, crit, "web-01")), by("errors", odd(9, open, warn, "app-01"))},
	} {
		want := ""
		for _, order := range orders(len(all)) {
			a, b := newApplier(t)
			near(a)
			for _, k := range order {
				apply(t, a, all[k])
			}
			w := look(t, b, a.Store)
			if len(w.Open) != 1 {
				t.Errorf("%s, %v: %d open", name, order, len(w.Open))
				continue
			}
			i := byID(t, w, w.Open[0])
			got := ""
			for _, c := range i.Causes {
				got += fmt.Sprintf("%s %s %v\n", c.Entity.ID, c.Signal, c.Weight)
			}
			if want == "" {
				want = got
			}
			if len(i.Episodes) != len(all) || i.Severity != crit || got != want {
				t.Errorf("%s, %v: %d episodes, %s, causes\n%swant\n%s", name, order, len(i.Episodes), i.Severity, got, want)
			}
		}
	}
}

// orders returns all orders of n things.
func orders(n int) (out [][]int) {
	if n == 0 {
		return [][]int{{}}
	}
	for _, rest := range orders(n - 1) {
		for at := range n {
			out = append(out, slices.Insert(slices.Clone(rest), at, n-1))
		}
	}
	return out
}

// TestStorm: 200 hosts in trouble at once, forty to a database, over and over: few incidents, all of them bounded.
func TestStorm(t *testing.T) {
	a, b := stormy(t)
	start := time.Now()
	n := 0
	for _, f := range storm(2000) {
		apply(t, a, f)
		n++
	}
	t.Logf("%.0f findings/s", float64(n)/time.Since(start).Seconds())
	w := look(t, b, a.Store)
	if len(w.Open) > 20 {
		t.Errorf("%d open incidents of 5 faults", len(w.Open))
	}
	for _, i := range w.Incidents {
		data, err := incident.Encode(i)
		if err != nil || len(data) > 200<<10 || len(i.Episodes) > incident.MaxEpisodes || len(i.Places) > incident.MaxPlaces {
			t.Errorf("%s: %d bytes, %d episodes, %d places, %v", i.ID, len(data), len(i.Episodes), len(i.Places), err)
		}
	}
}

// stormy is an applier that knows 200 hosts, forty of which rest on each of five databases.
func stormy(t testing.TB) (*Applier, *bus.Bus) {
	t.Helper()
	a, b := newApplier(t)
	var edges []topology.Edge
	for n := range 200 {
		edges = append(edges, topology.Edge{From: fmt.Sprintf("host:h%03d", n), Relation: topology.DependsOn, To: fmt.Sprintf("host:db-%d", n/40)})
	}
	a.Rules.JoinWindow, a.Rules.Topology = time.Hour, topology.New(edges)
	a.Overflow = func(context.Context, *delivery.Delivery, error) error { return nil }
	return a, b
}

// storm is so many findings: of databases first, then of hosts, opened, noted, updated and resolved.
func storm(size int) (out []*finding.Finding) {
	for n := range size {
		host, round := fmt.Sprintf("h%03d", n%200), n/200
		if n%200 >= 195 {
			host = fmt.Sprintf("db-%d", n%200-195)
		}
		f := odd(n/100, []finding.Action{open, upd, upd, end}[round%4], []finding.Severity{info, warn, crit}[(n+round/4)%3], host)
		f.ID, f.Episode = fmt.Sprintf("anomaly-metrics:00:%d:0", n+1), fmt.Sprint(host, round/4)
		f.Severity = []finding.Severity{info, warn, warn, crit}[n%200%4]
		out = append(out, f)
	}
	return out
}

func BenchmarkStorm(b *testing.B) {
	all := storm(2_000)
	b.ReportAllocs()
	for b.Loop() {
		a, _ := stormy(b)
		for _, f := range all {
			if _, err := a.Apply(b.Context(), f); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N*len(all))/b.Elapsed().Seconds(), "findings/s")
}
