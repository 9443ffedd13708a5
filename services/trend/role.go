package trend

import "github.com/forewarn/forewarn/shared/bus"

// Role returns what the service does on the bus.
func Role() bus.Role {
	return bus.Role{
		Name: Service, Reads: []bus.Reading{{Service: Service, Input: bus.Metrics}, {Service: ReleaseService, Input: bus.Fleet}},
		Asks: []string{Service}, Prepares: true,
	}
}
