package route_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/services/notifier/internal/route"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// world is a house with three channels: a robot, mail, and SMS, which needs a number.
func world(t *testing.T, doc string) route.Settings {
	t.Helper()
	people, err := person.NewDirectory([]person.Person{
		{Name: "ana", Phone: "+8613800000001", Mail: "ana@example.com"},
		{Name: "bo", Mail: "bo@example.com"},
		{Name: "chen", Phone: "+8613800000003", Mail: "chen@example.com"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		Teams  []route.Team
		Routes []route.Route
	}
	if err := yaml.Unmarshal([]byte(doc), &parsed); err != nil {
		t.Fatal(err)
	}
	return route.Settings{
		Teams: parsed.Teams, Routes: parsed.Routes, People: people,
		Channels: []route.Channel{
			{Name: "robot", MinSeverity: finding.Info},
			{Name: "mail", MinSeverity: finding.Info, Reaches: func(p *person.Person) bool { return p.Mail != "" }},
			{Name: "sms", MinSeverity: finding.Critical, Reaches: func(p *person.Person) bool { return p.Phone != "" }},
		},
	}
}

const house = `
teams:
  - name: dba
    members: [ana, bo]
    timezone: Asia/Shanghai
    owns: ['type="database"', 'name="ora-*"']
    on_call: {people: [ana, bo, chen], start: 2026-01-05}
  - {name: ops, members: [chen], owns: ['type=~".+"']}
routes:
  - {match: 'env="test"', page_only: true}
  - match: 'severity="critical"'
    channels: [sms, robot]
    to: [on_call]
    routes:
      - {name: nights, when: [{from: "22:00", to: "06:00", timezone: Asia/Shanghai}], channels: [sms]}
      - {name: dba, match: 'type="database"', group_by: [team], group_limit: 9}
  - {name: copy, match: 'severity="warning"', channels: [mail], to: [team], continue: true}
  - {name: watch, match: 'kind="silence"', channels: [robot]}
`

func table(t *testing.T, s route.Settings) *route.Table {
	t.Helper()
	for _, err := range route.Problems(s) {
		t.Error(err)
	}
	out, err := route.New(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func trouble(typ entity.Type, name string, s finding.Severity, labels map[string]string) *incident.Incident {
	e := entity.Outermost(typ, "", name)
	e.Labels = labels
	return &incident.Incident{Kind: finding.Exhaustion, Severity: s, Worst: s, Entity: e, Signal: "space/" + e.ID}
}

// told says a decision in one line.
func told(d route.Decision) string {
	var parts []string
	for _, t := range d.Targets {
		parts = append(parts, t.Channel+"("+strings.Join(t.To, " ")+")")
	}
	for _, m := range d.Missed {
		parts = append(parts, "-"+m.Channel+":"+m.Person)
	}
	return d.Team + ": " + strings.Join(parts, " ")
}

func TestDecide(t *testing.T) {
	tab := table(t, world(t, house))
	z, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	f := func(at string, i *incident.Incident, want string) {
		t.Helper()
		when, err := time.ParseInLocation("2006-01-02 15:04", at, z)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, told(tab.Decide(i, when))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", at, diff)
		}
	}
	db := trouble(entity.Database, "ledger", finding.Critical, nil)
	f("2026-01-06 12:00", db, "dba: robot(ana) sms(ana)")
	f("2026-01-06 23:00", db, "dba: sms(ana)")
	f("2026-01-13 12:00", db, "dba: robot(bo) sms(chen) -sms:bo") // bo has no number: the next one's turn
	f("2026-01-06 12:00", trouble(entity.Host, "ora-01", finding.Warning, nil), "dba: mail(ana bo)")
	silent := trouble(entity.Host, "erp-01", finding.Warning, nil)
	silent.Kind = finding.Silence
	f("2026-01-06 12:00", silent, "ops: mail(chen) robot()")
	f("2026-01-06 12:00", trouble(entity.Host, "erp-01", finding.Critical, map[string]string{"env": "test"}), "ops: ")
	f("2026-01-06 12:00", trouble(entity.Host, "erp-01", finding.Critical, nil), "ops: robot(chen) sms(chen)")
	f("2026-01-06 12:00", trouble(entity.Host, "erp-01", finding.Info, nil), "ops: robot() mail()") // no route
}

// TestWithoutRoutes: everybody is told whose channel's least severity is reached, at once, as it was before there were routes.
func TestWithoutRoutes(t *testing.T) {
	tab := table(t, world(t, ""))
	d := tab.Decide(trouble(entity.Host, "erp-01", finding.Warning, nil), time.Now())
	if got := told(d); got != ": robot() mail()" {
		t.Error(got)
	}
	if g := d.Targets[0].Group; g.Wait != 0 || g.Title != "erp-01" {
		t.Errorf("group %+v", g)
	}
}

func TestGroups(t *testing.T) {
	tab := table(t, world(t, house))
	day := time.Date(2026, 1, 6, 4, 0, 0, 0, time.UTC)
	group := func(i *incident.Incident) incident.Group {
		t.Helper()
		d := tab.Decide(i, day)
		if len(d.Targets) == 0 {
			t.Fatal("nobody is told")
		}
		return *d.Targets[0].Group
	}
	a, b := group(trouble(entity.Database, "ledger", finding.Critical, nil)), group(trouble(entity.Database, "tax", finding.Critical, nil))
	if a != b || a.Title != "dba" || a.Wait != 0 || a.Limit != 9 || a.Interval != 5*time.Minute {
		t.Errorf("by team: %+v, %+v", a, b)
	}
	c := group(trouble(entity.Host, "erp-01", finding.Warning, nil))
	if c.Title != "erp-01" || c.Wait != 30*time.Second {
		t.Errorf("by cause: %+v", c)
	}
	caused := trouble(entity.Host, "erp-02", finding.Warning, nil)
	caused.Causes = []incident.Cause{{Kind: finding.Silence, Signal: "x", Entity: entity.Outermost(entity.Host, "", "erp-01")}}
	if d := group(caused); d.Key != c.Key {
		t.Errorf("what has one cause is in two groups: %+v, %+v", c, d)
	}
}

// TestInPlaceOf: if nobody can be reached by the channels of a route, another one is taken.
func TestInPlaceOf(t *testing.T) {
	s := world(t, "routes: [{channels: [sms], to: [bo]}]")
	tab := table(t, s)
	if got := told(tab.Decide(trouble(entity.Host, "a", finding.Critical, nil), time.Now())); got != ": robot(bo) -sms:bo" {
		t.Error(got)
	}
	if diff := cmp.Diff([]route.Gap{{Route: "routes[0]", Channel: "sms", Person: "bo"}}, tab.Gaps()); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
	// What is not severe enough for the channel is not told elsewhere instead.
	if got := told(tab.Decide(trouble(entity.Host, "a", finding.Warning, nil), time.Now())); got != ": " {
		t.Error(got)
	}
}

func TestProblems(t *testing.T) {
	s := world(t, `
teams:
  - {name: ana, members: []}
  - {name: x, members: [nobody], language: fr, timezone: Mars/Olympus}
  - {name: x, members: [ana], on_call: {people: [], turn: month}}
routes:
  - {}
  - {match: 'severity="info"', channels: [pager], to: [zoe, on_call:x, "on_call:none"], group_wait: -1s, group_interval: 48h, group_limit: -1, group_by: [""]}
  - {when: [{from: "09:00"}], channels: []}
`)
	var got []string
	for _, err := range route.Problems(s) {
		got = append(got, err.Error())
	}
	text := "\n" + strings.Join(got, "\n")
	for _, want := range []string{
		"teams[0].name: \"ana\"", "teams[1].members: \"nobody\"", "teams[1].language", "teams[1].timezone",
		"teams[2].name: \"x\" is taken", "teams[2].on_call.people: nobody is on it", "teams[2].on_call.turn", "teams[2].on_call.start",
		"routes[0].match: is left out", "routes[1].channels: \"pager\"", "routes[1].to: \"zoe\"", "routes[1].to: \"on_call:none\"", "routes[1].group_wait",
		"routes[1].group_interval", "routes[1].group_limit", "routes[1].group_by", "routes[2].when[0].from", "routes[2].channels: is empty",
	} {
		if !strings.Contains(text, "\n"+want) {
			t.Errorf("no %q", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

// TestFirstMatch: however routes are written, the decision is that of the first that matches and of those after it for as long as it
// says continue; nobody is told twice by one channel.
func TestFirstMatch(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6)) //nolint:gosec // a test
	for range 300 {
		var doc strings.Builder
		doc.WriteString("routes:\n")
		var want []string
		open := true
		for range 1 + random.IntN(6) {
			matches, more := random.IntN(2) == 0, random.IntN(2) == 0
			channel := []string{"robot", "mail"}[random.IntN(2)]
			name := map[bool]string{true: "erp-*", false: "x"}[matches]
			fmt.Fprintf(&doc, "  - {match: 'name=%q', channels: [%s], to: [ana, bo], continue: %v}\n", name, channel, more)
			if open && matches {
				if !slices.Contains(want, channel) {
					want = append(want, channel)
				}
				open = more
			}
		}
		if want == nil {
			want = []string{"robot", "mail", "sms"} // no route matches
		}
		var got []string
		d := table(t, world(t, doc.String())).Decide(trouble(entity.Host, "erp-01", finding.Critical, nil), time.Now())
		for _, target := range d.Targets {
			got = append(got, target.Channel)
			if slices.Contains(target.To, "ana") && len(target.To) != 2 {
				t.Errorf("%s tells %v", target.Channel, target.To)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", doc.String(), diff)
		}
	}
}

// TestOwnerIsOfThings: whose a thing is does not depend on what happens to it, and the first team that owns it has it.
func TestOwnerIsOfThings(t *testing.T) {
	tab := table(t, world(t, house))
	f := func(typ entity.Type, name, want string) {
		t.Helper()
		for _, s := range []finding.Severity{finding.Info, finding.Critical} {
			i := trouble(typ, name, s, nil)
			if got := tab.Owner(i.Signal, &i.Entity); got != want || tab.Decide(i, time.Unix(0, 0)).Team != want {
				t.Errorf("%s %s is owned by %q, want %q", typ, name, got, want)
			}
		}
	}
	f(entity.Database, "ledger", "dba")
	f(entity.Host, "ora-01", "dba")
	f(entity.Host, "erp-01", "ops")
	f("", "x", "")
}

// TestNobodyInTeam: a team without members may own things, but cannot be told.
func TestNobodyInTeam(t *testing.T) {
	f := func(doc, want string) {
		t.Helper()
		var lines []string
		for _, err := range route.Problems(world(t, doc)) {
			lines = append(lines, err.Error())
		}
		if got := strings.Join(lines, "\n"); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", doc, got, want)
		}
	}
	const erp = `teams: [{name: erp, owns: ['name="erp-*"']}, {name: ops, members: [chen]}]`
	f(erp, "")
	f(erp+"\nroutes: [{channels: [robot]}]", "")
	f(erp+"\nroutes: [{to: [ops]}]", "")
	f(erp+"\nroutes: [{to: [erp]}]", `routes[0].to: nobody is in team "erp"`)
	f(erp+"\nroutes: [{to: [team]}]", `routes[0].to: nobody is in team "erp"`)
	f(erp+"\nroutes: [{to: [on_call]}]", `routes[0].to: nobody is in team "erp"`)
}

// TestEmptyRota: it is told once, and not that the team has no members.
func TestEmptyRota(t *testing.T) {
	problems := route.Problems(world(t, `teams: [{name: ops, members: [chen], on_call: {people: [], start: 2026-01-05}}]
routes: [{to: [on_call]}]`))
	if len(problems) != 1 || !strings.HasPrefix(problems[0].Error(), "teams[0].on_call.people: nobody is on it") {
		t.Error(problems)
	}
}
