package anomaly

import (
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/history/stored"
)

// Role returns what the service does on the bus.
func Role() bus.Role {
	return bus.Role{
		Name: Service, Reads: []bus.Reading{
			{Service: Service, Input: bus.Logs},
			{Service: MetricsService, Input: bus.Metrics},
			{Service: RulesService, Input: bus.Metrics},
			{Service: QueriesService, Input: bus.Fleet},
		}, Asks: []string{stored.Keeper}, Prepares: true,
	}
}
