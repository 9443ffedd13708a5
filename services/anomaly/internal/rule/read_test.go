package rule

import (
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/forewarn/forewarn/shared/finding"
)

// newReader reads for a catalogue in which all but kube_… belong together.
func newReader() *Reader {
	return NewReader(30*time.Second, func(a, b string) bool {
		return strings.HasPrefix(a, "kube_") == strings.HasPrefix(b, "kube_")
	})
}

func takeover(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/takeover.yml")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestTakeover reads a file of the kind that people bring along, as Prometheus itself does, and says where each rule is evaluated.
func TestTakeover(t *testing.T) {
	data := takeover(t)
	if _, errs := rulefmt.Parse(data, false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler)); len(errs) > 0 {
		t.Fatalf("Prometheus refuses the file: %v", errs)
	}
	groups, err := newReader().Read("takeover.yml", data)
	if err != nil {
		t.Fatal(err)
	}
	Settle(groups)
	var got []string
	for _, g := range groups {
		for _, r := range g.Rules {
			got = append(got, strings.TrimRight(r.Name+": "+string(r.Place)+" "+r.Why, " "))
		}
	}
	want := []string{
		"instance:cpu_busy:ratio_rate5m: history it records a series",
		"HostBusy: history it reads instance:cpu_busy:ratio_rate5m, which a rule records",
		"HostDiskAlmostFull: stream",
		"HostClockSkews: stream",
		"HostRaidDegraded: history it matches series of different labels",
		"HostMemoryShort: stream",
		"MySQLGone: stream",
		"MySQLSlowQueries: stream",
		"MySQLReplicationLags: stream",
		"MySQLConnectionsShort: stream",
		"PodsCrash: history its group limits the results of all partitions together",
		"JobGone: history that something is absent can only be told of all partitions together",
		"TargetsDown: history it brings series together by count",
		"VolumeFullSoon: history it looks back for more than 1h0m0s",
		"BusierThanLastWeek: history it looks back for more than 1h0m0s",
		"QueriesInItsText: history a template of it queries",
		"Watchdog: history vector depends on more than one series, or on labels that change",
		"Peak: history it has a subquery",
		"AnyName: history a selector names no metric",
		"Pinned: history it looks at a fixed time (@)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
	disk, slow := groups[0].Rules[2], groups[1].Rules[1]
	if disk.Labels["team"] != "infra" || disk.Interval != time.Minute || disk.For != 30*time.Minute || disk.Origin != "takeover.yml:18" {
		t.Errorf("a rule was read as %+v", disk)
	}
	if slow.Offset != 30*time.Second || slow.Interval != 30*time.Second || slow.Threshold != 100 || slow.Comparison != ">" ||
		slow.Selectors[0].Reach != 10*time.Minute+30*time.Second {
		t.Errorf("a rule was read as %+v", slow)
	}
	if groups[3].Rules[0].Absence != true || groups[3].Rules[1].Absence {
		t.Error("absence is where it is not, or not where it is")
	}
}

// TestKeys: rules are told apart, and found again when others are added elsewhere.
func TestKeys(t *testing.T) {
	const file = "groups: [{name: g, rules: [{alert: A, expr: up == 0}, {alert: A, expr: up == 1}, {alert: B, expr: up == 2}]}]"
	r := newReader()
	var got []string
	for range 2 {
		groups, err := r.Read("a.yml", []byte(file))
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range groups[0].Rules {
			got = append(got, x.Key)
		}
	}
	if diff := cmp.Diff([]string{"g/A", "g/A/2", "g/B", "g/A/3", "g/A/4", "g/B/2"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestErrors: all that is wrong with a file is told at once, each with its place and what to do.
func TestErrors(t *testing.T) {
	f := func(data string, want ...string) {
		t.Helper()
		groups, err := newReader().Read("x.yml", []byte(data))
		if err == nil {
			t.Errorf("%q was read as %+v", data, groups)
			return
		}
		got := strings.Split(err.Error(), "\n")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", data, diff)
		}
	}
	f("", "x.yml: there is nothing in it; write groups, or take the file out of the configuration")
	f("groups:\n- name: a\n  ruels: []\n- name: b\n  rules:\n  - alert: A\n    exp: up\n",
		`x.yml:3: unknown key "ruels"; remove it, or correct its name (docs/rules.md names all keys)`,
		`x.yml:7: unknown key "exp"; remove it, or correct its name (docs/rules.md names all keys)`)
	f("groups: [", "x.yml:1: did not find expected node content; correct it (the form is that of Prometheus' rule files)")
	f("groups: []\n---\ngroups: []\n", `x.yml: there is more than one document, and only the first is read; remove the line "---" between them`)
	f("groups:\n- name: g\n  rules:\n  - alert: A\n    expr: nonsense(up) > 1\n  - alert: B\n    for: -5m\n    expr: up\n",
		`x.yml: not a valid duration string: "-5m"; correct it (the form is that of Prometheus' rule files)`)
	f("groups:\n- name: g\n  rules:\n  - alert: A\n    expr: nonsense(up) > 1\n  - alert: B\n    expr: up == 0\n    annotations: {summary: '{{ $nothing }}'}\n  - record: c d{}\n    expr: up\n    for: 1m\n",
		`x.yml:4: group "g", rule "A": could not parse expression: 1:1: parse error: unknown function with name "nonsense"; correct the PromQL in expr`,
		`x.yml:6: group "g", rule "B": annotation "summary": template: __alert_B:1: undefined variable "$nothing"; correct the template`,
		`x.yml:9: group "g", rule "c d{}": invalid field 'for' in recording rule; take that key out, or make it an alert`,
		`x.yml:9: group "g", rule "c d{}": braces present in the recording rule name; should it be in expr?: c d{}; correct the name`)
	f("groups:\n- rules:\n  - expr: up[5m]\n    alert: A\n  - expr: up\n- name: g\n  limit: -1\n  rules: []\n- name: g\n  labels: {__name__: x}\n  rules: []\n",
		`x.yml:3: group "", rule "A": expr: it gives a range vector; write one that gives a vector, such as up == 0`,
		`x.yml:5: group "", rule "": one of 'record' or 'alert' must be set; name the rule by alert, or by record`,
		`x.yml:6: group "g": limit: -1 is negative; set how many results a rule may have, or 0 for any number`,
		`x.yml:9: group "g": labels: "__name__" is no name of a label; correct it`,
		`x.yml: group 1: name: there is none; give every group one`,
		`x.yml:9: group "g": name: it is there twice in the file; give each group a name of its own`)
}

func TestSeverity(t *testing.T) {
	f := func(label string, want finding.Severity) {
		t.Helper()
		if got := Severity(label); got != want {
			t.Errorf("%q is %s, want %s", label, got, want)
		}
	}
	f("critical", finding.Critical)
	f(" Page ", finding.Critical)
	f("disaster", finding.Critical)
	f("warning", finding.Warning)
	f("average", finding.Warning)
	f("", finding.Warning)
	f("INFO", finding.Info)
	f("none", finding.Info)
}

// FuzzRead: whatever a file holds, it is read or refused with its name, and what is read knows where it is evaluated.
func FuzzRead(f *testing.F) {
	f.Add(takeover(f))
	f.Add([]byte("groups: [{name: g, rules: [{alert: A, expr: up == 0}]}]"))
	f.Add([]byte("groups: [{name: g, limit: 3, query_offset: 1m, labels: {a: b}, rules: [{record: a, expr: '1'}]}]"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		groups, err := newReader().Read("fuzz.yml", data)
		if err != nil {
			if !strings.Contains(err.Error(), "fuzz.yml") || groups != nil {
				t.Fatalf("%v with %d groups", err, len(groups))
			}
			return
		}
		for _, g := range groups {
			if g.Interval < minInterval {
				t.Fatalf("interval %v", g.Interval)
			}
			for _, r := range g.Rules {
				if (r.Place == Stream) != (r.Why == "") || r.Place == Stream && (r.Record || len(r.Selectors) == 0) {
					t.Fatalf("%s is evaluated from %s: %q", r.Name, r.Place, r.Why)
				}
			}
		}
	})
}
