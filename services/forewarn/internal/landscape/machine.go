package landscape

import (
	"math"
	"math/rand/v2"
	"time"
)

const gibibyte = 1 << 30

// machine is a host with its node_exporter and its system log.
type machine struct {
	name    string
	dice    *rand.Rand
	node    *target
	system  *journal
	cores   float64
	memory  float64 // GiB
	used    float64 // share of memory
	load    float64
	files   float64
	down    bool
	boot    time.Time
	volumes []*volume
	order   int // among the hosts of the landscape

	// What runs on it, and is down with it.
	targets  []*target
	journals []*journal

	// What the services on it ask for at this step: processors, processes that wait for a disk, GiB.
	cpu, waiting, need float64

	load1, available, total, swapFree, swapTotal, allocated, maximum *gauge
	idle, busy, iowait, disk, retransmitted, booted                  *gauge
}

// newMachine adds a host of a role.
func (l *Landscape) newMachine(role string, cores, memory float64) *machine {
	name := l.plan.Site + "-" + role
	l.hosts++
	m := &machine{name: name, order: l.hosts, dice: l.plan.dice("machine " + role), cores: cores, memory: memory, boot: l.plan.Start.Add(-1000 * time.Hour)}
	m.node = m.exporter(l, "node", "9100")
	m.system = m.journal(l, "system", "/var/log/messages")
	n := m.node
	m.load1 = n.gauge("node_load1")
	m.available, m.total = n.gauge("node_memory_MemAvailable_bytes"), n.gauge("node_memory_MemTotal_bytes")
	m.swapFree, m.swapTotal = n.gauge("node_memory_SwapFree_bytes"), n.gauge("node_memory_SwapTotal_bytes")
	m.allocated, m.maximum = n.gauge("node_filefd_allocated"), n.gauge("node_filefd_maximum")
	m.idle, m.busy = n.gauge("node_cpu_seconds_total", "cpu", "0", "mode", "idle"), n.gauge("node_cpu_seconds_total", "cpu", "0", "mode", "user")
	m.iowait = n.gauge("node_cpu_seconds_total", "cpu", "0", "mode", "iowait")
	m.disk = n.gauge("node_disk_io_time_seconds_total", "device", "sda")
	m.retransmitted = n.gauge("node_netstat_Tcp_RetransSegs")
	m.booted = n.gauge("node_boot_time_seconds")
	m.volume("/", 40, 0.35+0.2*m.dice.Float64())
	return m
}

// exporter adds one that runs on the host.
func (m *machine) exporter(l *Landscape, job, port string, pairs ...string) *target {
	t := l.newTarget(job, m.name+":"+port, pairs...)
	m.targets = append(m.targets, t)
	return t
}

// journal adds a log of a service on the host.
func (m *machine) journal(l *Landscape, service, file string) *journal {
	j := l.newJournal("host", m.name, "service", service, "file", file)
	m.journals = append(m.journals, j)
	return j
}

// step measures what the services have asked for, and forgets it.
func (m *machine) step(l *Landscape, loss float64) {
	seconds := l.plan.Interval.Seconds()
	runnable := m.cpu + m.waiting
	m.load += (1 - math.Exp(-seconds/60)) * (runnable - m.load)
	m.used = min(0.12+m.need/m.memory, 0.995)
	m.load1.set(math.Round(100*(0.9*m.load+0.1*count(m.dice, m.load*3)/3)) / 100)
	m.available.set(math.Round(m.memory * gibibyte * (1 - m.used - 0.003*m.dice.Float64())))
	m.total.set(m.memory * gibibyte)
	m.swapTotal.set(8 * gibibyte)
	m.swapFree.set(math.Round(8 * gibibyte * (0.97 - 0.9*max(0, m.used-0.9)/0.1)))
	m.files += 0.1 * (2500 + 40*runnable - m.files)
	m.allocated.set(math.Round(m.files))
	m.maximum.set(1 << 20)
	share := min(m.cpu/m.cores, 1)
	wait := min(m.waiting/m.cores, 1-share)
	m.busy.add(seconds * share)
	m.iowait.add(seconds * wait)
	m.idle.add(seconds * (1 - share - wait))
	m.disk.add(seconds * min(0.05+m.waiting/4, 1))
	m.retransmitted.add(count(m.dice, seconds*(0.2+400*loss)))
	m.booted.set(float64(m.boot.Unix()))
	for _, v := range m.volumes {
		v.step()
	}
	m.chatter()
	m.cpu, m.waiting, m.need = 0, 0, 0
}

// chatter is what systems say all day.
func (m *machine) chatter() {
	s := m.system
	for range s.times(1600) {
		s.info("%s %s systemd[1]: Started Session %d of user root.", s.syslog(), m.name, s.dice.IntN(90000))
	}
	if s.chance(300) {
		s.info("%s %s CROND[%d]: (root) CMD (/usr/lib64/sa/sa1 1 1)", s.syslog(), m.name, s.dice.IntN(30000))
	}
	if s.chance(1.5) {
		s.warn("%s %s sshd[%d]: Failed password for invalid user admin from 10.8.%d.%d port %d ssh2", s.syslog(), m.name, s.dice.IntN(30000),
			s.dice.IntN(250), s.dice.IntN(250), 1024+s.dice.IntN(60000))
	}
	if s.chance(0.3) {
		s.warn("%s %s chronyd[912]: Selected source 10.8.0.%d", s.syslog(), m.name, s.dice.IntN(9))
	}
}

// syslog is the time as system logs begin with.
func (j *journal) syslog() string { return j.landscape.now.UTC().Format("Jan _2 15:04:05") }

// volume is a file system.
type volume struct {
	machine     *machine
	mount       string
	size, share float64 // GiB, in use
	avail, of   *gauge
}

func (m *machine) volume(mount string, size, share float64) *volume {
	v := &volume{machine: m, mount: mount, size: size, share: share}
	pairs := []string{"mountpoint", mount, "device", "/dev/mapper/vg0" + mount, "fstype", "xfs"}
	v.avail, v.of = m.node.gauge("node_filesystem_avail_bytes", pairs...), m.node.gauge("node_filesystem_size_bytes", pairs...)
	m.volumes = append(m.volumes, v)
	return v
}

func (v *volume) step() {
	v.share = min(max(v.share, 0), 1)
	tremble := 0.0005 * v.machine.dice.Float64() * (1 - v.share)
	v.avail.set(math.Round(v.size * gibibyte * (1 - v.share - tremble)))
	v.of.set(v.size * gibibyte)
}

// full reports whether nothing more can be written.
func (v *volume) full() bool { return v.share >= 0.9995 }

// fill takes a share of the size.
func (v *volume) fill(share float64) { v.share = min(v.share+share, 1) }

// rotate empties the volume to a level by night and fills it by the day's growth.
func (v *volume) rotate(l *Landscape, level, daily float64) {
	v.fill(daily * l.hours() / 24)
	if l.now.within(2, 2+l.hours()*1.01) {
		v.share = min(v.share, level)
	}
}
