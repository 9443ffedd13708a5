package demo

import (
	"cmp"
	"strings"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// host is one machine of the story.
type host struct {
	story *Story
	name  string
}

// The hosts. Their names say that they are no real ones.
const (
	database  = "demo-db-01"
	archive   = "demo-db-02"
	frontend  = "demo-app-01"
	backend   = "demo-app-02"
	batch     = "demo-batch-01"
	reporting = "demo-report-01"
)

func hosts() []string { return []string{database, archive, frontend, backend, batch, reporting} }

// Harmless is something that looks like trouble and is none.
type Harmless struct {
	Entity entity.Entity
	// Why says what it does.
	Why i18n.Text
}

// build puts together what is there: on each host some quiet things, and then what the story is about.
func (s *Story) build() {
	at := map[string]*host{}
	for i, name := range hosts() {
		h := &host{s, name}
		h.quiet(0.3 + 0.04*float64(i))
		at[name] = h
	}
	at[database].ledger()
	at[archive].archive()
	at[frontend].rotation()
	at[frontend].leak()
	at[frontend].certificate()
	at[backend].runaway()
	at[batch].nightly()
	at[reporting].exports()
}

// quiet is what every host has, at a level of its own.
func (h *host) quiet(level float64) {
	h.volume("/", 40, 0.001, flat(level+0.1))
	h.inodes("/", 2.5e6, flat(level/3))
	h.gauge("node_memory_MemAvailable_bytes", "node_memory_MemTotal_bytes", true, 64*gibibyte, 0.004, daily(level, 0.08))
	h.gauge("node_memory_SwapFree_bytes", "node_memory_SwapTotal_bytes", true, 8*gibibyte, 0.0005, flat(0.03))
	h.gauge("node_filefd_allocated", "node_filefd_maximum", false, 1<<20, 0.0005, daily(0.01, 0.01))
}

// harmless notes that a volume only looks like trouble.
func (h *host) harmless(mount string, why i18n.Text) {
	h.story.harmless = append(h.story.harmless, Harmless{entity.Within(entity.Outermost(entity.Host, "", h.name), entity.Volume, mount), why})
}

// volume adds a file system of so many GiB.
func (h *host) volume(mount string, size, noise float64, use func(moment) float64) *resource {
	r := h.add(mount, &resource{use: use, size: size * gibibyte, noise: noise, free: true})
	r.named(h.node(mounted(mount)...), "node_filesystem_avail_bytes", "node_filesystem_size_bytes")
	return r
}

func (h *host) inodes(mount string, count float64, use func(moment) float64) {
	r := h.add("inodes "+mount, &resource{use: use, size: count, noise: 0.0002, free: true})
	r.named(h.node(mounted(mount)...), "node_filesystem_files_free", "node_filesystem_files")
}

// gauge adds something of the host itself.
func (h *host) gauge(metric, limit string, free bool, size, noise float64, use func(moment) float64) {
	r := h.add(metric, &resource{use: use, size: size, noise: noise, free: free})
	r.named(h.node(), metric, limit)
}

// add gives a resource its dice.
func (h *host) add(name string, r *resource) *resource {
	r.dice = h.story.dice(h.name + " " + name)
	h.story.resources = append(h.story.resources, r)
	return r
}

// mounted are the labels of a file system; its device is called as logical volumes are.
func mounted(at string) []string {
	name := strings.ReplaceAll(strings.Trim(at, "/"), "/", "-")
	return []string{"mountpoint", at, "device", "/dev/mapper/vg0-" + cmp.Or(name, "root"), "fstype", "xfs"}
}

// labels returns those of a series that a job of the host has at a port, and further pairs of name and value.
func (h *host) labels(job, port string, pairs ...string) []telemetry.Label {
	out := []telemetry.Label{{Name: "job", Value: job}, {Name: "instance", Value: h.name + ":" + port}}
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, telemetry.Label{Name: pairs[i], Value: pairs[i+1]})
	}
	return out
}

// node returns the labels of a series of the host's own exporter.
func (h *host) node(pairs ...string) []telemetry.Label { return h.labels("node", "9100", pairs...) }
