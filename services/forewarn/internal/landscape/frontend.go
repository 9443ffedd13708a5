package landscape

import "time"

// frontend is the load balancer, with the probes that look at the application through it.
type frontend struct {
	*machine
	log   *journal
	probe *target
	until time.Time

	success, duration, expiry, entries, mostEntries *gauge
	alive                                           [Servers]*gauge
}

func newFrontend(l *Landscape) *frontend {
	f := &frontend{machine: l.newMachine("lb-01", 4, 16), until: l.plan.Start.Add(time.Duration(20+60*l.dice.Float64()) * 24 * time.Hour)}
	f.log = f.journal(l, "nginx", "/var/log/nginx/error.log")
	f.probe = l.newTarget("blackbox", l.Endpoint())
	f.success, f.duration = f.probe.gauge("probe_success"), f.probe.gauge("probe_duration_seconds")
	f.expiry = f.probe.gauge("probe_ssl_earliest_cert_expiry")
	f.entries, f.mostEntries = f.node.gauge("node_nf_conntrack_entries"), f.node.gauge("node_nf_conntrack_entries_limit")
	server := f.exporter(l, "haproxy", "8404")
	for i := range f.alive {
		f.alive[i] = server.gauge("haproxy_server_up", "backend", "voucher", "server", l.Host([...]string{"app-01", "app-02"}[i]))
	}
	return f
}

// Endpoint is the address at which people reach the application.
func (l *Landscape) Endpoint() string { return "https://" + l.plan.Site + ".erp.example.cn/voucher" }

// Host is the name of the host that plays a role, such as "db-01".
func (l *Landscape) Host(role string) string { return l.plan.Site + "-" + role }

// share is how the requests are dealt out: to those that are up.
func (*frontend) share(l *Landscape) (share [Servers]float64) {
	up := 0.0
	for i := range share {
		if !l.Trouble.Servers[i].Down && !l.servers[i].patched(l) {
			share[i] = 1
			up++
		}
	}
	for i := range share {
		share[i] /= max(up, 1)
	}
	return share
}

func (f *frontend) step(l *Landscape) {
	f.begin(l, false)
	if f.until.Sub(l.now.Time) < 19*24*time.Hour && l.now.day.Working() && l.now.within(11, 12) {
		f.until = l.now.Add(90 * 24 * time.Hour)
	}
	until := f.until
	if left := l.Trouble.Expires; left != 0 {
		until = l.now.Add(left)
	}
	expired := until.Before(l.now.Time)
	requests, latency, failing := 0.0, 0.0, 0.0
	for i, s := range l.servers {
		requests += s.requests
		latency += s.metrics.latency / Servers
		failing += s.errors
		f.alive[i].set(oneIf(!s.down))
	}
	bad := expired || failing > 0.6*requests && requests > 0.1
	f.success.set(oneIf(!bad))
	f.duration.set((0.02 + latency) * (0.9 + 0.2*f.dice.Float64()))
	f.expiry.set(float64(until.Unix()))
	f.cpu += 0.1 + requests*0.004
	f.need += 2
	f.say(l, requests, failing, expired)
	f.entries.set(count(f.dice, 400+requests*12))
	f.mostEntries.set(262144)
	f.machine.step(l, 0)
}

// oneIf is how exporters say yes and no.
func oneIf(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// bank is the interface of a bank, which answers some of the requests.
type bank struct {
	probe             *target
	success, duration *gauge
	wander            wander
	share, delay      float64 // of the requests, seconds
}

func newBank(l *Landscape) *bank {
	b := &bank{share: 0.15, wander: wander{dice: l.plan.dice("bank"), deviation: 0.2, fade: 0.8}}
	b.probe = l.newTarget("blackbox", l.BankEndpoint())
	b.success, b.duration = b.probe.gauge("probe_success"), b.probe.gauge("probe_duration_seconds")
	return b
}

// BankEndpoint is the address of the bank's interface.
func (l *Landscape) BankEndpoint() string { return "https://" + l.plan.Site + ".bank.example.cn/api" }

func (b *bank) step(l *Landscape) {
	usual := 0.3 * (1 + max(b.wander.step(), -0.5))
	b.delay = usual + l.Trouble.Bank.Seconds()
	b.success.set(oneIf(b.delay < timeout/2))
	b.duration.set(b.delay)
}
