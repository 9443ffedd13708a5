package landscape

import (
	"math"

	"github.com/forewarn/forewarn/models/calendar"
)

// oracle is the ledger's database and its host.
type oracle struct {
	*machine
	alert   *journal
	query   routine // a person asks for much
	archive *volume
	trace   *volume // where traces pile up until somebody removes them
	state   ledgerState

	posted, capacity float64 // GiB of the ledger's tablespace
	temporary        float64 // share of the temporary tablespace
	sequence         int
	background       wander

	active, inactive, processes, mostProcesses *gauge
	executed, waited, up                       *gauge
	spaces                                     []tablespace
}

// ledgerState is what the applications see of the database.
type ledgerState struct {
	latency float64 // seconds of a call
	hangs   float64 // share of requests that are not answered
	refused float64 // share of requests that are refused at once
	busy    float64 // calls a second
	full    bool    // the ledger's tablespace is full
	stuck   bool    // the archiver is stuck
}

// tablespace is one beside the ledger's, at a constant share or one that comes and goes.
type tablespace struct {
	used, most *gauge
	size       float64
	share      func(o *oracle) float64
}

func newOracle(l *Landscape) *oracle {
	o := &oracle{machine: l.newMachine("db-01", 16, 128), sequence: 18000, capacity: 400, posted: 230 + 40*l.dice.Float64()}
	o.archive = o.volume("/archivelog", 500, 0.2)
	o.trace = o.volume("/u01", 200, 0.5+0.2*o.dice.Float64())
	o.alert = o.journal(l, "oracle", "/u01/app/oracle/diag/rdbms/erp/erp1/trace/alert_erp1.log")
	o.background = wander{dice: o.dice, deviation: 0.15, fade: 0.9}
	e := o.exporter(l, "oracle", "9161")
	o.query = routine{dice: o.dice, aDay: 0.4, size: 5}
	o.up = e.gauge("oracledb_up")
	o.active = e.gauge("oracledb_sessions_value", "status", "ACTIVE", "type", "USER")
	o.inactive = e.gauge("oracledb_sessions_value", "status", "INACTIVE", "type", "USER")
	o.processes = e.gauge("oracledb_resource_current_utilization", "resource_name", "processes")
	o.mostProcesses = e.gauge("oracledb_resource_limit_value", "resource_name", "processes")
	o.executed = e.gauge("oracledb_activity_execute_count")
	o.waited = e.gauge("oracledb_wait_time_application")
	o.space(e, "LEDGER_DATA", "PERMANENT", 0, func(o *oracle) float64 { return o.posted })
	o.space(e, "SYSTEM", "PERMANENT", 20, func(*oracle) float64 { return 18.2 })
	o.space(e, "TEMP", "TEMPORARY", 128, func(o *oracle) float64 { return 128 * o.temporary })
	return o
}

func (o *oracle) space(e *target, name, kind string, size float64, used func(*oracle) float64) {
	pairs := []string{"tablespace", name, "type", kind}
	o.spaces = append(o.spaces, tablespace{
		e.gauge("oracledb_tablespace_bytes", pairs...), e.gauge("oracledb_tablespace_max_bytes", pairs...), size, used,
	})
}

// step answers what the servers ask for.
func (o *oracle) step(l *Landscape) {
	t := &l.Trouble.Ledger
	o.begin(l, false)
	o.grow(l, t)
	o.answer(l, t)
	o.measure(l)
	o.say(l, t)
	o.machine.step(l, l.Trouble.Network)
}

// grow fills the tablespaces and the archive. Postings grow with the requests; the archive is saved and emptied by night.
func (o *oracle) grow(l *Landscape, t *LedgerTrouble) {
	requests := l.servers[0].requests + l.servers[1].requests
	if t.Enlarge {
		o.capacity = math.Max(o.capacity, o.posted+200)
	}
	if !o.state.stuck {
		o.posted = min(o.posted+requests*l.hours()*0.0022+t.Posting, o.capacity)
	}
	if o.archive.fill(t.Archive + requests*l.hours()*0.0004); t.Purge || l.now.within(3, 3+l.hours()*1.01) && t.Archive == 0 {
		o.archive.share = 0.2
	}
	if o.trace.fill(0.018 * l.hours() / 24); o.trace.share > 0.78 && l.now.day.Working() && l.now.within(10, 10+l.hours()*1.01) {
		o.trace.share = 0.4
	}
	night := 0.25 * (l.now.between(1, 1.5) - l.now.between(3.5, 4))
	if l.now.day.Class == calendar.MonthEnd {
		night *= 1.3
	}
	o.temporary = min(max(0.03, night)+t.Sort, 1)
	o.state.full, o.state.stuck = o.posted >= o.capacity, o.archive.full()
}

// answer tells how long calls take: as long as processors and disks are busy, by the formula of a single queue.
func (o *oracle) answer(l *Landscape, t *LedgerTrouble) {
	s := &o.state
	requests := l.servers[0].requests + l.servers[1].requests
	s.busy = requests * callsPerRequest * (1 + l.cache.missed)
	work := s.busy*0.005 + 0.8 + 3*(l.now.between(1, 1.2)-l.now.between(4, 4.2)) + t.Neighbour + o.query.step(&l.now)
	if l.Trouble.Batch.Runaway {
		work += 7
	}
	work *= math.Exp(o.background.step())
	busy := min(work/o.cores, 0.97)
	disk := 0.15 + s.busy*0.0004 + 0.2*t.Slow
	s.latency = 0.008/(1-busy) + 0.003*(1+6*t.Slow) + 3*l.Trouble.Network
	s.refused, s.hangs = 0, t.Locked
	switch {
	case t.Refused, s.full:
		s.refused = 0.9
	case s.stuck:
		s.hangs = 0.95
	}
	if l.Trouble.Resolver {
		s.refused = 0.7
	}
	s.hangs = min(s.hangs+min(l.Trouble.Network*0.5, 0.3), 1)
	o.cpu += min(work*(1-0.9*s.hangs), 3*o.cores)
	o.waiting += disk * (2 + 6*t.Slow)
	o.need += 70
}

func (o *oracle) measure(l *Landscape) {
	s, seconds := &o.state, l.plan.Interval.Seconds()
	open := l.servers[0].connections + l.servers[1].connections
	stuck := l.servers[0].hanging + l.servers[1].hanging
	active := s.busy*(1-s.refused)*s.latency + stuck + 2 + 6*(l.now.between(1, 1.2)-l.now.between(4, 4.2))
	if l.Trouble.Batch.Runaway {
		active += 16
	}
	o.up.set(1)
	o.active.set(count(o.dice, active))
	o.inactive.set(count(o.dice, 60+max(0, open-active)))
	o.processes.set(110 + math.Round(open+active))
	o.mostProcesses.set(1500)
	o.executed.add(count(o.dice, s.busy*seconds))
	o.waited.add(stuck*seconds + count(o.dice, 0.02*seconds))
	for k := range o.spaces {
		p := &o.spaces[k]
		size := p.size
		if size == 0 {
			size = o.capacity
		}
		p.used.set(math.Round(gibibyte * p.share(o)))
		p.most.set(gibibyte * size)
	}
}
