package digest

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/plan"
	"github.com/forewarn/forewarn/shared/signal"
)

// monday is when the digest of week 48 is due.
var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func hours(n float64) *time.Time {
	t := monday.Add(time.Duration(n * float64(time.Hour)))
	return &t
}

func week48() Edition {
	return Schedule{Zone: time.UTC, Weekday: time.Monday, Hour: 9}.Week(2026, 48)
}

func disk(id, host string, p float64, p10, p50 float64) *incident.Incident {
	e := entity.Within(entity.Outermost(entity.Host, "", host), entity.Volume, "/u01")
	e.Labels = map[string]string{"host": host}
	return &incident.Incident{
		ID: id, State: incident.Open, Kind: finding.Exhaustion, Severity: finding.Warning, Entity: e, Signal: "filesystem-space/" + e.ID,
		OpenedAt: monday.AddDate(0, 0, -10), UpdatedAt: monday, Probability: p, Horizons: finding.Horizons{D30: p},
		ETA: finding.ETA{P10: hours(p10), P50: hours(p50)}, Used: 80, Limit: 100,
	}
}

func catalogue(t testing.TB) *signal.Catalogue {
	t.Helper()
	c, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestOrder: by probability times impact, then by slack; what is present is certain.
func TestOrder(t *testing.T) {
	later, sooner := disk("A", "a", 0.9, 200, 240), disk("B", "b", 0.9, 100, 240)
	less := disk("C", "c", 0.5, 2, 4)
	full := disk("D", "d", 0.9, 1, 2)
	full.Used, full.Limit = 100, 100
	nuisance := disk("E", "e", 0, 0, 0)
	nuisance.Signal, nuisance.Kind, nuisance.Limit, nuisance.Severity, nuisance.ETA = "rule-X/e", finding.Anomaly, 0, finding.Info, finding.ETA{}
	d := Build(Inputs{
		Edition: week48(), Now: monday, Catalogue: catalogue(t), Incidents: []*incident.Incident{later, nuisance, less, sooner, full},
	})
	var got []string
	for _, r := range d.Risks {
		got = append(got, r.Incident)
	}
	if diff := cmp.Diff([]string{"D", "B", "A", "C", "E"}, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	fix := d.Risks[1].FixSeconds
	if s := d.Risks[1].SlackSeconds; fix <= 0 || s == nil || *s != 100*3600-fix {
		t.Errorf("slack %v with a repair of %d s", s, fix)
	}
	if d.Risks[0].SlackSeconds != nil || !d.Risks[0].Present || d.Risks[0].Probability != 1 {
		t.Errorf("what is full: %+v", d.Risks[0])
	}
}

func TestChange(t *testing.T) {
	f := func(want digest.Change, change func(now, was *incident.Incident)) {
		t.Helper()
		now, was := disk("A", "a", 0.8, 100, 240), disk("A", "a", 0.8, 100, 240)
		change(now, was)
		d := Build(Inputs{Edition: week48(), Now: monday, Incidents: []*incident.Incident{now}, Before: map[string]*incident.Incident{"A": was}})
		if got := d.Risks[0].Change; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	f(digest.Same, func(_, _ *incident.Incident) {})
	f(digest.New, func(now, _ *incident.Incident) { now.OpenedAt = monday.AddDate(0, 0, -3) })
	f(digest.New, func(now, _ *incident.Incident) { now.ReopenedAt = hours(-30) })
	f(digest.Worse, func(now, _ *incident.Incident) { now.Severity = finding.Critical })
	f(digest.Better, func(_, was *incident.Incident) { was.Severity = finding.Critical })
	f(digest.Worse, func(now, was *incident.Incident) { was.Horizons.D30, was.Probability = 0.6, 0.6 })
	f(digest.Same, func(now, was *incident.Incident) { was.Horizons.D30, was.Probability = 0.7, 0.7 })
	f(digest.Worse, func(_, was *incident.Incident) { was.ETA.P50 = hours(400) })
	f(digest.Better, func(_, was *incident.Incident) { was.ETA.P50 = hours(100) })
	f(digest.Same, func(_, was *incident.Incident) { was.ETA.P50 = hours(250) })
	f(digest.Worse, func(now, was *incident.Incident) { now.Used = 100 }) // it has come to that
}

func TestGone(t *testing.T) {
	over := disk("A", "a", 0.9, 0, 0)
	over.State, over.ResolvedAt, over.Outcome = incident.Resolved, hours(-24), &finding.Outcome{What: finding.Prevented, Time: *hours(-24)}
	short := disk("B", "b", 0.9, 0, 0) // began and ended within the week: no risk of last week
	short.State, short.ResolvedAt, short.OpenedAt = incident.Resolved, hours(-20), *hours(-30)
	old := disk("C", "c", 0.9, 0, 0)
	old.State, old.ResolvedAt = incident.Resolved, hours(-24*8)
	merged := disk("D", "d", 0.9, 0, 0)
	merged.State, merged.ResolvedAt, merged.MergedInto = incident.Resolved, hours(-24), "A"
	d := Build(Inputs{Edition: week48(), Now: monday, Incidents: []*incident.Incident{over, short, old, merged}})
	want := []digest.Ending{{Incident: "A", At: *hours(-24), Outcome: finding.Prevented}}
	if diff := cmp.Diff(want, d.Changes.Gone); diff != "" {
		t.Errorf("gone (-want +got):\n%s", diff)
	}
	if r := d.Response; r.Opened != 1 || r.Resolved != 2 || r.StillOpen != 0 || r.Resolve.Count != 2 {
		t.Errorf("response %+v", r)
	}
}

// TestClose: safe, possible or likely, by what may be reached before the books are closed.
func TestClose(t *testing.T) {
	cal, err := calendar.New(calendar.Config{Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	w, _ := cal.NextClose(monday)
	end := w.End.Sub(monday).Hours()
	f := func(want digest.Verdict, threats int, in ...*incident.Incident) {
		t.Helper()
		c := Build(Inputs{Edition: week48(), Now: monday, Calendar: cal, Incidents: in}).Close
		if c == nil || c.Verdict != want || len(c.Threats) != threats {
			t.Errorf("%+v, want %s with %d", c, want, threats)
		}
	}
	f(digest.Safe, 0)
	f(digest.Safe, 0, disk("A", "a", 0.9, end+1, end+50))
	f(digest.Possible, 1, disk("A", "a", 0.9, end-1, end+50))
	f(digest.Likely, 2, disk("A", "a", 0.9, end-1, end+50), disk("B", "b", 0.9, end-9, end-1))
	broken := disk("C", "c", 0, 0, 0)
	broken.Kind, broken.ETA, broken.Limit, broken.Severity = finding.Anomaly, finding.ETA{}, 0, finding.Critical
	f(digest.Likely, 1, broken)
	broken.Severity = finding.Warning
	f(digest.Safe, 0, broken)
	if c := Build(Inputs{Edition: week48(), Now: monday}).Close; c != nil {
		t.Errorf("without a calendar: %+v", c)
	}
}

func TestPurchases(t *testing.T) {
	of := func(signal string, by *time.Time, amount float64) plan.Plan {
		p := plan.Plan{Signal: signal, Outlook: &plan.Outlook{}}
		p.Purchase.By, p.Purchase.Amount = by, amount
		return p
	}
	d := Build(Inputs{Edition: week48(), Now: monday, Planned: true, Plans: []plan.Plan{
		of("late", hours(24*300), 5), of("b", hours(24*90), 5), of("a", hours(24*20), 1), of("lasts", nil, 0), {Signal: "unknown"},
	}})
	if Build(Inputs{Edition: week48(), Now: monday}).Purchases != nil {
		t.Error("nothing to buy, though nobody planned")
	}
	if len(d.Purchases) != 2 || d.Purchases[0].Signal != "a" || d.Purchases[1].Signal != "b" {
		t.Errorf("%+v", d.Purchases)
	}
}

// TestAvailability: what overlaps counts once, what is unknown is not down, and nothing is counted outside the month.
func TestAvailability(t *testing.T) {
	e := Schedule{Zone: time.UTC, Weekday: time.Monday, Hour: 9}.Month(2026, time.October)
	at := func(day, hour int) time.Time { return time.Date(2026, 10, day, hour, 0, 0, 0, time.UTC) }
	db, app := entity.Outermost(entity.Host, "", "erp-db"), entity.Outermost(entity.Host, "", "erp-app")
	mark := func(e entity.Entity, signal string, kind finding.Kind, from, to time.Time) incident.Mark {
		return incident.Mark{Ended: !to.IsZero(), Time: to, Trouble: &incident.Trouble{Kind: kind, Signal: signal, Entity: e, Since: from}}
	}
	in := &incident.Incident{State: incident.Open, OpenedAt: at(1, 0), Marks: []incident.Mark{
		mark(db, "rule-HostDown/x", finding.Anomaly, at(5, 1), at(5, 3)),
		mark(db, "rule-DatabaseDown/x", finding.Anomaly, at(5, 2), at(5, 4)),
		mark(db, "silence/x", finding.Silence, at(5, 0), at(5, 5)),
		mark(app, "rule-EndpointDown/x", finding.Anomaly, at(1, 0).AddDate(0, 0, -3), at(1, 0).Add(30*time.Minute)),
		mark(app, "silence/x", finding.Silence, at(31, 23), time.Time{}), // goes on
		mark(app, "filesystem-space/x", finding.Exhaustion, at(2, 0), at(9, 0)),
	}}
	a := Build(Inputs{Edition: e, Now: e.Due, Incidents: []*incident.Incident{in}}).Availability
	const month = 31 * 24 * 3600
	want := &digest.Availability{Target: 0.999, Seconds: month, Met: 1, Things: []digest.Uptime{
		{Entity: db.Name, DownSeconds: 3 * 3600, UnknownSeconds: 2 * 3600, Share: 1 - 3*3600./month, Least: 1 - 5*3600./month},
		{Entity: app.Name, DownSeconds: 1800, UnknownSeconds: 3600, Share: 1 - 1800./month, Least: 1 - 5400./month},
	}}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("availability (-want +got):\n%s", diff)
	}
	if Build(Inputs{Edition: week48(), Now: monday}).Availability != nil {
		t.Error("a week has an availability")
	}
}

// TestTeams: a team sees its own only; everybody sees what belongs to none.
func TestTeams(t *testing.T) {
	owner := func(_ string, e *entity.Entity) string { return map[string]string{"a": "erp"}[e.Labels["host"]] }
	in := Inputs{
		Edition: week48(), Now: monday, Owner: owner, Incidents: []*incident.Incident{disk("A", "a", 0.9, 9, 99), disk("B", "b", 0.9, 9, 99)},
		Signals: []signal.State{
			{Key: "x/1", Stage: signal.Learning, Entity: disk("", "a", 0, 0, 0).Entity}, {Key: "x/2", Stage: signal.Silent, Entity: disk("", "b", 0, 0, 0).Entity},
		},
	}
	all := Build(in)
	in.Team = "erp"
	mine := Build(in)
	if len(all.Risks) != 2 || len(mine.Risks) != 1 || mine.Risks[0].Incident != "A" {
		t.Errorf("risks of all %d, of the team %+v", len(all.Risks), mine.Risks)
	}
	if len(all.Teams) != 1 || all.Teams[0].Team != "erp" || all.Teams[0].Response.StillOpen != 1 || mine.Teams != nil {
		t.Errorf("teams of all %+v, of the team %+v", all.Teams, mine.Teams)
	}
	if diff := cmp.Diff([]string{"b"}, all.Coverage.Unowned); diff != "" || len(mine.Coverage.Unowned) != 0 || mine.Coverage.Watched != 1 || mine.Coverage.Learning != 1 {
		t.Errorf("coverage of all %+v, of the team %+v", all.Coverage, mine.Coverage)
	}
}

// TestNeverHalf: whatever there is, the parts agree with each other, and lists are there.
func TestNeverHalf(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		var in []*incident.Incident
		for k := range r.IntN(30) {
			i := disk(string(rune('A'+k)), string(rune('a'+r.IntN(9))), r.Float64(), 300*r.Float64(), 900*r.Float64())
			i.OpenedAt = monday.Add(-time.Duration(r.IntN(400)) * time.Hour)
			i.Title = i18n.Text{En: "x"}
			if r.IntN(2) == 0 {
				at := i.OpenedAt.Add(time.Duration(r.IntN(300)) * time.Hour)
				i.State, i.ResolvedAt = incident.Resolved, &at
			}
			in = append(in, i)
		}
		d := Build(Inputs{Edition: week48(), Now: monday.Add(time.Hour), Incidents: in})
		open := len(d.Risks) + d.MoreRisks
		if open != d.Response.StillOpen || d.Changes.New+d.Changes.Worse+d.Changes.Better+d.Changes.Same != open {
			t.Fatalf("%d open risks, %+v, %+v", open, d.Response, d.Changes)
		}
		count := 0
		for _, c := range d.Causes {
			count += c.Count
		}
		if count != d.Response.Opened {
			t.Fatalf("%d causes of %d incidents", count, d.Response.Opened)
		}
		for k := 1; k < len(d.Risks); k++ {
			if d.Risks[k-1].Weight < d.Risks[k].Weight {
				t.Fatalf("%v before %v", d.Risks[k-1].Weight, d.Risks[k].Weight)
			}
		}
		if d.Risks == nil || d.Changes.Gone == nil || d.Causes == nil || d.Kinds == nil || d.Missing == nil {
			t.Fatal("a list is null")
		}
	}
}
