package landscape

import (
	"fmt"
	"math"
)

// cluster is a Kubernetes node, on which the reports run.
type cluster struct {
	*machine
	kubelet *journal
	pods    []*pod
	claim   float64 // share of the claim in use
	size    float64 // GiB of the claim

	used, capacity, available *gauge
}

// pod is one of the reports' pods.
type pod struct {
	log                    *journal
	target                 *target
	working, most, restart *gauge
	base                   float64 // GiB
	gone                   bool
}

func newCluster(l *Landscape) *cluster {
	c := &cluster{machine: l.newMachine("k8s-01", 16, 64), claim: 0.4, size: 100}
	c.kubelet = c.journal(l, "kubelet", "/var/log/messages")
	kubelet := c.exporter(l, "kubelet", "10250")
	claim := []string{"namespace", l.plan.Site + "-report", "persistentvolumeclaim", "data-report-0"}
	c.used, c.capacity = kubelet.gauge("kubelet_volume_stats_used_bytes", claim...), kubelet.gauge("kubelet_volume_stats_capacity_bytes", claim...)
	c.available = kubelet.gauge("kubelet_volume_stats_available_bytes", claim...)
	for i := range 3 {
		c.pods = append(c.pods, newPod(l, c.name, fmt.Sprintf("report-%d", i), 1+0.5*c.dice.Float64()))
	}
	return c
}

func newPod(l *Landscape, node, name string, base float64) *pod {
	space := l.plan.Site + "-report"
	p := &pod{base: base, target: l.newTarget("cadvisor", node+":10250", "namespace", space, "pod", name, "container", "report")}
	p.log = l.newJournal("namespace", space, "pod", name, "container", "report", "service", "report")
	p.working, p.most = p.target.gauge("container_memory_working_set_bytes"), p.target.gauge("container_spec_memory_limit_bytes")
	p.restart = p.target.gauge("kube_pod_container_status_restarts_total")
	return p
}

func (c *cluster) step(l *Landscape) {
	t := &l.Trouble.Cluster
	c.begin(l, false)
	if t.Expand {
		c.size, c.claim = max(c.size, 300), min(c.claim, 0.34)
	}
	c.claim = min(c.claim+t.Claim*l.hours()+0.001*l.hours()/24, 1)
	if !t.Evicting {
		c.need += t.Hog
	}
	for k, p := range c.pods {
		p.gone = c.down || t.Evicting && k > 0
		c.runPod(l, p)
	}
	c.need += 14
	c.cpu += 1.5
	c.used.set(math.Round(gibibyte * c.size * c.claim))
	c.capacity.set(gibibyte * c.size)
	c.available.set(math.Round(gibibyte * c.size * (1 - c.claim)))
	c.say(l, t)
	c.machine.step(l, 0)
}

// runPod measures a pod: what it holds follows the day.
func (c *cluster) runPod(l *Landscape, p *pod) {
	p.target.down, p.log.down = p.gone, p.gone
	requests := l.servers[0].requests + l.servers[1].requests
	used := p.base * (1 + 0.004*requests + 0.02*c.dice.Float64())
	p.working.set(math.Round(gibibyte * used))
	p.most.set(4 * gibibyte)
	p.restart.set(0)
	c.cpu += 0.1 + 0.004*requests
	c.need += used
}
