package signal

import (
	"strings"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Root says which outermost entity a rule's entities are in, and so which partition their series go to.
type Root string

// The roots.
const (
	// RootHost: the host that the labels resolve to.
	RootHost Root = "host"
	// RootWorkload: the pod of the labels namespace and pod if both are there; else the endpoint, where the instance is the address
	// that a probe looks at; else the host.
	RootWorkload Root = "workload"
	// RootSelf: the entity is its own root, made of its own labels (and cluster, if there is one).
	RootSelf Root = "self"
)

// portLabel may name a part without being a label of the series: it is then the port of instance.
const portLabel = "port"

// belonging makes entities from labels.
type belonging struct {
	root  Root
	typ   entity.Type
	parts []part
}

// part is one name of an entity: the value of the first label that is there.
type part struct {
	labels   []string
	optional bool
}

// parsePart reads "label", "label|other", each with "?" at the end if it may be absent.
func parsePart(text string) (part, bool) {
	body, optional := strings.CutSuffix(text, "?")
	p := part{labels: strings.Split(body, "|"), optional: optional}
	for i, l := range p.labels {
		p.labels[i] = strings.TrimSpace(l)
		if !labelName.MatchString(p.labels[i]) || p.labels[i] == telemetry.MetricName {
			return p, false
		}
	}
	return p, true
}

func (p part) value(ls telemetry.Labels) string {
	for _, l := range p.labels {
		if v := ls.Get(l); v != "" {
			return v
		}
		if l == portLabel {
			if _, port := entity.SplitInstance(ls.Get("instance")); port != "" {
				return port
			}
		}
	}
	return ""
}

// names returns the values of the parts; false if a needed one is absent, or all are.
func (b *belonging) names(ls telemetry.Labels, labels map[string]string) ([]string, bool) {
	out := make([]string, len(b.parts))
	some := len(b.parts) == 0
	for i, p := range b.parts {
		v := p.value(ls)
		if v == "" {
			if !p.optional {
				return nil, false
			}
			continue
		}
		some = true
		out[i] = v
		labels[p.labels[0]] = entity.Shown(v)
	}
	return out, some
}

// entity returns what the series belongs to, false if its labels do not say.
func (b *belonging) entity(r *entity.Resolver, ls telemetry.Labels) (entity.Entity, bool) {
	labels := make(map[string]string, len(b.parts)+3)
	names, ok := b.names(ls, labels)
	if !ok {
		return entity.Entity{}, false
	}
	root, ok := b.outermost(r, ls, names, labels)
	if !ok {
		return entity.Entity{}, false
	}
	e := root
	switch {
	case b.root != RootSelf && len(b.parts) > 0:
		e = entity.Within(root, b.typ, names...)
	case root.Type != b.typ:
		return entity.Entity{}, false // a rule for pods reads nothing of hosts
	}
	e.Labels = labels
	return e, true
}

// outermost returns the root entity of the series. Labels that make it are noted in labels.
func (b *belonging) outermost(r *entity.Resolver, ls telemetry.Labels, names []string, labels map[string]string) (entity.Entity, bool) {
	typ := b.typ
	if b.root == RootWorkload && ls.Get("namespace") != "" && ls.Get("pod") != "" {
		typ, names = entity.Pod, []string{ls.Get("namespace"), ls.Get("pod")}
		labels["namespace"], labels["pod"] = entity.Shown(names[0]), entity.Shown(names[1])
	} else if b.root != RootSelf {
		host := r.Host(ls)
		switch {
		case host == "":
			return entity.Entity{}, false
		case b.root == RootHost || !isAddress(ls.Get("instance")) || !isAddress(host):
			labels["host"] = entity.Shown(host)
			return entity.Outermost(entity.Host, "", host), true
		}
		typ, names = entity.Endpoint, []string{ls.Get("instance")}
		labels["instance"] = entity.Shown(names[0])
	}
	// Two clusters have pods and claims of the same names.
	cluster := ls.Get("cluster")
	if cluster != "" {
		labels["cluster"] = entity.Shown(cluster)
	}
	return entity.Outermost(typ, cluster, names...), true
}

// isAddress reports whether what stands in the place of a host is the address of an endpoint, as blackbox_exporter's targets have it
// for an instance, and not the name of a host.
func isAddress(host string) bool { return strings.Contains(host, "://") }

// rootKey returns the ID of the root entity alone, "" if the labels do not say.
func (b *belonging) rootKey(r *entity.Resolver, ls telemetry.Labels) string {
	labels := make(map[string]string, len(b.parts)+3)
	var names []string
	if b.root == RootSelf {
		var ok bool
		if names, ok = b.names(ls, labels); !ok {
			return ""
		}
	}
	root, _ := b.outermost(r, ls, names, labels)
	return root.ID
}

// sameRoot reports whether both always find the same root.
func (b *belonging) sameRoot(o *belonging) bool {
	if b.root != o.root || b.root != RootSelf {
		return b.root == o.root
	}
	return b.typ == o.typ && b.text() == o.text()
}

func (b *belonging) text() string {
	var s strings.Builder
	for _, p := range b.parts {
		s.WriteString(strings.Join(p.labels, "|"))
		if p.optional {
			s.WriteByte('?')
		}
		s.WriteByte(',')
	}
	return s.String()
}
