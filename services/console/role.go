package console

import (
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/checks"
	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/logs"
	"github.com/forewarn/forewarn/shared/outcome"
	"github.com/forewarn/forewarn/shared/plan"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/silence"
)

// Role returns what the service does on the bus.
func Role() bus.Role {
	return bus.Role{
		Name: check, Asks: []string{"trend", signal.HabitKeeper, logs.Keeper, outcome.Keeper, digest.Keeper, plan.Keeper, checks.Keeper},
		Commands: []string{incident.Commands, silence.Commands}, Opens: []string{bus.BucketIncident}, Looks: true,
	}
}
