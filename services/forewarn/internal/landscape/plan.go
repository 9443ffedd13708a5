package landscape

import (
	"hash/fnv"
	"math/rand/v2"
	"time"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Plan says which landscape is simulated.
type Plan struct {
	// Seed of the dice.
	Seed uint64
	// Site begins the name of every host and application, such as "bj"; it keeps landscapes on one bus apart.
	Site string
	// Start is the first moment, Interval the time between two of them.
	Start    time.Time
	Interval time.Duration
	Calendar *calendar.Calendar
	// Patches: each host is started anew on the first Sunday of the month.
	Patches bool
}

// Landscape is the simulated system. It is not safe for concurrent use.
type Landscape struct {
	// Trouble is what is wrong at the next step.
	Trouble Trouble

	plan     Plan
	now      moment
	dice     *rand.Rand
	targets  []*target
	hosts    int
	journals []*journal

	demand   demand
	servers  [Servers]*server
	ledger   *oracle
	reports  *mysql
	cache    *cache
	frontend *frontend
	cluster  *cluster
	batch    *batchHost
	bank     *bank
}

// New returns a landscape before its first step.
func New(p Plan) *Landscape {
	l := &Landscape{plan: p, dice: p.dice("landscape")}
	l.demand = newDemand(p.dice("demand"))
	l.ledger = newOracle(l)
	l.reports = newMySQL(l)
	l.cache = newCache(l)
	l.bank = newBank(l)
	for i := range l.servers {
		l.servers[i] = newServer(l, i)
	}
	l.frontend = newFrontend(l)
	l.cluster = newCluster(l)
	l.batch = newBatchHost(l)
	return l
}

// Step goes on by an interval, to a time; times must be asked for in order.
func (l *Landscape) Step(at time.Time) {
	l.now = momentOf(l.plan.Calendar, at)
	requests := l.demand.step(&l.now)
	share := l.frontend.share(l)
	for i, s := range l.servers {
		s.arrive(l, requests*share[i])
	}
	l.ledger.step(l)
	l.cache.step(l)
	l.bank.step(l)
	for _, s := range l.servers {
		s.step(l)
	}
	l.frontend.step(l)
	l.reports.step(l)
	l.cluster.step(l)
	l.batch.step(l)
	for _, t := range l.targets {
		t.scraped()
	}
}

// hours is the length of a step.
func (l *Landscape) hours() float64 { return l.plan.Interval.Hours() }

// dice returns dice of their own for a part, so that one more of them changes no other.
func (p *Plan) dice(name string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(p.Site + name)) // never fails
	return rand.New(rand.NewPCG(p.Seed, h.Sum64()))
}

// Drain appends to the batch what was measured since it was asked for last. The samples are valid until the next step after
// the next call.
func (l *Landscape) Drain(into *telemetry.Batch) {
	for _, t := range l.targets {
		for _, g := range t.gauges {
			g.drain(into)
		}
	}
}

// Written returns what was written into logs since it was asked for last; it is valid until the next step.
func (l *Landscape) Written() (out []telemetry.LogBatch) {
	for _, j := range l.journals {
		if b := j.drain(); len(b.Records) > 0 {
			out = append(out, b)
		}
	}
	return out
}
