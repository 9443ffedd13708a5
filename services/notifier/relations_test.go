package notifier_test

import (
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/topology"
)

// TestRelationsFromTheStream: what workers tell of what rests on what holds for the findings behind it, also after a restart.
func TestRelationsFromTheStream(t *testing.T) {
	r := newRig(t)
	stop := r.start(t)
	at := time.Now().UTC().Add(-time.Minute)
	data, err := topology.EncodePage(&topology.Page{
		ID: "trend:00:1:0", Source: "trend:00", Number: 1, Until: at,
		Edges: []topology.Edge{{From: "pod:prod/erp-0", Relation: topology.RunsOn, To: "host:n1"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.publish(t, "page", data)
	r.publish(t, "damaged", []byte(`{"schema":1,"type":"relations"}`))
	odd := func(e entity.Entity, s finding.Severity) *finding.Finding {
		return &finding.Finding{
			Schema: 1, ID: "anomaly:00:" + e.ID + ":1:0", Episode: e.ID, Action: finding.Opened, Time: at, Kind: finding.Anomaly,
			Signal: "odd/" + e.ID, Entity: e, Severity: s,
		}
	}
	r.find(t, odd(entity.Outermost(entity.Host, "", "n1"), finding.Warning))
	r.quiet(t)
	stop()
	r.start(t)
	r.find(t, odd(entity.Outermost(entity.Pod, "", "prod", "erp-0"), finding.Critical), odd(entity.Outermost(entity.Pod, "", "prod", "erp-1"), finding.Warning))
	r.quiet(t)
	kv, err := r.bus.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	page, err := incident.NewStore(kv).List(t.Context(), incident.Query{State: incident.Open})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Incidents) != 2 {
		t.Fatalf("%d incidents, want that of the node with its pod, and that of another pod", len(page.Incidents))
	}
	joined := page.Incidents[1]
	if len(page.Incidents[0].Episodes) == 2 {
		joined = page.Incidents[0]
	}
	if len(joined.Episodes) != 2 || joined.Severity != finding.Critical || len(joined.Causes) != 2 || joined.Causes[0].Entity.ID != "host:n1" {
		t.Errorf("incident: %+v", joined)
	}
	if n := r.state(t, bus.StreamDeadLetters).Msgs; n != 1 {
		t.Errorf("%d dead letters, want the damaged page", n)
	}
}
