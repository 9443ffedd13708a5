package life

import (
	"cmp"
	"slices"
	"time"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// family is what runs out, so far as a message and a prediction tell it alike; "" is nothing that could join.
type family string

const (
	space        family = "space"
	memory       family = "memory"
	connections  family = "connections"
	files        family = "files"
	threads      family = "threads"
	certificates family = "certificates"
)

const (
	// nearlyFull is the share in use from which a message that names no volume may speak of this one, and soon how close its
	// expected end must be otherwise: a volume that has days left is not what "no space left" is about.
	nearlyFull = 0.9
	soon       = 24 * time.Hour
)

// account is what a finding or an incident says of one fault.
type account struct {
	kind        finding.Kind
	resource    finding.Resource
	entity      entity.Entity
	eta         finding.ETA
	used, limit float64
	unit        string
	line        string // what a log said
}

func accountOf(f *finding.Finding) account {
	return account{
		f.Kind, f.Resource, f.Entity, f.ETA, f.Used, f.Limit, f.Unit, line(f.Evidence, f.Message.En),
	}
}

func accountIn(i *incident.Incident) account {
	return account{
		i.Kind, i.Resource, i.Entity, i.ETA, i.Used, i.Limit, i.Unit, line(i.Evidence, i.Message.En),
	}
}

// line returns the entry of the log among the evidence, otherwise the whole message.
func line(evidence []finding.Evidence, message string) string {
	for _, e := range evidence {
		if e.Name == "sample" {
			return e.Text.En
		}
	}
	return message
}

// family returns what the account is about.
func (a *account) family() family {
	switch a.kind {
	case finding.Log:
		return ofResource(a.resource)
	case finding.Exhaustion, finding.Leak:
		return ofEntity(a.entity, a.unit)
	case finding.Expiry:
		if a.entity.Type == entity.Certificate {
			return certificates
		}
	}
	return ""
}

func ofResource(r finding.Resource) family {
	switch r {
	case finding.Storage, finding.Tablespace, finding.Archive:
		return space
	case finding.Memory, finding.Heap:
		return memory
	case finding.Connections, finding.Pool:
		return connections
	case finding.FileDescriptors:
		return files
	case finding.Threads:
		return threads
	case finding.Certificate:
		return certificates
	}
	return ""
}

// ofEntity tells by what is measured what runs out. Bytes of a database may be either, and a host's connections are those that the
// kernel tracks, of which no server complains: these join nothing.
func ofEntity(e entity.Entity, unit string) family {
	if _, ok := e.Labels["tablespace"]; ok || e.Type == entity.Volume {
		return space
	}
	switch unit {
	case "bytes":
		if e.Type != entity.Database {
			return memory
		}
	case "connections":
		if e.Type != entity.Host {
			return connections
		}
	case "files":
		return files
	case "threads":
		return threads
	}
	return ""
}

// speaksOf tells whether a message may speak of what a prediction is about, and how closely it names it: 0 if it does not.
func speaksOf(message, prediction *account, now time.Time) (named int, ok bool) {
	what := message.family()
	if what == "" || what != prediction.family() || message.entity.Root == "" || message.entity.Root != prediction.entity.Root {
		return 0, false
	}
	named = names(message.line, prediction.entity)
	return named, named > 0 || what != space || prediction.share() >= nearlyFull || prediction.left(now) <= soon
}

// share is the part of the limit that is in use, 0 if there is no limit.
func (a *account) share() float64 {
	if a.limit <= 0 {
		return 0
	}
	return a.used / a.limit
}

// left is how long it is at the soonest until the limit is reached: none if it is, or if it nearly is and no date is known; long
// if nothing tells.
func (a *account) left(now time.Time) time.Duration {
	at := cmp.Or(a.eta.P10, a.eta.P50)
	switch {
	case a.share() >= 1 || at == nil && a.share() >= nearlyFull:
		return 0
	case at != nil:
		return max(at.Sub(now), 0)
	}
	return beyond
}

// Seeks reports whether f may join an incident that does not know its episode: it is about something that is there, or it would
// open one by itself and says what runs out.
func (r Rules) Seeks(f *finding.Finding) bool {
	if f.Action == finding.Resolved || f.Entity.Root == "" {
		return false
	}
	if r.Notes(f) {
		return true
	}
	a := accountOf(f)
	return f.Severity.Rank() >= r.MinSeverity.Rank() && (a.family() != "" || r.JoinWindow > 0 && present(f))
}

// Nearest returns which of the open incidents around f it belongs to, nil if none: the one that knows its
// episode; of a message the prediction that it confirms, otherwise another message about the same resource; of a prediction one
// that knows its fault, otherwise a message that confirms it; of several the one whose name is in the message, then the one
// that is nearest to its limit, then the newest. Otherwise it is the one beside whose troubles f is nearest in place and time. What
// is too slight for an incident only ever is beside others.
func (r Rules) Nearest(open []*incident.Incident, f *finding.Finding, notes []incident.Note) *incident.Incident {
	for _, i := range open {
		if slices.Contains(i.Episodes, f.Episode) {
			return i
		}
	}
	if f.Severity.Rank() >= r.MinSeverity.Rank() {
		if best := sameFault(open, f); best != nil {
			return best
		}
	}
	return r.nearest(open, f, notes)
}

// sameFault returns the incident that is about what f is about.
func sameFault(open []*incident.Incident, f *finding.Finding) (best *incident.Incident) {
	var bestRank rank
	for _, i := range open {
		if k, ok := rankOf(i, f); ok && (best == nil || k.before(bestRank)) {
			best, bestRank = i, k
		}
	}
	return best
}

// nearest returns the incident beside whose troubles f is; of equally close ones that which goes on when they are found to be one.
func (r Rules) nearest(open []*incident.Incident, f *finding.Finding, notes []incident.Note) (best *incident.Incident) {
	var closest closeness
	for _, i := range open {
		c, ok := r.beside(i, f, notes)
		switch {
		case !ok:
		case best == nil || c.before(closest):
			best, closest = i, c
		case !closest.before(c):
			best = Survivor([]*incident.Incident{best, i})
		}
	}
	if others := r.Alike(open, best, f); len(others) > 0 {
		return Survivor(append(others, best))
	}
	return best
}

// rank orders the incidents that a finding may join.
type rank struct {
	known, predicted bool
	named            int
	left             time.Duration
	share            float64
	id               string
}

// rankOf tells how near f is to an open incident; it is not ok if f does not belong there.
func rankOf(i *incident.Incident, f *finding.Finding) (k rank, ok bool) {
	of, said := accountIn(i), accountOf(f)
	k = rank{known: f.Kind != finding.Log && knows(i, f), predicted: i.Kind != finding.Log, left: of.left(f.Time), share: of.share(), id: i.ID}
	switch {
	case k.known:
		return k, true
	case f.Kind == finding.Log && i.Kind != finding.Log:
		k.named, ok = speaksOf(&said, &of, f.Time)
	case f.Kind == finding.Log:
		ok = said.family() != "" && said.resource == of.resource && said.entity.ID == of.entity.ID
	case i.Kind == finding.Log:
		k.named, ok = speaksOf(&of, &said, f.Time)
	}
	return k, ok
}

// before reports whether k is nearer than l.
func (k rank) before(l rank) bool {
	yes := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(yes(l.known), yes(k.known)), cmp.Compare(yes(l.predicted), yes(k.predicted)), cmp.Compare(l.named, k.named),
		cmp.Compare(k.left, l.left), cmp.Compare(l.share, k.share), cmp.Compare(l.id, k.id),
	) < 0
}

// knows reports whether an episode of the fault of f is, or was, of an incident.
func knows(i *incident.Incident, f *finding.Finding) bool {
	return lastOf(i, f) >= 0 || i.Fault() == faultOf(f)
}

func faultOf(f *finding.Finding) string { return incident.Fault(f.Kind, f.Signal) }

// lastOf returns the place of the newest episode of the fault of f, -1 if there is none.
func lastOf(i *incident.Incident, f *finding.Finding) int { return lastOfFault(i, faultOf(f)) }

func lastOfFault(i *incident.Incident, fault string) int {
	for k := len(i.Marks) - 1; k >= 0; k-- {
		if i.FaultOf(k) == fault {
			return k
		}
	}
	return -1
}
