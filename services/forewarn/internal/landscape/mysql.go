package landscape

import (
	"math"
	"time"
)

// mysql is the database of the reports and its host.
type mysql struct {
	*machine
	errors  *journal
	started time.Time
	wander  wander
	queries float64
	dead    bool
	saving  bool // the nightly backup runs

	up, running, connected, most, uptime, asked *gauge
}

func newMySQL(l *Landscape) *mysql {
	m := &mysql{machine: l.newMachine("db-02", 8, 64), started: l.plan.Start.Add(-500 * time.Hour)}
	m.wander = wander{dice: m.dice, deviation: 0.2, fade: 0.9}
	m.volume("/var/lib/mysql", 300, 0.45+0.1*m.dice.Float64())
	m.errors = m.journal(l, "mysqld", "/var/log/mysql/error.log")
	e := m.exporter(l, "mysql", "9104")
	m.up, m.running, m.connected = e.gauge("mysql_up"), e.gauge("mysql_global_status_threads_running"), e.gauge("mysql_global_status_threads_connected")
	m.most, m.uptime, m.asked = e.gauge("mysql_global_variables_max_connections"), e.gauge("mysql_global_status_uptime"), e.gauge("mysql_global_status_questions")
	return m
}

// step answers the reports, which follow the vouchers at a distance.
func (m *mysql) step(l *Landscape) {
	t := &l.Trouble.Reports
	off := m.down
	m.begin(l, false)
	if m.dead && !t.Dead || off && !m.down {
		m.started = l.now.Time
	}
	m.dead = t.Dead
	m.queries = (l.servers[0].requests + l.servers[1].requests + 2) * 3 * math.Exp(m.wander.step())
	if m.dead {
		m.queries = 0
	}
	m.cpu += 0.4 + m.queries*0.006
	m.waiting += 0.2
	if m.saving = l.now.within(2, 3); m.saving {
		m.waiting += 2
		m.cpu++
	}
	m.need += 34 + t.Hog
	if m.dead {
		m.need -= 32
	}
	m.measure(l)
	m.say(l, t)
	m.machine.step(l, 0)
}

// measure: the exporter lives on without its server, and says so.
func (m *mysql) measure(l *Landscape) {
	if m.dead {
		m.up.set(0)
		return
	}
	m.up.set(1)
	m.running.set(2 + 2*oneIf(m.saving) + count(m.dice, m.queries*0.015))
	m.connected.set(20 + count(m.dice, m.queries*0.1))
	m.most.set(500)
	m.uptime.set(l.now.Sub(m.started).Seconds())
	m.asked.add(count(m.dice, m.queries*l.plan.Interval.Seconds()))
}
