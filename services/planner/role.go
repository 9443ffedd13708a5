package planner

import "github.com/forewarn/forewarn/shared/bus"

// Role returns what the service does on the bus.
func Role() bus.Role {
	return bus.Role{Name: Service, Asks: []string{trendService}, Answers: []string{Service}, Leads: []string{Service}}
}
