package signal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/yamlfile"
)

// tablespace is a user's rule with everything in it that built-in ones have not.
const tablespace = `
aliases: {10.0.0.5: erp-01}
rules:
  - id: oracle-tablespace
    kind: saturation
    title: {en: Tablespace is filling up, zh: 表空间将满}
    advice: {en: Add a data file., zh: 增加数据文件。}
    match: ['type="PERMANENT"']
    inputs:
      - {name: used, metric: oracledb_tablespace_bytes}
      - {name: maximum, metric: oracledb_tablespace_max_bytes, limit: true}
    use: used
    limit: maximum
    entity: {type: database, root: self, labels: [database, tablespace]}
    join: [database, tablespace]
    unit: bytes
    direction: up
    impact: 5
    time_to_fix: 12h
`

func TestUserRule(t *testing.T) {
	c := load0(t, File{"erp.yaml", []byte(tablespace)})
	got := read(t, c,
		sample{`oracledb_tablespace_bytes{database="ORCL",instance="x:9161",tablespace="LEDGER_DATA",type="PERMANENT"}`, 80},
		sample{`oracledb_tablespace_max_bytes{database="ORCL",instance="y:9161",tablespace="LEDGER_DATA",type="PERMANENT"}`, 100},
	)
	const id = "database:ORCL/LEDGER_DATA"
	want := map[string]reading{"oracle-tablespace": {"oracle-tablespace/" + id, id, 80, 100, true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("signals (-want +got):\n%s", diff)
	}
	if host := c.Resolver().Canonical("10.0.0.5"); host != "erp-01" {
		t.Errorf("10.0.0.5 is %q; want erp-01, by the alias in the file", host)
	}
	if r, ok := c.Rule("oracle-tablespace"); !ok || r.TimeToFix != 12*time.Hour || r.Origin != "erp.yaml:4" {
		t.Errorf("the rule is %+v, %v", r, ok)
	}
}

func TestLaterFilesChangeRules(t *testing.T) {
	c := load0(t,
		File{"a.yaml", []byte("rules:\n- {id: host-swap, disabled: true}\n- {id: host-memory, impact: 1, unit: pages}\n- {id: host-conntrack, title: {en: Too many connections}}")},
		File{"b.yaml", []byte("rules:\n- {id: host-memory, impact: 2}\n- {id: filesystem-space, match: ['mountpoint=\"/u01\"']}")})
	if _, ok := c.Rule("host-swap"); ok {
		t.Error("host-swap is there; want it disabled")
	}
	if got := c.Bind(labels(t, `node_memory_SwapFree_bytes{instance="a:1"}`)); got != nil {
		t.Errorf("swap is bound to %s", got[0].Key)
	}
	r, _ := c.Rule("host-memory")
	if r.Impact != 2 || r.Unit != "pages" || r.Title.Zh == "" || len(r.Inputs) != 2 {
		t.Errorf("host-memory is %+v; want only impact and unit changed", r)
	}
	r, _ = c.Rule("host-conntrack")
	if r.Title.En != "Too many connections" || r.Title.Zh == "" {
		t.Errorf("the title is %+v; want the English one changed", r.Title)
	}
	for series, want := range map[string]int{
		`node_filesystem_avail_bytes{fstype="squashfs",instance="a:1",mountpoint="/u01"}`: 1,
		`node_filesystem_avail_bytes{fstype="xfs",instance="a:1",mountpoint="/u02"}`:      0,
	} {
		if got := c.Bind(labels(t, series)); len(got) != want {
			t.Errorf("%s has %d bindings; want %d", series, len(got), want)
		}
	}
	fresh, _ := load0(t).Rule("host-memory")
	if fresh.Impact != 5 {
		t.Error("a user's file changed the built-in catalogue for others")
	}
}

func TestLoadTellsAllErrors(t *testing.T) {
	bad := `rules:
  - id: Bad Id
    kind: leaking
    title: {en: x}
    match: ['a=b', 'c=~"("']
    inputs:
      - {name: used, metric: 'a-b'}
      - {name: used, metric: [m, m]}
      - {name: spare, metric: n, match: ['x']}
    use: used / sice
    entity: {type: volume, root: here, labels: ['a b']}
    direction: left
    impact: 9
  - id: empty
  - id: container-memory
    entity: {type: volume, root: host, labels: [container]}
  - id: unused
    kind: behaviour
    title: {en: x, zh: x}
    advice: {en: x, zh: x}
    inputs:
      - {name: a, metric: m1}
      - {name: b, metric: m2}
    use: a
    entity: {type: host, labels: [x]}
    unit: x
    impact: 1
    time_to_fix: 1h
  - id: unused
  - {id: hots-swap, disabled: true}
  - {id: sourced, entity: {type: source}}
`
	_, err := Load(
		File{"keys.yaml", []byte("rules:\n- id: a\n  titel: x\n  impact: many\n  time_to_fix: soon\nextra: 1")},
		File{"syntax.yaml", []byte("rules: [")},
		File{"two.yaml", []byte("rules: []\n---\nrules: []")},
		File{"large.yaml", make([]byte, yamlfile.MaxSize+1)},
		File{"aliases.yaml", []byte("aliases: {a: b, b: a}")},
		File{"bad.yaml", []byte(bad)},
	)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`keys.yaml:3: unknown key "titel"; remove it or correct its spelling`,
		"keys.yaml:4: cannot unmarshal !!str `many` into int; correct the value",
		"keys.yaml:5: cannot unmarshal !!str `soon` into time.Duration",
		`keys.yaml:6: unknown key "extra"`,
		"syntax.yaml: yaml: line 1",
		"two.yaml: more than one YAML document",
		"large.yaml: a catalogue of more than",
		`aliases: "a" leads back to itself`,
		`bad.yaml:2: rule Bad Id: id: "Bad Id" is no id`,
		`bad.yaml:3: rule Bad Id: kind: "leaking" is not known; use one of [saturation leak behaviour count expiry]`,
		`bad.yaml:4: rule Bad Id: title.zh: the text has 0 bytes`,
		`bad.yaml:2: rule Bad Id: advice.en: the text has 0 bytes`,
		"bad.yaml:5: rule Bad Id: match[0]: \"a=b\": the value b is not quoted",
		`bad.yaml:5: rule Bad Id: match[1]: error parsing regexp`,
		`bad.yaml:7: rule Bad Id: inputs[0].metric: "a-b" is no metric name`,
		`bad.yaml:8: rule Bad Id: inputs[1].name: "used" is the name of an input before`,
		`bad.yaml:8: rule Bad Id: inputs[1].metric: "m" is named twice`,
		`bad.yaml:9: rule Bad Id: inputs[2].match[0]: "x" is no matcher`,
		`bad.yaml:10: rule Bad Id: use: column 8: there is no input "sice"`,
		`bad.yaml:11: rule Bad Id: entity.root: "here" is not known`,
		`bad.yaml:11: rule Bad Id: entity.labels[0]: "a b" names no label`,
		`bad.yaml:12: rule Bad Id: direction: "left" is not known`,
		`bad.yaml:13: rule Bad Id: impact: 9 is outside 1 to 5`,
		`bad.yaml:2: rule Bad Id: unit: "" must have`,
		`bad.yaml:2: rule Bad Id: time_to_fix: 0s is no time`,
		`bad.yaml:14: rule empty: inputs: 0 inputs`,
		`bad.yaml:14: rule empty: entity.labels: nothing names the`,
		`rule docker-container-memory: inputs: metric "container_memory_working_set_bytes" has root "workload" here and "host" in rule container-memory`,
		`bad.yaml:23: rule unused: inputs[1].name: "b" stands in none of use, limit and skip`,
		`bad.yaml:25: rule unused: entity.labels: the labels of a host are known`,
		`bad.yaml:30: rule hots-swap: disabled: there is no rule of that id; correct the id`,
		`bad.yaml:31: rule sourced: entity.type: "source" is no type`,
		`bad.yaml:29: rule unused: id: the id is taken already at bad.yaml:17`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %s", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
}

func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "erp.yaml")
	if err := os.WriteFile(path, []byte(tablespace), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := DefaultConfig()
	cfg.Files = []string{path}
	cfg.Aliases = map[string]string{"10.0.0.5": "erp-one", "10.0.0.6": "erp-02"}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	c, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Resolver().Canonical("10.0.0.5"); got != "erp-one" {
		t.Errorf("10.0.0.5 is %q; want erp-one: the configuration wins over the file", got)
	}
	cfg = Config{Files: []string{filepath.Join(t.TempDir(), "gone.yaml"), ""}, Aliases: map[string]string{"a": "b", "b": "a"}}
	if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), "files[1]: an empty path") || !strings.Contains(err.Error(), `aliases: "a" leads back`) {
		t.Errorf("the error is %v", err)
	}
	if _, err := Open(cfg); err == nil || !strings.Contains(err.Error(), "gone.yaml: no such file or directory; create the file") || !strings.Contains(err.Error(), "leads back") {
		t.Errorf("the error is %v", err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(tablespace)
	f.Add("rules:\n- {id: oracle-tablespace, inputs: [{name: x, metric: [y]}], use: x}")
	f.Add("rules:\n- &a {id: x, <<: *a}")
	f.Add("rules: &r\n- *r")
	f.Add("a: &a [*a]\nrules: *a")
	f.Add("rules: [{id: oracle-tablespace, disabled: true}, {id: [1]}, null, 3]")
	f.Add("aliases: {a: b, b: a}\nrules: {}")
	f.Add("? {}\n: 1")
	f.Fuzz(func(t *testing.T, text string) {
		// Without the built-in rules, which would take most of the time; the base is a rule to change.
		c, err := load(nil, []File{{"base.yaml", []byte(tablespace)}, {"fuzz.yaml", []byte(text)}})
		if (c == nil) == (err == nil) {
			t.Fatalf("a catalogue (%v) and error %v", c != nil, err)
		}
		if c == nil {
			return
		}
		for _, r := range c.Rules() {
			use, limit, ok := r.Evaluate(make([]float64, len(r.Inputs)))
			if ok && (!finite(use) || !finite(limit)) {
				t.Fatalf("rule %s makes %v of %v from nothing", r.ID, use, limit)
			}
		}
	})
}

// TestNear: only a saturation can be near.
func TestNear(t *testing.T) {
	_, err := Load(File{"ours.yaml", []byte("rules:\n- id: process-memory\n  near: true")})
	if err == nil || !strings.Contains(err.Error(), "rule process-memory: near: only a saturation") {
		t.Errorf("%v", err)
	}
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if r, _ := c.Rule("container-memory"); !r.Near {
		t.Error("container memory is not near, though another rule tells its growth")
	}
}

// TestRunbook: an address or words, once for all languages or for each; what is neither is refused.
func TestRunbook(t *testing.T) {
	load := func(runbook string) (i18n.Text, error) {
		c, err := Load(File{"r.yaml", []byte("rules:\n- id: filesystem-space\n  runbook: " + runbook)})
		if err != nil {
			return i18n.Text{}, err
		}
		r, _ := c.Rule("filesystem-space")
		return r.Runbook, nil
	}
	const page = "https://wiki.corp.example/disk?x=1#full"
	for text, want := range map[string]i18n.Text{
		page:                              {En: page, Zh: page},
		"{en: See page 7., zh: 见第 7 页。}":  {En: "See page 7.", Zh: "见第 7 页。"},
		`"See https://wiki, and page 7."`: {En: "See https://wiki, and page 7.", Zh: "See https://wiki, and page 7."},
		`"javascript:alert(1)"`:           {En: "javascript:alert(1)", Zh: "javascript:alert(1)"}, // words, and never a link
	} {
		if got, err := load(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"file:///etc/passwd":           "is no address of a page",
		"https://":                     "is no address of a page",
		"{en: x, zh: x, de: x}":        `unknown key "de"`,
		strings.Repeat("x", maxText+1): "write at most",
	} {
		if _, err := load(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, want %q", text, err, want)
		}
	}
}
