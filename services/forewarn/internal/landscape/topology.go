package landscape

import (
	"fmt"
	"strings"

	"github.com/forewarn/forewarn/shared/entity"
)

// Topology returns which of the landscape's entities run on and depend on which, as the configuration takes it.
func (l *Landscape) Topology() []byte {
	var b strings.Builder
	host := func(role string) string { return entity.Outermost(entity.Host, "", l.Host(role)).ID }
	edge := func(id, runsOn string, dependsOn ...string) {
		fmt.Fprintf(&b, "  - entity: %q\n", id)
		if runsOn != "" {
			fmt.Fprintf(&b, "    runs_on: [%q]\n", runsOn)
		}
		for k, id := range dependsOn {
			if k == 0 {
				b.WriteString("    depends_on:\n")
			}
			fmt.Fprintf(&b, "      - %q\n", id)
		}
	}
	b.WriteString("topology:\n")
	for _, role := range []string{"app-01", "app-02"} {
		edge(host(role), "", host("db-01"), host("cache-01"), l.bankEntity())
	}
	edge(host("lb-01"), "", host("app-01"), host("app-02"))
	edge(host("batch-01"), "", host("db-01"))
	edge(l.endpointEntity(), host("lb-01"))
	edge(l.certificateEntity(), host("lb-01"))
	for k := range l.cluster.pods {
		edge(l.podEntity(k), host("k8s-01"), host("db-02"), l.claimEntity())
	}
	return []byte(b.String())
}

// Entity returns the id of the host that plays a role.
func (l *Landscape) Entity(role string) string {
	return entity.Outermost(entity.Host, "", l.Host(role)).ID
}

func (l *Landscape) endpointEntity() string {
	return entity.Outermost(entity.Endpoint, "", l.Endpoint()).ID
}

func (l *Landscape) bankEntity() string {
	return entity.Outermost(entity.Endpoint, "", l.BankEndpoint()).ID
}

func (l *Landscape) certificateEntity() string {
	return entity.Outermost(entity.Certificate, "", l.Endpoint()).ID
}

func (l *Landscape) podEntity(k int) string {
	return entity.Outermost(entity.Pod, "", l.plan.Site+"-report", fmt.Sprintf("report-%d", k)).ID
}

func (l *Landscape) claimEntity() string {
	return entity.Outermost(entity.Volume, "", l.plan.Site+"-report", "data-report-0").ID
}
