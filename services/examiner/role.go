package examiner

import (
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/logs"
)

// Role returns what the service does on the bus.
func Role() bus.Role {
	return bus.Role{
		Name: Service, Asks: []string{logs.Keeper}, Answers: []string{Service}, Leads: []string{Service},
		Follows: []string{bus.StreamFindings}, Recalls: []string{bus.StreamFindings},
		Says: []string{bus.SubjectFindings(Service, 0)}, Opens: []string{bus.BucketIncident},
	}
}
