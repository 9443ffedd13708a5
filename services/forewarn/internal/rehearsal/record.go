package rehearsal

import (
	"context"
	"errors"
	"slices"

	"github.com/forewarn/forewarn/services/forewarn/internal/playback"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/outcome"
	"github.com/forewarn/forewarn/shared/topology"
)

// Record is what came of a play.
type Record struct {
	// Incidents are those of the store, the first one first.
	Incidents []*incident.Incident
	// Notices are what people were told of each incident, by its id.
	Notices map[string][]incident.Notice
	// Findings are what the workers have opened, in their order, incidents or not.
	Findings []finding.Finding
}

// record reads what came of it.
func (s *stage) record(ctx context.Context) (*Record, error) {
	kv, err := s.bus.KeyValue(ctx, bus.BucketIncident)
	if err != nil {
		return nil, err
	}
	r := &Record{Notices: map[string][]incident.Notice{}}
	store := incident.NewStore(kv)
	for before := ""; ; {
		page, err := store.List(ctx, incident.Query{Limit: 500, Before: before})
		if err != nil {
			return nil, err
		}
		r.Incidents = append(r.Incidents, page.Incidents...)
		if before = page.Next; before == "" {
			break
		}
	}
	slices.Reverse(r.Incidents)
	err = playback.Read(ctx, s.bus, bus.StreamIncidents, r.hearEvent)
	return r, errors.Join(err, playback.Read(ctx, s.bus, bus.StreamFindings, r.hearFinding))
}

// hearEvent notes what people are told.
func (r *Record) hearEvent(data []byte) error {
	e, err := incident.DecodeEvent(data)
	if err != nil {
		return err
	}
	if n := e.Incident.Notified; n != nil && n.Version == e.Incident.Version {
		r.Notices[e.Incident.ID] = append(r.Notices[e.Incident.ID], *n)
	}
	return nil
}

// hearFinding notes what a worker has opened, or made worse.
func (r *Record) hearFinding(data []byte) error {
	if outcome.IsSummary(data) || topology.IsPage(data) || incident.IsRelease(data) {
		return nil
	}
	f, err := finding.Decode(data)
	if err == nil && f.Action == finding.Opened {
		r.Findings = append(r.Findings, *f)
	}
	return err
}
