package landscape

import (
	"fmt"
	"math"
	"time"
)

// server is an application server: the first one WebLogic, the second one Tomcat, both with HikariCP and G1.
type server struct {
	*machine
	index   int
	app     *journal
	logs    *volume
	metrics serverMetrics

	requests    float64 // a second, that arrive
	hanging     float64 // requests that wait for what does not come, and hold a connection
	calling     float64 // the same for what holds a thread alone
	leaked      float64 // connections
	retained    float64 // GiB of the heap that no collection gives back
	opened      float64 // files that nobody closes
	heap        float64 // GiB in use
	wait        float64 // seconds that a request waits for a connection
	stuck       float64 // hours for which threads have been hanging
	started     time.Time
	connections float64
	errors      float64 // requests that fail, a second
}

const (
	mostThreads     = 200
	mostConnections = 50
	heapSize        = 8.0  // GiB
	timeout         = 30.0 // seconds that a request waits before it gives up
	mostFiles       = 65536
	callsPerRequest = 6
)

func newServer(l *Landscape, index int) *server {
	s := &server{machine: l.newMachine(fmt.Sprintf("app-%02d", index+1), 8, 32), index: index, heap: 2}
	s.started = l.plan.Start.Add(-50 * time.Hour)
	s.logs = s.volume("/var/log", 50, 0.3)
	kind, file := "weblogic", "/u01/domains/erp/servers/erp_server1/logs/erp_server1.log"
	if index == 1 {
		kind, file = "tomcat", "/opt/tomcat/logs/catalina.out"
	}
	s.app = s.journal(l, kind, file)
	s.metrics = newServerMetrics(l, s.machine, kind)
	return s
}

// arrive takes the requests of this step.
func (s *server) arrive(l *Landscape, requests float64) {
	was := s.down
	s.begin(l, l.Trouble.Servers[s.index].Down)
	s.requests = requests
	if was && !s.down {
		s.restart(l)
	}
	if s.down {
		s.requests, s.hanging, s.calling, s.connections = 0, 0, 0, 0
	}
}

// step works on what arrived. What hangs piles up as it arrives and goes as it times out.
func (s *server) step(l *Landscape) {
	t := &l.Trouble.Servers[s.index]
	if t.Restart || s.deployed(l) {
		s.restart(l)
	}
	s.leak(l, t)
	s.pile(l)
	s.work(l)
	s.write(l, t)
	s.measure(l)
	s.machine.step(l, l.Trouble.Network)
}

// deployed reports whether a release is rolled out now: every second Thursday, late in the evening.
func (s *server) deployed(l *Landscape) bool {
	_, week := l.now.date.ISOWeek()
	at := 22 + float64(s.index)/2
	return l.now.date.Weekday() == time.Thursday && week%2 == 0 && l.now.within(at, at+l.hours()*0.99)
}

func (s *server) restart(l *Landscape) {
	s.started = l.now.Time
	s.leaked, s.retained, s.opened, s.hanging, s.calling, s.heap = 0, 0, 0, 0, 0, 1.2
}

// leak takes what is not given back.
func (s *server) leak(l *Landscape, t *ServerTrouble) {
	busy := s.requests / (1 + l.demand.scale/2)
	s.leaked = min(s.leaked+t.Connections*l.hours()*min(busy+0.3, 1.5), mostConnections)
	s.retained = min(s.retained+t.Heap*l.hours()*(0.5+min(busy, 1)), heapSize-0.6)
	s.opened = min(s.opened+t.Files*l.hours()*(0.5+min(busy, 1)), mostFiles)
	s.heap += (0.2 + s.requests*0.01) * l.plan.Interval.Seconds() / 60
	if limit := heapSize * 0.75; s.heap > max(limit, s.retained+1.4) {
		s.heap = 1.2 + s.retained + 0.3*s.dice.Float64()
	}
	s.heap = min(max(s.heap, 1.2+s.retained), heapSize)
}

// pile adds what hangs of the requests, and takes off what has timed out or was answered.
func (s *server) pile(l *Landscape) {
	seconds := l.plan.Interval.Seconds()
	db := &l.ledger.state
	towards := func(now, rate, stays float64) float64 { // of a queue that is filled at a rate and left after a time
		return now + (1-math.Exp(-seconds/stays))*(rate*stays-now)
	}
	s.hanging = towards(s.hanging, s.requests*db.hangs, timeout)
	s.calling = towards(s.calling, s.requests*l.bank.share*min(l.bank.delay/timeout, 1), max(min(l.bank.delay, timeout), 1))
	s.hanging, s.calling = min(s.hanging, mostConnections), min(s.calling, mostThreads)
	if s.stuck += l.hours(); s.hanging+s.calling < 15 {
		s.stuck = 0
	}
}

// work tells how many connections and threads the requests hold, and which of them fail.
func (s *server) work(l *Landscape) {
	db := &l.ledger.state
	held := s.requests * callsPerRequest * db.latency * (1 - db.hangs)
	room := max(mostConnections-s.leaked-s.hanging, 0)
	s.connections = min(held, room) + s.hanging + s.leaked
	s.wait = 0
	if held > 0.9*room {
		s.wait = min(timeout, 2*timeout*(held-0.9*room)/max(held, 1))
		if room < 1 {
			s.wait = timeout
		}
	}
	full := s.heap / heapSize
	pause := 0.02 + 0.6*max(0, full-0.9)/0.1
	busy := s.requests*(0.06+pause*0.3+callsPerRequest*db.latency+s.wait+l.cache.penalty) + s.hanging + s.calling
	s.errors = s.requests * (db.refused + db.hangs*0.5 + (1-min(1, room/max(held, 0.1)))*0.5)
	if s.retained > heapSize-1 {
		s.errors += 0.3 * s.requests
	}
	s.metrics.threads = min(busy, mostThreads)
	s.metrics.latency = 0.06 + pause + callsPerRequest*db.latency + s.wait + l.cache.penalty
	s.metrics.waiting = max(0, held-room)
	s.cpu += 0.3 + s.requests*0.03 + 6*max(0, s.retained/heapSize-0.75)
	s.need += 6 + s.heap
}

// write fills the logs' volume; it is rotated by night.
func (s *server) write(l *Landscape, t *ServerTrouble) {
	if t.Clean {
		s.logs.share = 0.3
	}
	s.logs.rotate(l, 0.3, 0.12)
	s.logs.fill(t.Log)
	if s.volumes[0].share < 0.7 {
		s.volumes[0].fill(0.002 * l.hours() / 24)
	}
	s.say(l)
}
