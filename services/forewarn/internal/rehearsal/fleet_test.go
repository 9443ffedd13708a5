package rehearsal

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/forewarn/internal/fault"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// TestDetectors: what was opened is summed up by who spoke, whatever the log or the host, and learning is told apart.
func TestDetectors(t *testing.T) {
	from := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	at := func(id string, kind finding.Kind, signal string, days int) *incident.Incident {
		return &incident.Incident{ID: id, Kind: kind, Signal: signal, OpenedAt: from.AddDate(0, 0, days)}
	}
	r := &Record{
		Incidents: []*incident.Incident{
			at("a", finding.Exhaustion, "filesystem-space/volume:a:/", -3), at("b", finding.Exhaustion, "filesystem-space/volume:b:/", 3),
			at("c", finding.Silence, "log-silent-8f5f450ba63589bf/pod:x/y", 4),
		},
		Notices:  map[string][]incident.Notice{"a": make([]incident.Notice, 4), "b": make([]incident.Notice, 2), "c": make([]incident.Notice, 1)},
		Findings: []finding.Finding{{Kind: finding.Log, Signal: "log-os.auth-failed/host:a", Severity: finding.Info, Time: from.AddDate(0, 0, 1)}},
	}
	each, all := detectors(r, from)
	want := []spoken{
		{Detector: "exhaustion filesystem-space", Learning: 1, Incidents: 1, Notices: 2},
		{Detector: "log log-os.auth-failed", Notes: 1},
		{Detector: "silence log-silent", Incidents: 1, Notices: 1},
	}
	if diff := cmp.Diff(want, each); diff != "" {
		t.Errorf("detectors (-want +got):\n%s", diff)
	}
	if want := (spoken{Detector: "all", Learning: 1, Incidents: 2, Notices: 3, Notes: 1}); all != want {
		t.Errorf("all together %+v, want %+v", all, want)
	}
}

// TestFleetSize: a fleet has as many landscapes as give the hosts that were asked for, with names of their own, and is watched after
// it was learnt.
func TestFleetSize(t *testing.T) {
	o := FleetOptions{Seed: 1, Hosts: 17, Weeks: 2, Calendar: china(t)}
	p := o.play()
	names := map[string]bool{}
	for _, l := range p.landscapes {
		names[l.Host("db-01")] = true
	}
	if len(names) != 3 || p.end.Sub(p.start) != fault.Learning+14*24*time.Hour {
		t.Errorf("17 hosts for two weeks are %d landscapes for %s, want 3 for five weeks", len(names), p.end.Sub(p.start))
	}
}
