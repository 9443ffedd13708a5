package signal

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/telemetry"
)

func TestSameVolumeFromTwoSendersIsOneEntity(t *testing.T) {
	c, err := Open(Config{Aliases: map[string]string{"10.0.0.5": "erp-01"}})
	if err != nil {
		t.Fatal(err)
	}
	const rest = `,fstype="xfs",mountpoint="/u01"}`
	senders := []string{
		`node_filesystem_avail_bytes{host="erp-01",device="/dev/sdb"` + rest,
		`node_filesystem_avail_bytes{host="ERP-01",device="/dev/sdb",instance="127.0.0.1:9100",job="node"` + rest,
		`node_filesystem_avail_bytes{nodename="erp-01",device="/dev/sdb",instance="10.0.0.5:9100"` + rest,
		`node_filesystem_avail_bytes{instance="erp-01:9100",device="/dev/mapper/u01"` + rest,
		`node_filesystem_avail_bytes{instance="10.0.0.5:9100",device="/dev/sdb"` + rest,
		`node_filesystem_avail{instance="erp-01",device="/dev/sdb"` + rest,
	}
	first := c.Bind(labels(t, senders[0]))
	groups := map[uint64]string{}
	for i, s := range senders {
		b := c.Bind(labels(t, s))
		if len(b) != 1 {
			t.Fatalf("%s has %d bindings; want 1", s, len(b))
		}
		if diff := cmp.Diff(first[0].Entity, b[0].Entity); diff != "" || b[0].Key != first[0].Key {
			t.Errorf("%s is another entity:\n%s", s, diff)
		}
		if root := c.Root(labels(t, s), "s"); root != "host:erp-01" {
			t.Errorf("%s goes to %s", s, root)
		}
		if other, dup := groups[b[0].Group]; dup {
			t.Errorf("senders %d and %s cannot be told apart", i, other)
		}
		groups[b[0].Group] = s
	}
}

func TestGroupJoinsTheInputsOfOneSender(t *testing.T) {
	c := load0(t)
	group := func(series string) uint64 { return c.Bind(labels(t, series))[0].Group }
	avail := group(`node_filesystem_avail_bytes{device="/dev/sdb",fstype="xfs",instance="a:1",mountpoint="/u01"}`)
	if size := group(`node_filesystem_size_bytes{device="/dev/sdb",fstype="xfs",instance="a:1",mountpoint="/u01"}`); size != avail {
		t.Error("size and avail of one sender do not belong together")
	}
	if other := group(`node_filesystem_size_bytes{device="/dev/sdc",fstype="xfs",instance="a:1",mountpoint="/u01"}`); other == avail {
		t.Error("size and avail of different devices belong together")
	}
}

func TestBindingNamesItsEntity(t *testing.T) {
	b := load0(t).Bind(labels(t, `jvm_memory_used_bytes{area="heap",cluster="sh",id="G1 Old Gen",instance="10.1.1.1:8080",namespace="prod",pod="erp-0"}`))
	want := map[string]string{"cluster": "sh", "namespace": "prod", "pod": "erp-0"}
	if len(b) != 1 {
		t.Fatalf("%d bindings; want 1", len(b))
	}
	e := b[0].Entity
	want["port"], want["pool"] = "8080", "G1 Old Gen"
	if diff := cmp.Diff(want, e.Labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	if e.ID != "pool:prod/erp-0@sh:8080:G1 Old Gen" || e.Root != "pod:prod/erp-0@sh" || e.Name != "G1 Old Gen (8080) on prod/erp-0@sh" {
		t.Errorf("the entity is %+v", e)
	}
}

func TestRuleForPodsReadsNoHosts(t *testing.T) {
	c := load0(t, File{"p.yaml", []byte(`rules:
- id: pod-requests
  kind: behaviour
  title: {en: x, zh: x}
  advice: {en: x, zh: x}
  inputs: [{name: n, metric: requests}]
  use: n
  entity: {type: pod, root: workload}
  unit: requests
  impact: 1
  time_to_fix: 1h
`)})
	if got := c.Bind(labels(t, `requests{instance="erp-01:80"}`)); got != nil {
		t.Errorf("a host's series is bound to %s", got[0].Key)
	}
	got := c.Bind(labels(t, `requests{instance="10.1.1.1:80",namespace="prod",pod="erp-0"}`))
	if len(got) != 1 || got[0].Key != "pod-requests/pod:prod/erp-0" {
		t.Errorf("a pod's series is bound to %+v", got)
	}
}

func TestRoot(t *testing.T) {
	c := load0(t)
	f := func(series, want string) {
		t.Helper()
		if got := c.Root(labels(t, series), "agent:7"); got != want {
			t.Errorf("%s goes to %s; want %s", series, got, want)
		}
	}
	f(`up`, "source:agent%3A7")
	f(`up{instance="erp-01:9100"}`, "host:erp-01")
	f(`up{instance="10.1.1.1:8080",namespace="prod",pod="erp-0"}`, "pod:prod/erp-0")
	f(`node_filefd_allocated{host="k8s-03",instance="10.1.1.1:9100",namespace="mon",pod="ne-x"}`, "host:k8s-03")
	f(`node_filefd_allocated`, "source:agent%3A7")
	f(`kubelet_volume_stats_used_bytes{instance="10.1.1.1:10250",namespace="prod",persistentvolumeclaim="d"}`, "volume:prod/d")
	f(`kubelet_volume_stats_used_bytes{instance="10.1.1.1:10250"}`, "source:agent%3A7")
	// What a probe tells of an address is of one root, whether a rule reads it or not.
	f(`probe_duration_seconds{instance="https://erp.corp.cn/v"}`, "endpoint:https%3A%2F%2Ferp.corp.cn%2Fv")
	f(`probe_success{instance="https://erp.corp.cn/v"}`, "endpoint:https%3A%2F%2Ferp.corp.cn%2Fv")
	f(`probe_success{host="erp-01",instance="https://erp.corp.cn/v"}`, "host:erp-01")
	// Matchers do not count: what no rule reads stays beside what some rule reads.
	f(`node_filesystem_avail_bytes{fstype="squashfs",instance="erp-01:9100",mountpoint="/snap"}`, "host:erp-01")
}

func TestEvaluate(t *testing.T) {
	rule := func(id string) *Rule {
		r, ok := load0(t).Rule(id)
		if !ok {
			t.Fatalf("no rule %s", id)
		}
		return r
	}
	no := math.NaN()
	f := func(r *Rule, use, limit float64, ok bool, values ...float64) {
		t.Helper()
		u, l, k := r.Evaluate(values)
		if k != ok || ok && (u != use || l != limit) {
			t.Errorf("%s of %v is %v of %v, %v; want %v of %v, %v", r.ID, values, u, l, k, use, limit, ok)
		}
	}
	space := rule("filesystem-space") // avail, size, readonly, free
	f(space, 70, 100, true, 30, 100, 0, no)
	f(space, 70, 100, true, 30, 100, no, no)
	f(space, 65, 95, true, 30, 100, no, 35)
	f(space, 0, 0, false, 30, 100, 1, no)
	f(space, 0, 0, false, 30, no, 0, no)
	f(space, 0, 0, false, no, 100, 0, no)
	f(space, 0, 0, false, 0, 0, 0, no)
	f(space, 0, 0, false, 130, 100, 0, no) // after a shrink, until the new size arrives
	f(space, 0, 0, false, math.Inf(-1), 100, 0, no)
	f(space, 0, 0, false, 0, math.Inf(1), 0, no)
	fds := rule("process-file-descriptors")
	f(fds, 0, 0, false, 9, 1<<62)
	f(fds, 0, 0, false, 9, -1)
	f(fds, 11, 10, true, 11, 10)
	leak := rule("process-memory") // resident, maximum, start_time
	f(leak, 5, 0, true, 5, no, no)
	f(leak, 5, 0, true, 5, 0, no)
	f(leak, 5, 0, true, 5, math.Inf(1), 1)
	f(leak, 5, 9, true, 5, 9, 1)
	f(leak, 0, 0, false, no, 9, 1)
	if i := leak.Input(StartTime); i != 2 {
		t.Errorf("the start time is input %d; want 2", i)
	}
	if i := leak.Input("x"); i != -1 {
		t.Errorf("input x is %d; want -1", i)
	}
}

func TestEvaluateDownwards(t *testing.T) {
	c := load0(t, File{"d.yaml", []byte(`rules:
- id: cache-hits
  kind: saturation
  direction: down
  title: {en: x, zh: x}
  advice: {en: x, zh: x}
  inputs: [{name: share, metric: hit_ratio}]
  use: share
  limit: 0
  entity: {type: host}
  unit: ratio
  impact: 1
  time_to_fix: 1h
`)})
	r, _ := c.Rule("cache-hits")
	if use, limit, ok := r.Evaluate([]float64{0.4}); use != 0.4 || limit != 0 || !ok {
		t.Errorf("got %v of %v, %v; want 0.4 of 0: a use may fall to nothing", use, limit, ok)
	}
}

// TestTexts: people read titles and advice of every rule in both languages; a Chinese one is Chinese.
func TestTexts(t *testing.T) {
	for _, r := range load0(t).Rules() {
		for _, text := range []i18n.Text{r.Title, r.Advice} {
			han := 0
			for _, c := range text.Zh {
				if c >= 0x4e00 && c <= 0x9fff {
					han++
				}
			}
			if han < 4 || text.En == text.Zh {
				t.Errorf("rule %s: %q is no translation of %q", r.ID, text.Zh, text.En)
			}
		}
	}
}

func TestEvaluateAllocatesNothing(t *testing.T) {
	r, _ := load0(t).Rule("filesystem-space")
	values := []float64{30, 100, 0, math.NaN()}
	if n := testing.AllocsPerRun(100, func() { r.Evaluate(values) }); n != 0 {
		t.Errorf("%v allocations; want none", n)
	}
	c, miss := load0(t), labels(t, `node_cpu_guest_seconds_total{cpu="0",instance="erp-01:9100",mode="idle"}`)
	if n := testing.AllocsPerRun(100, func() { c.Bind(miss) }); n != 0 {
		t.Errorf("a miss makes %v allocations; want none", n)
	}
}

func BenchmarkBindMiss(b *testing.B) {
	benchmarkBind(b, `node_cpu_guest_seconds_total{cpu="0",host="erp-01",instance="erp-01:9100",job="node",mode="idle"}`, 0)
}

func BenchmarkBindHit(b *testing.B) {
	benchmarkBind(b, `node_filesystem_avail_bytes{device="/dev/sdb",fstype="xfs",host="erp-01",instance="erp-01:9100",mountpoint="/u01"}`, 1)
}

func benchmarkBind(b *testing.B, series string, want int) {
	c, ls := load0(b), labels(b, series)
	b.ReportAllocs()
	for b.Loop() {
		if got := c.Bind(ls); len(got) != want {
			b.Fatalf("%d bindings; want %d", len(got), want)
		}
	}
}

func BenchmarkRoot(b *testing.B) {
	c := load0(b)
	for name, series := range map[string]string{
		"host": `node_filesystem_avail_bytes{fstype="xfs",host="erp-01",instance="erp-01:9100",mountpoint="/u01"}`,
		"pod":  `http_requests_total{instance="10.1.1.1:8080",namespace="prod",pod="erp-0"}`,
	} {
		ls := labels(b, series)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.Root(ls, "s")
			}
		})
	}
}

func BenchmarkEvaluate(b *testing.B) {
	r, _ := load0(b).Rule("filesystem-space")
	values := []float64{30, 100, 0}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok := r.Evaluate(values); !ok {
			b.Fatal("not ok")
		}
	}
}

// FuzzBind: whatever labels senders make up, a binding's partition is its entity's root.
func FuzzBind(f *testing.F) {
	f.Add("node_filesystem_avail_bytes", "erp-01:9100", "/u01", "xfs", "")
	f.Add("container_memory_working_set_bytes", "[::1]:1", "prod", "erp-0", "app")
	f.Add("process_open_fds", ":", "%", "\xff", "\x00")
	c := load0(f)
	f.Fuzz(func(t *testing.T, metric, instance, x, y, z string) {
		l := func(n, v string) telemetry.Label { return telemetry.Label{Name: n, Value: v} }
		ls := telemetry.NewLabels(l(telemetry.MetricName, metric), l("instance", instance), l("mountpoint", x), l("fstype", y),
			l("namespace", x), l("pod", y), l("container", z), l("name", z), l("job", x), l("persistentvolumeclaim", y), l("id", z), l("cluster", z))
		root := c.Root(ls, x)
		for _, b := range c.Bind(ls) {
			if b.Entity.Root != root || b.Key != b.Rule.ID+"/"+b.Entity.ID {
				t.Fatalf("%s goes to %q; its signal is %q in %q", ls, root, b.Key, b.Entity.Root)
			}
		}
	})
}

// TestSelects: what is bound is selected, and what no wanted rule selects is bound by none of them.
func TestSelects(t *testing.T) {
	cat, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	f := func(series string, want bool) {
		t.Helper()
		ls, err := telemetry.ParseSeries(series)
		if err != nil {
			t.Fatal(err)
		}
		saturation := func(r *Rule) bool { return r.Kind == Saturation }
		if got := cat.Selects(ls, saturation); got != want {
			t.Errorf("%s is selected: %t, want %t", series, got, want)
		}
		for _, b := range cat.Bind(ls) {
			if saturation(b.Rule) && !want {
				t.Errorf("%s is not selected, and bound to %s", series, b.Key)
			}
		}
	}
	f(`node_filesystem_avail_bytes{instance="a:9100",mountpoint="/u01",device="/dev/sda",fstype="xfs"}`, true)
	f(`node_filesystem_avail_bytes{mountpoint="/u01",device="/dev/sda",fstype="xfs"}`, true) // of nobody knows which host
	f(`node_filesystem_avail_bytes{instance="a:9100",mountpoint="/proc",device="proc",fstype="tmpfs"}`, false)
	f(`node_load1{instance="a:9100"}`, false) // has a habit
	f(`nobody_reads_this{instance="a:9100"}`, false)
}
