package trend

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/telemetry"
	"github.com/forewarn/forewarn/shared/topology"
)

// state is a series of kube-state-metrics.
func state(t testing.TB, series string, at time.Time, value float64) telemetry.TimeSeries {
	t.Helper()
	ls, err := telemetry.ParseSeries(series)
	if err != nil {
		t.Fatal(err)
	}
	return telemetry.TimeSeries{Series: telemetry.NewSeries(ls), Samples: []telemetry.Sample{{TimeMillis: at.UnixMilli(), Value: value}}}
}

// edgesOf are the edges of pages.
func edgesOf(pages []topology.Page) (out []topology.Edge) {
	for _, p := range pages {
		out = append(out, p.Edges...)
	}
	return out
}

// TestRelations: what series say is told when it changes, once a minute at most, and once a day; it is forgotten when it was not heard
// for hours, or taken back; and a restart changes nothing of that.
func TestRelations(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	now := start
	const pod, gone = `kube_pod_info{namespace="prod",pod="erp-0",node="n1"}`, `kube_pod_info{namespace="prod",pod="erp-1",node="n2"}`
	hear := func(value float64, series ...string) {
		t.Helper()
		var b telemetry.Batch
		for _, s := range series {
			b.Series = append(b.Series, state(t, s, now, value))
		}
		w.Observe(now, &b)
	}
	tick := func(after time.Duration, want ...topology.Edge) {
		t.Helper()
		now = now.Add(after)
		data, err := bustest.State(w)
		if err != nil {
			t.Fatal(err)
		}
		other := NewWorker(DefaultConfig(), catalogue(t), nil)
		if err := other.Restore(data); err != nil {
			t.Fatal(err)
		}
		w.Tick(now)
		other.Tick(now)
		got := w.Relations()
		if diff := cmp.Diff(got, other.Relations()); diff != "" {
			t.Errorf("after a restart:\n%s", diff)
		}
		if diff := cmp.Diff(want, edgesOf(got)); diff != "" {
			t.Errorf("at %v (-want +got):\n%s", now.Sub(start), diff)
		}
		one, err1 := bustest.State(w)
		two, err2 := bustest.State(other)
		if err1 != nil || err2 != nil || !bytes.Equal(one, two) {
			t.Errorf("equal states have other bytes: %v, %v", err1, err2)
		}
	}
	on := func(pod, node string) topology.Edge {
		return topology.Edge{From: "pod:prod/" + pod, Relation: topology.RunsOn, To: "host:" + node}
	}
	tick(10 * time.Second)
	hear(1, pod)
	tick(10*time.Second, on("erp-0", "n1"))
	tick(10 * time.Second)
	hear(1, `kube_pod_info{namespace="prod",pod="erp-0",node="n3"}`)
	hear(0, pod)
	tick(10 * time.Second)
	tick(time.Minute, on("erp-0", "n3"))
	hear(1, gone)
	tick(10*time.Second, on("erp-1", "n2"))
	for range 24*60 + 1 {
		hear(1, `kube_pod_info{namespace="prod",pod="erp-0",node="n3"}`)
		now = now.Add(time.Minute)
		w.Tick(now)
		if got := edgesOf(w.Relations()); len(got) > 0 {
			if diff := cmp.Diff([]topology.Edge{on("erp-0", "n3")}, got); diff != "" || now.Sub(start) < 24*time.Hour {
				t.Errorf("at %v: told again (-want +got):\n%s", now.Sub(start), diff)
			}
		}
	}
	if len(w.relations.heard) != 1 || len(w.relations.told) != 1 {
		t.Errorf("%d edges and %d pages are remembered", len(w.relations.heard), len(w.relations.told))
	}
}

// TestRelationsAreBounded: more than a partition remembers is left out, and every page fits into a message.
func TestRelationsAreBounded(t *testing.T) {
	r := newRelations()
	for n := range maxRelations + 10 {
		r.hear(topology.Edge{From: fmt.Sprintf("pod:prod/%0590d", n), Relation: topology.RunsOn, To: "host:n"}, telemetry.Sample{Value: 1}, start)
	}
	r.hear(topology.Edge{From: fmt.Sprintf("pod:%0700d", 1), Relation: topology.RunsOn, To: "host:n"}, telemetry.Sample{Value: 1}, start)
	if len(r.heard) != maxRelations {
		t.Errorf("%d edges", len(r.heard))
	}
	for _, p := range r.due(start) {
		p.ID, p.Source = "trend:00:1:0", "trend:00"
		if data, err := topology.EncodePage(&p); err != nil || len(data) > 900<<10 {
			t.Errorf("page %d has %d bytes, %v", p.Number, len(data), err)
		}
	}
}

// TestRelationsAmongOutputs: a tick's outputs hold pages under ids of their own.
func TestRelationsAmongOutputs(t *testing.T) {
	p := &partition{Worker: NewWorker(DefaultConfig(), catalogue(t), nil), number: 3, metrics: newMetrics(prometheus.NewRegistry()).forPartition(), health: &obs.Health{}}
	p.Observe(start, &telemetry.Batch{Series: []telemetry.TimeSeries{state(t, `kube_pod_info{namespace="prod",pod="erp-0",node="n1"}`, start, 1)}})
	out, err := p.Process(bus.Message{Tick: true, Seq: 9, Time: start.Add(10 * time.Second)})
	if err != nil || len(out) != 1 || out[0].ID != "trend:03:9:0" || !topology.IsPage(out[0].Data) {
		t.Fatalf("outputs: %+v, %v", out, err)
	}
	var page topology.Page
	if err := json.Unmarshal(out[0].Data, &page); err != nil || page.Source != "trend:03" || page.ID != out[0].ID {
		t.Errorf("page: %+v, %v", page, err)
	}
}
