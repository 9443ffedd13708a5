package signal

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/topology"
)

func TestTopology(t *testing.T) {
	c, err := Load(
		File{"a.yaml", []byte(`
aliases: {10.0.0.5: app-01}
topology:
  - {entity: application:nc-app, runs_on: [host:10.0.0.5, host:APP-02], depends_on: 'database:db-01:9104'}
  - {entity: host:db-01, part_of: host:db-01-cluster}
`)},
		File{"b.yaml", []byte("topology:\n- {entity: application:nc-app, runs_on: host:app-01}\n- {entity: rack:r1, depends_on: volume:san:/lun1}\n")},
	)
	if err != nil {
		t.Fatal(err)
	}
	want := []topology.Edge{
		{From: "application:nc-app", Relation: topology.DependsOn, To: "database:db-01:9104"},
		{From: "application:nc-app", Relation: topology.RunsOn, To: "host:app-01"},
		{From: "application:nc-app", Relation: topology.RunsOn, To: "host:app-02"},
		{From: "host:db-01", Relation: topology.PartOf, To: "host:db-01-cluster"},
		{From: "rack:r1", Relation: topology.DependsOn, To: "volume:san:/lun1"},
	}
	if diff := cmp.Diff(want, c.Topology()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"rack:r1"}, c.Unheard()); diff != "" {
		t.Error(diff)
	}
}

func TestTopologyTellsAllErrors(t *testing.T) {
	_, err := Load(
		File{"t.yaml", []byte(`topology:
  - {entity: nc-app, runs_on: host:a}
  - entity: application:nc-app
    runs_on:
      - host:a
      - hosta
    depends_on: application:nc-app
  - {entity: host:a}
  - {entity: host:ok, depends_on: "host:b\u0007"}
`)},
		File{"k.yaml", []byte("topology:\n- {entity: host:a, run_on: host:b}\n")},
		File{"l.yaml", []byte("topology: {entity: host:a}\n")},
		File{"r.yaml", []byte(`relations:
  - {id: Bad, metric: m, from: {type: host, labels: [a]}, relation: runs_on, to: {type: pod, labels: [a]}}
  - {id: none, from: {type: host}, relation: near, to: {type: source, labels: [a]}}
  - {id: same, metric: m, match: [x], from: {type: host, labels: ['a?']}, relation: runs_on, to: {type: pod, labels: [a, b]}}
  - {id: same, metric: m}
`)},
	)
	for _, want := range []string{
		`t.yaml:2: topology nc-app: entity: "nc-app" is no entity; write <type>:<name>`,
		`t.yaml:6: topology application:nc-app: runs_on[1]: "hosta" is no entity`,
		`t.yaml:7: topology application:nc-app: depends_on[0]: "application:nc-app" is the entity itself`,
		`t.yaml:8: topology host:a: entity: nothing is said of it; write runs_on, depends_on or part_of`,
		`does not print; copy the entity from a page`,
		`k.yaml:2: unknown key "run_on"`,
		`l.yaml:1: cannot unmarshal`,
		`r.yaml:2: relation Bad: id: "Bad" is no id`,
		`r.yaml:2: relation Bad: to: 1 labels do not name a pod`,
		`r.yaml:3: relation none: metric: 0 metrics and matchers`,
		`r.yaml:3: relation none: relation: "near" is no relation`,
		`r.yaml:3: relation none: from: 0 labels do not name a host`,
		`r.yaml:3: relation none: to: "source" is no type`,
		`r.yaml:4: relation same: match[0]`,
		`r.yaml:4: relation same: from: "a?" names no label`,
		`r.yaml:5: relation same: id: the id is taken already in this file`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %s:\n%v", want, err)
		}
	}
}

// TestRelationsOfKubeStateMetrics reads what kube-state-metrics 2 writes, with and without honor_labels.
func TestRelationsOfKubeStateMetrics(t *testing.T) {
	c, err := Load(File{"u.yaml", []byte("aliases: {ip-10-0-0-5: node-1}\nrelations:\n- {id: pod-daemonset, disabled: true}\n")})
	if err != nil {
		t.Fatal(err)
	}
	f := func(series, want string) {
		t.Helper()
		got := ""
		for _, e := range c.Relations(labels(t, series)) {
			got += e.From + " " + string(e.Relation) + " " + e.To
		}
		if got != want {
			t.Errorf("%s says %q, want %q", series, got, want)
		}
		if (want != "") != c.Reads(labels(t, series)) {
			t.Errorf("%s: whether it is read is told wrongly", series)
		}
	}
	f(`kube_pod_info{namespace="prod",pod="erp-0",node="ip-10-0-0-5",created_by_kind="ReplicaSet"}`, "pod:prod/erp-0 runs_on host:node-1")
	f(`kube_pod_info{namespace="mon",pod="ksm-0",exported_namespace="prod",exported_pod="erp-0",node="N2",cluster="sh"}`, "pod:prod/erp-0@sh runs_on host:n2")
	f(`kube_pod_info{namespace="prod",pod="pending",node=""}`, "")
	f(`kube_pod_spec_volumes_persistentvolumeclaims_info{namespace="prod",pod="db-0",volume="data",persistentvolumeclaim="data-db-0"}`,
		"pod:prod/db-0 depends_on volume:prod/data-db-0")
	f(`kube_pod_owner{namespace="prod",pod="erp-0",owner_kind="ReplicaSet",owner_name="erp-7c9",owner_is_controller="true"}`,
		"pod:prod/erp-0 part_of replicaset:prod/erp-7c9")
	f(`kube_pod_owner{namespace="prod",pod="a",owner_kind="DaemonSet",owner_name="b"}`, "")
	f(`kube_pod_owner{namespace="prod",pod="a",owner_kind="<none>",owner_name="<none>"}`, "")
	f(`kube_replicaset_owner{namespace="prod",replicaset="erp-7c9",owner_kind="Deployment",owner_name="erp"}`,
		"replicaset:prod/erp-7c9 part_of deployment:prod/erp")
	f(`kube_deployment_created{namespace="prod",deployment="erp"}`, "")
}

// FuzzTopology: whatever is written in a file, it is refused with its name, or gives edges between entities.
func FuzzTopology(f *testing.F) {
	f.Add([]byte("topology:\n- {entity: application:nc-app, runs_on: [host:app-01], depends_on: host:db-01}\n"))
	f.Add([]byte("relations:\n- {id: a, metric: m, from: {type: host, labels: [a]}, relation: runs_on, to: {type: pod, labels: [a, b]}}\n"))
	f.Add([]byte("topology:\n- &a {entity: 'host:\xff', runs_on: *a}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := load(nil, []File{{"u.yaml", data}})
		if err != nil {
			for _, e := range []error{err, errors.Unwrap(err)} {
				if e != nil && !strings.Contains(e.Error(), "u.yaml") && !strings.Contains(e.Error(), "aliases:") && !strings.Contains(e.Error(), "topology:") {
					t.Errorf("the error does not say where: %v", e)
				}
			}
			return
		}
		g := topology.New(c.Topology())
		for _, e := range c.Topology() {
			if e.From == "" || e.To == "" || e.From == e.To {
				t.Errorf("edge %+v", e)
			}
			g.Near(e.From, e.To)
		}
		c.Unheard()
	})
}
