package notifier

import (
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/outcome"
	"github.com/forewarn/forewarn/shared/plan"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/silence"
)

// Role returns what the service does on the bus.
func Role() bus.Role {
	return bus.Role{
		Name: outcome.Keeper, Asks: []string{"trend", plan.Keeper, signal.HabitKeeper}, Leads: []string{outcome.Keeper},
		Answers: []string{outcome.Keeper, digest.Keeper}, Obeys: []string{incident.Commands, silence.Commands},
		Takes: []string{bus.StreamFindings, bus.StreamNotify}, Empties: []string{bus.StreamNotify}, Recalls: []string{bus.StreamIncidents},
		Says:  []string{"inc.>", "notify.>", bus.SubjectFindings(outcome.Keeper, 0), "dlq.find.>", "dlq.notify.>"},
		Keeps: []string{bus.BucketIncident, bus.BucketCalibration}, Announces: true,
	}
}
