package cause

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/topology"
)

var start = time.Date(2026, 1, 27, 9, 0, 0, 0, time.UTC)

// at is a trouble that is there from a minute on.
func at(minute int, k finding.Kind, s finding.Severity, e entity.Entity) Trouble {
	since := start.Add(time.Duration(minute) * time.Minute)
	return Trouble{
		Trouble:  &incident.Trouble{Kind: k, Signal: "rule/" + e.ID, Entity: e, Since: since, Present: &since},
		Severity: s, Episode: fmt.Sprint(minute, e.ID),
	}
}

var (
	db, app1, app2 = entity.Outermost(entity.Host, "", "db-01"), entity.Outermost(entity.Host, "", "app-01"), entity.Outermost(entity.Host, "", "app-02")
	nc             = entity.Outermost(entity.App, "", "nc-app")
	ledger         = topology.New([]topology.Edge{
		{From: nc.ID, Relation: topology.RunsOn, To: app1.ID},
		{From: nc.ID, Relation: topology.RunsOn, To: app2.ID},
		{From: nc.ID, Relation: topology.DependsOn, To: db.ID},
	})
)

// TestRank says which entity is the likeliest cause in the surroundings that people know.
func TestRank(t *testing.T) {
	full := at(10, finding.Exhaustion, finding.Critical, entity.Within(db, entity.Volume, "/u01"))
	full.Used, full.Limit = 99, 100
	heap := at(0, finding.Log, finding.Critical, app1)
	heap.Resource = finding.Heap
	table := at(5, finding.Log, finding.Critical, db)
	table.Resource = finding.Tablespace
	leak := at(-600, finding.Leak, finding.Warning, entity.Within(app1, entity.Process, "java", "1"))
	leak.Present, leak.Used, leak.Limit, leak.Probability = nil, 70, 100, 0.9
	busy := entity.Within(app1, entity.Pool, "8080", "http")
	for _, c := range []struct {
		name     string
		want     entity.Entity
		troubles []Trouble
	}{
		{"a slow disk of the database, noted, before vouchers are slow", db, []Trouble{
			at(0, finding.Anomaly, finding.Info, db), at(6, finding.Anomaly, finding.Warning, busy), at(8, finding.Anomaly, finding.Warning, nc),
		}},
		{"the disk is found full after what writes to it complains", full.Entity, []Trouble{
			at(0, finding.Anomaly, finding.Warning, app1), full, at(4, finding.Anomaly, finding.Warning, entity.Within(db, entity.Database, "9104")),
		}},
		{"a silent host takes down what depends on it", db, []Trouble{
			at(30, finding.Silence, finding.Warning, db), at(1, finding.Anomaly, finding.Warning, app1), at(1, finding.Anomaly, finding.Warning, app2),
		}},
		{"a leak that ends in out of memory", leak.Entity, []Trouble{leak, at(0, finding.Anomaly, finding.Info, busy)}},
		{"a heap that is exhausted is no fault of a database that is only busier", app1, []Trouble{heap, at(3, finding.Anomaly, finding.Info, db)}},
		{"a tablespace that is full", db, []Trouble{at(0, finding.Anomaly, finding.Warning, busy), table, at(7, finding.Anomaly, finding.Warning, app2)}},
	} {
		causes := Rank(c.troubles, ledger)
		if causes[0].Entity.ID != c.want.ID {
			t.Errorf("%s: got %s", c.name, show(causes))
		}
		if len(causes[0].Reasons) == 0 {
			t.Errorf("%s: no reason", c.name)
		}
	}
}

// wrote is a message of a log about a resource that is there from a minute on.
func wrote(minute int, s finding.Severity, e entity.Entity, r finding.Resource, signature string) Trouble {
	t := at(minute, finding.Log, s, e)
	t.Resource, t.Signal = r, "log-"+signature+"/"+e.ID
	return t
}

var (
	lb, cache = entity.Outermost(entity.Host, "", "lb-01"), entity.Outermost(entity.Host, "", "cache-01")
	page      = entity.Outermost(entity.Endpoint, "", "https://erp/voucher")
	chain     = topology.New([]topology.Edge{
		{From: page.ID, Relation: topology.RunsOn, To: lb.ID},
		{From: lb.ID, Relation: topology.DependsOn, To: app1.ID},
		{From: lb.ID, Relation: topology.DependsOn, To: app2.ID},
		{From: app1.ID, Relation: topology.DependsOn, To: db.ID},
		{From: app2.ID, Relation: topology.DependsOn, To: db.ID},
		{From: app1.ID, Relation: topology.DependsOn, To: cache.ID},
		{From: app2.ID, Relation: topology.DependsOn, To: cache.ID},
	})
)

// ranked are the signals of causes without their entities, the likeliest first.
func ranked(causes []incident.Cause) (out []string) {
	for _, c := range causes {
		rule, _, _ := strings.Cut(c.Signal, "/")
		out = append(out, rule+" "+c.Entity.Name)
	}
	return out
}

// TestChain: along a chain of what rests on what, what a thing suffers from ranks above what suffers from it, and a message that names the
// thing above those of what waits for it.
func TestChain(t *testing.T) {
	note := func(t Trouble, ordinary float64) Trouble { t.Note, t.Ordinary = true, ordinary; return t }
	rule := func(minute int, name string, e entity.Entity) Trouble {
		t := at(minute, finding.Anomaly, finding.Critical, e)
		t.Signal = name + "/" + e.ID
		return t
	}
	redis := entity.Within(cache, entity.Database, "9121")
	for _, c := range []struct {
		name     string
		want     []string
		troubles []Trouble
	}{
		{"packets are lost between the applications and their database", []string{"log-ora-03113 app-01", "log-ora-03113 app-02", "log-upstream-timeout lb-01"}, []Trouble{
			wrote(0, finding.Warning, app2, finding.Threads, "stuck-thread"), wrote(0, finding.Warning, lb, "network", "upstream-timeout"),
			wrote(1, finding.Critical, app1, finding.Pool, "hikari"), wrote(1, finding.Critical, app1, "process", "ora-03113"),
			wrote(2, finding.Critical, app2, "process", "ora-03113"), wrote(12, finding.Critical, app1, finding.Threads, "stuck-thread"),
			at(2, finding.Anomaly, finding.Info, page),
		}},
		{"two steps away", []string{"rule db-01"}, []Trouble{
			wrote(0, finding.Critical, lb, "network", "upstream-timeout"), at(3, finding.Anomaly, finding.Info, db), at(2, finding.Anomaly, finding.Info, app1),
			at(1, finding.Anomaly, finding.Warning, page),
		}},
		{"a host that is down, and a log of it that is silent", []string{"HostDown app-01", "log-upstream-refused lb-01"}, []Trouble{
			rule(0, "HostDown", app1), at(24, finding.Silence, finding.Info, app1), wrote(1, finding.Warning, lb, "network", "upstream-refused"),
		}},
		{"a cache that is down, and a log of its host that is silent", []string{"DatabaseDown 9121 on cache-01"}, []Trouble{
			rule(0, "DatabaseDown", redis), at(24, finding.Silence, finding.Info, cache), wrote(0, finding.Critical, app1, "network", "redis"),
			wrote(0, finding.Critical, app2, "network", "redis"),
		}},
		{"a cache of which a log falls silent, known late", []string{"rule cache-01"}, []Trouble{
			at(78, finding.Silence, finding.Info, cache), wrote(0, finding.Critical, app1, "network", "redis"), wrote(0, finding.Critical, app2, "network", "redis"),
			at(8, finding.Anomaly, finding.Info, entity.Within(app1, entity.App, "8080")),
		}},
		{"what comes every day is no cause", []string{"log-redis app-01", "log-redis app-02"}, []Trouble{
			note(wrote(-9, finding.Info, cache, "access", "auth-failed"), 0.6), wrote(0, finding.Critical, app1, "network", "redis"),
			wrote(0, finding.Critical, app2, "network", "redis"),
		}},
		{"but it is if it comes for the first time, and where it rests", []string{"log-auth-failed cache-01"}, []Trouble{
			note(wrote(-9, finding.Info, cache, "access", "auth-failed"), 0), wrote(0, finding.Critical, app1, "network", "redis"),
			wrote(0, finding.Critical, app2, "network", "redis"),
		}},
	} {
		got := ranked(Rank(c.troubles, chain))
		if diff := cmp.Diff(c.want, got[:min(len(got), len(c.want))]); diff != "" {
			t.Errorf("%s (-want +got):\n%s%s", c.name, diff, show(Rank(c.troubles, chain)))
		}
	}
}

// TestOrdinary: a note counts the less the more often it comes, is left out from every second day on if there is anything else, and is
// told where there is nothing else; what is worse than a note is no less for having been one often.
func TestOrdinary(t *testing.T) {
	weight := func(note bool, share float64, others ...Trouble) float64 {
		x := at(0, finding.Anomaly, finding.Info, db)
		x.Note, x.Ordinary = note, share
		for _, c := range Rank(append(others, x), chain) {
			if c.Entity.ID == db.ID {
				return c.Weight
			}
		}
		return 0
	}
	other := at(3, finding.Anomaly, finding.Warning, app1)
	last := weight(true, 0, other)
	for _, share := range []float64{0.1, 0.3, 0.49} {
		w := weight(true, share, other)
		if w >= last || w <= 0 {
			t.Errorf("on %v of all days: %v, after %v", share, w, last)
		}
		last = w
	}
	if daily, alone, trouble := weight(true, 0.5, other), weight(true, 0.9), weight(false, 0.9, other); daily != 0 || alone <= 0 || trouble != weight(true, 0, other) {
		t.Errorf("every second day %v, alone %v, no note %v", daily, alone, trouble)
	}
}

// TestCircle: two services that call each other explain nothing of each other.
func TestCircle(t *testing.T) {
	circle := topology.New([]topology.Edge{
		{From: app1.ID, Relation: topology.DependsOn, To: app2.ID}, {From: app2.ID, Relation: topology.DependsOn, To: app1.ID},
	})
	causes := Rank([]Trouble{at(0, finding.Anomaly, finding.Warning, app1), at(5, finding.Anomaly, finding.Warning, app2)}, circle)
	if len(causes) != 2 || causes[0].Entity.ID != app1.ID || strings.Contains(show(causes), "rest") {
		t.Errorf("got %s", show(causes))
	}
}

func show(causes []incident.Cause) string {
	var b strings.Builder
	for _, c := range causes {
		fmt.Fprintf(&b, "%s %s %.2f %v; ", c.Entity.ID, c.Kind, c.Weight, c.Reasons)
	}
	return b.String()
}

func TestReasons(t *testing.T) {
	causes := Rank([]Trouble{at(0, finding.Anomaly, finding.Info, db), at(6, finding.Anomaly, finding.Warning, app1), at(8, finding.Anomaly, finding.Warning, app2)}, ledger)
	got := causes[0].Reasons
	if len(got) != 2 || got[0].En != "2 of 2 others in trouble rest on it: app-01, app-02" || got[1].En != "it began first, 6 min before the others" ||
		!strings.HasPrefix(got[0].Zh, "其余 2 个") {
		t.Errorf("reasons: %+v", got)
	}
	if r := causes[1].Reasons; len(r) != 1 || !strings.HasPrefix(r[0].En, "less likely, as it rests on db-01") {
		t.Errorf("reasons of what is explained: %+v", r)
	}
	alone := Rank([]Trouble{at(0, finding.Anomaly, finding.Warning, db)}, new(topology.Graph))
	if len(alone) != 1 || alone[0].Weight >= 0.9 || alone[0].Weight <= 0 || len(alone[0].Reasons) != 1 {
		t.Errorf("alone: %s", show(alone))
	}
	if Rank(nil, ledger) != nil {
		t.Error("nothing has a cause")
	}
}

// TestOneCauseForEachEntity: several troubles of an entity are one cause, which they speak for; episodes of one fault are one trouble.
func TestOneCauseForEachEntity(t *testing.T) {
	one := at(0, finding.Anomaly, finding.Warning, db)
	two, again := anew(one), anew(one)
	two.Signal = "other/" + db.ID
	again.Episode, again.Since = "again", start.Add(time.Hour)
	causes := Rank([]Trouble{one, two, again, at(0, finding.Anomaly, finding.Warning, app1)}, new(topology.Graph))
	if len(causes) != 2 || causes[0].Entity.ID != db.ID || causes[0].Weight <= causes[1].Weight || !causes[0].Since.Equal(start) {
		t.Errorf("got %s", show(causes))
	}
}

// anew is a copy that may be changed.
func anew(t Trouble) Trouble {
	about := *t.Trouble
	t.Trouble = &about
	return t
}

// anything makes troubles of a few entities, and edges among them.
func anything(r *rand.Rand) ([]Trouble, []topology.Edge) {
	var hosts []entity.Entity
	for n := range 6 {
		hosts = append(hosts, entity.Outermost([]entity.Type{entity.Host, entity.App}[r.IntN(2)], "", fmt.Sprint(n)))
	}
	var troubles []Trouble
	for n := range 1 + r.IntN(10) {
		e := hosts[r.IntN(6)]
		if e.Type == entity.Host && r.IntN(2) == 0 {
			e = entity.Within(e, []entity.Type{entity.Volume, entity.Pool, entity.Database}[r.IntN(3)], "x")
		}
		k := []finding.Kind{finding.Log, finding.Anomaly, finding.Exhaustion, finding.Silence, "rule"}[r.IntN(5)]
		x := at(r.IntN(90), k, []finding.Severity{finding.Info, finding.Warning, finding.Critical}[r.IntN(3)], e)
		x.Signal, x.Used, x.Limit = fmt.Sprint(n, e.ID), r.Float64()*100, 100
		x.Resource = []finding.Resource{"", finding.Storage, finding.Heap, finding.Threads, "network", "process"}[r.IntN(6)]
		if x.Note = x.Severity == finding.Info; x.Note {
			x.Ordinary = r.Float64() * float64(r.IntN(2))
		}
		troubles = append(troubles, x)
	}
	var edges []topology.Edge
	for range r.IntN(8) {
		edges = append(edges, topology.Edge{From: hosts[r.IntN(6)].ID, Relation: topology.DependsOn, To: hosts[r.IntN(6)].ID})
	}
	return troubles, edges
}

// scores returns the score of each entity by itself.
func scores(troubles []Trouble, edges []topology.Edge) map[string]float64 {
	out := map[string]float64{}
	for id, s := range newRanking(troubles, topology.New(edges)).entities() {
		out[id] = s.score
	}
	return out
}

// suffers returns an entity of which all is explained and that ranks above all that explains it, "" if there is none.
func suffers(troubles []Trouble, edges []topology.Edge) string {
	r := newRanking(troubles, topology.New(edges))
	all := r.suspects()
	score := map[string]float64{}
	for i := range all {
		score[all[i].Entity.ID] = all[i].score
	}
	for i := range all {
		most := math.Inf(-1)
		for _, id := range all[i].below {
			most = max(most, score[id])
		}
		if len(all[i].below) > 0 && all[i].score > most {
			return all[i].Entity.ID
		}
	}
	return ""
}

// TestProperties: bounds; the order of arrival is no matter; what suffers never ranks above what it suffers from; what speaks for an entity
// never lowers what it counts by itself.
func TestProperties(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 0))
		troubles, edges := anything(r)
		causes := Rank(troubles, topology.New(edges))
		sum := 0.0
		for k, c := range causes {
			sum += c.Weight
			if c.Weight < 0 || k > 0 && c.Weight > causes[k-1].Weight || len(c.Reasons) > maxReasons {
				t.Fatalf("seed %d: %s", seed, show(causes))
			}
		}
		if len(causes) > incident.MaxCauses || len(causes) == 0 || sum > 1.001 {
			t.Fatalf("seed %d: %d causes of weight %v", seed, len(causes), sum)
		}
		mixed := slices.Clone(troubles)
		r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if diff := cmp.Diff(causes, Rank(mixed, topology.New(edges))); diff != "" {
			t.Fatalf("seed %d: the order matters:\n%s", seed, diff)
		}
		if id := suffers(troubles, edges); id != "" {
			t.Fatalf("seed %d: %s ranks above all that explains it: %s", seed, id, show(causes))
		}
		k := r.IntN(len(troubles))
		x := troubles[k].Entity
		before := scores(troubles, edges)[x.ID]
		more := slices.Clone(troubles)
		grown := edges
		switch r.IntN(4) {
		case 0:
			more[k].Severity, more[k].Note = finding.Critical, false
		case 1:
			more[k] = anew(more[k])
			more[k].Since = more[k].Since.Add(-time.Duration(r.IntN(60)) * time.Minute)
		case 2:
			grown = append(slices.Clone(edges), topology.Edge{From: troubles[r.IntN(len(troubles))].Entity.ID, Relation: topology.DependsOn, To: x.ID})
		case 3:
			another := anew(troubles[k])
			another.Signal = "another"
			more = append(more, another)
		}
		if after := scores(more, grown)[x.ID]; after < before-1e-9 {
			t.Fatalf("seed %d: what speaks for %s lowers it from %v to %v", seed, x.ID, before, after)
		}
	}
}

func BenchmarkRank(b *testing.B) {
	troubles, edges := anything(rand.New(rand.NewPCG(1, 0)))
	for n := range 50 {
		e := entity.Outermost(entity.Host, "", fmt.Sprint("h", n))
		x := at(n, finding.Anomaly, finding.Warning, e)
		troubles, edges = append(troubles, x), append(edges, topology.Edge{From: e.ID, Relation: topology.DependsOn, To: "host:1"})
	}
	g := topology.New(edges)
	b.ReportAllocs()
	for b.Loop() {
		Rank(troubles, g)
	}
}
