package collector

import "github.com/forewarn/forewarn/shared/bus"

// Role returns what the service does on the bus.
func Role() bus.Role {
	return bus.Role{Name: "collector", Puts: []bus.Kind{bus.Metrics, bus.Logs}}
}
