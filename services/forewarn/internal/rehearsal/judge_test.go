package rehearsal

import (
	"testing"
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/fault"
	"github.com/forewarn/forewarn/services/forewarn/internal/landscape"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/incident"
)

// TestJudge: what counts is one incident for each fault, and the cause in the first one.
func TestJudge(t *testing.T) {
	onset := time.Date(2026, 3, 3, 2, 0, 0, 0, time.UTC)
	disk := fault.Truth{Fault: "disk", Causes: []fault.Cause{{Entity: "volume:a:/u01"}}}
	lock := fault.Truth{Fault: "lock", Causes: []fault.Cause{{Entity: "host:b", Signals: []string{"log-"}}}}
	opened := func(minutes int, id, signal string) *incident.Incident {
		at := onset.Add(time.Duration(minutes) * time.Minute)
		return &incident.Incident{ID: at.Format(time.RFC3339) + id, OpenedAt: at, Entity: entity.Entity{ID: id}, Signal: signal}
	}
	f := func(name string, truths []fault.Truth, told []*incident.Incident, named int, apart bool) {
		t.Helper()
		c := &fault.Case{Onset: onset, Truths: truths, Plan: landscape.Plan{Interval: time.Minute}}
		told = append([]*incident.Incident{opened(-600, "host:c", "host-load")}, told...)
		v := judge("x", 1, c, &Record{Incidents: told})
		if v.Named != named || v.Apart != apart || v.Background != 1 || v.Incidents != len(told)-1 {
			t.Errorf("%s: %+v, want %d named, apart %t, and the incident of the day before left out", name, v, named, apart)
		}
	}
	one, two := []fault.Truth{disk}, []fault.Truth{disk, lock}
	right, other, locked := opened(5, "volume:a:/u01", "filesystem-space"), opened(3, "host:b", "host-load"), opened(9, "host:b", "log-oracle")
	f("nothing was said", one, nil, 0, false)
	f("its incident", one, []*incident.Incident{right}, 1, true)
	f("of something else", one, []*incident.Incident{other}, 0, true)
	f("something else first", one, []*incident.Incident{other, right}, 0, false)
	f("something else later", one, []*incident.Incident{right, locked}, 1, false)
	f("two faults, each with its own", two, []*incident.Incident{right, locked}, 2, true)
	f("two faults in one incident", two, []*incident.Incident{right}, 1, false)
	f("two faults, one of them unnamed", two, []*incident.Incident{other, right}, 1, true)
}
