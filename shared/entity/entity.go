// Package entity names the things that signals belong to: hosts, volumes, processes, pods, pools.
//
// An entity's identity does not depend on who reported it: the same volume seen by two senders is one
// entity, because its ID is made of its type, the host that its labels resolve to, and its own name.
package entity

// Type is the type of an entity.
type Type string

// The types of entity that the built-in catalogue knows.
const (
	Host      Type = "host"
	Volume    Type = "volume"
	Process   Type = "process"
	Container Type = "container"
	Pod       Type = "pod"
	Database  Type = "database"
	Pool      Type = "pool"
	App       Type = "application"
	// Endpoint is an address that a probe looks at.
	Endpoint Type = "endpoint"
	// Certificate is one that some endpoint, file or secret holds.
	Certificate Type = "certificate"
)

// Entity is a thing that a signal belongs to.
type Entity struct {
	// ID is <type>:<root>[:<name>…], unique across senders, such as "volume:erp-01:/u01".
	ID   string `json:"id"`
	Type Type   `json:"type"`
	// Root is the ID of the outermost entity, which keeps all that belongs to it in one partition: "host:erp-01".
	Root string `json:"root"`
	// Name is what people call it: "/u01 on erp-01".
	Name string `json:"name"`
	// Labels are those that make the entity, resolved host included.
	Labels map[string]string `json:"labels,omitempty"`
}

// Fields makes an entity a message of [wire].
func (e *Entity) Fields() []any {
	return []any{&e.ID, (*string)(&e.Type), &e.Root, &e.Name, &e.Labels}
}
