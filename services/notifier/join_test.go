package notifier_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// written is what a log of host a says of its disk.
func written(minute int, a finding.Action, signature string) *finding.Finding {
	f := say(minute, a, finding.Critical, "m-"+signature, "log-"+signature+"/host:a")
	f.ID = fmt.Sprintf("anomaly:00:%d:0", minute+1)
	f.Kind, f.Resource, f.Entity = finding.Log, finding.Storage, entity.Entity{ID: "host:a", Type: entity.Host, Root: "host:a"}
	f.Message = i18n.Text{En: "nc has written: No space left on device", Zh: "nc 记录了：No space left on device"}
	return f
}

// disk is what is predicted of the disk of host a.
func disk(minute int, a finding.Action, s finding.Severity) *finding.Finding {
	f := say(minute, a, s, "p", "space/volume:a:/")
	f.Entity = entity.Entity{ID: "volume:a:/", Type: entity.Volume, Root: "host:a"}
	f.Unit, f.Used, f.Limit = "bytes", 96, 100
	return f
}

// TestOneFaultOneIncident: people are told of a full disk once, by the prediction and by the log that confirms it, in either order,
// over a restart and a replay.
func TestOneFaultOneIncident(t *testing.T) {
	const space = "space/volume:a:/"
	for name, c := range map[string]struct {
		story []*finding.Finding
		want  []string
	}{
		"the prediction first": {
			[]*finding.Finding{
				disk(0, finding.Opened, finding.Warning), written(1, finding.Opened, "enospc"), written(40, finding.Resolved, "enospc"),
				disk(50, finding.Resolved, finding.Warning),
			},
			[]string{"opened " + space, "raised " + space, "resolved " + space},
		},
		"the message first": {
			[]*finding.Finding{
				written(0, finding.Opened, "enospc"), written(1, finding.Opened, "quota"), disk(2, finding.Opened, finding.Critical),
				disk(30, finding.Resolved, finding.Warning), written(40, finding.Resolved, "quota"), written(41, finding.Resolved, "enospc"),
			},
			[]string{"opened log-enospc/host:a", "resolved " + space},
		},
	} {
		t.Run(name, func(t *testing.T) {
			rec := newReceiver(t, nil)
			r := newRig(t, rec.URL)
			stop := r.start(t)
			r.find(t, c.story[:2]...)
			r.quiet(t)
			stop()
			r.start(t)
			r.find(t, c.story...)
			r.find(t, c.story...)
			r.quiet(t)
			if diff := cmp.Diff(c.want, rec.accepted()); diff != "" {
				t.Errorf("received (-want +got):\n%s", diff)
			}
			checkJoined(t, r)
		})
	}
}

// checkJoined looks at the one incident that there is.
func checkJoined(t *testing.T, r *rig) {
	t.Helper()
	kv, err := r.bus.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	page, err := incident.NewStore(kv).List(t.Context(), incident.Query{})
	if err != nil || len(page.Incidents) != 1 {
		t.Fatalf("%d incidents, %v", len(page.Incidents), err)
	}
	i := page.Incidents[0]
	if i.State != incident.Resolved || i.Kind != finding.Exhaustion || i.Worst != finding.Critical || i.Outcome != nil || len(i.ConfirmedBy) == 0 {
		t.Fatalf("incident: %+v", i)
	}
	for _, m := range i.ConfirmedBy {
		if m.StoppedAt == nil || !strings.Contains(m.Message.Zh, "No space left on device") {
			t.Errorf("confirmed by %+v", m)
		}
	}
}
