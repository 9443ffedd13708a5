package transaction

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/forewarn/forewarn/shared/finding"
)

const voucher = `
transactions:
  - name: voucher-entry
    title: {en: Saving a voucher, zh: 凭证保存}
    impact: 5
    signals:
      - {rule: probe-duration, match: ['instance=~"https://erp/.*"']}
      - {rule: hikaricp-connections}
      - {message: mysql.lock-wait}
      - {query: 'max(probe_duration_seconds) > 3', for: 5m}
    through:
      applications: ['host:erp-app-.*']
      databases: ['host:erp-db-01']
      targets: ['instance="https://erp/login"']
  - name: close
    title: {en: Close, zh: 结账}
    impact: 3
    signals: []
    through: {databases: ['host:erp-db-.*']}
`

func load(t *testing.T, text string) *Book {
	t.Helper()
	b, err := Load(File{Name: "t.yaml", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestConcerned: a subject belongs to the transaction whose signal it is, else to the one of the greatest impact that runs through it; a
// forecast belongs to none.
func TestConcerned(t *testing.T) {
	b := load(t, voucher)
	f := func(want string, own bool, kind finding.Kind, signal, root, series string) {
		t.Helper()
		got, tells := b.Concerned(SubjectOf(kind, signal, root, series))
		name := ""
		if got != nil {
			name = got.Name
		}
		if name != want || tells != own {
			t.Errorf("%s of %s: %q, %t; want %q, %t", signal, root, name, tells, want, own)
		}
	}
	const probe = "probe-duration/endpoint:x"
	f("voucher-entry", true, finding.Anomaly, probe, "endpoint:x", `probe_duration_seconds{instance="https://erp/login"}`)
	f("", false, finding.Anomaly, probe, "endpoint:x", `probe_duration_seconds{instance="https://crm/login"}`)
	f("", false, finding.Anomaly, probe, "endpoint:x", `no series{`)
	f("voucher-entry", true, finding.Anomaly, "hikaricp-connections/pool:erp-app-02:x", "host:erp-app-02", `x`)
	f("", false, finding.Anomaly, "hikaricp-connections/pool:crm:x", "host:crm", `x`)
	f("voucher-entry", true, finding.Log, "log-mysql.lock-wait/host:erp-db-01", "host:erp-db-01", `log_entries`)
	f("close", false, finding.Log, "log-mysql.lock-wait/host:erp-db-02", "host:erp-db-02", `log_entries`)
	f("voucher-entry", false, finding.Log, "log-java.heap/host:erp-app-01", "host:erp-app-01", `log_entries`)
	f("", false, finding.Exhaustion, "filesystem-space/volume:erp-db-01:/", "host:erp-db-01", `x`)
	f("close", true, finding.Anomaly, "transaction-close/application:close", "application:close", `transaction{name="close"}`)
	if got := b.Get("close"); got == nil || got.Databases[0].Literal() || !b.Get("voucher-entry").Databases[0].Literal() || b.Get("x") != nil {
		t.Errorf("places that are ids are not told from patterns, or names are mixed up")
	}
}

// TestErrors: what is wrong is told with file, line, key and remedy, all at once.
func TestErrors(t *testing.T) {
	_, err := Load(File{Name: "a.yaml", Data: []byte(`
transactions:
  - name: Voucher Entry
    title: {en: "", zh: "凭\n证"}
    impact: 9
    signals:
      - {rule: a, query: b}
      - {message: m, match: ['x="y"'], for: 1m}
      - {rule: a, match: ['x']}
      - {query: 'sum('}
      - {query: 'x[1m]'}
      - {query: 'x > 1', for: 2h}
    through:
      applications: [erp-app-01, 'host:(']
      targets: ['=']
  - name: empty
    title: {en: a, zh: b}
    impact: 1
    through: {}
  - name: empty
    title: {en: a, zh: b}
    impact: 1
    through: {databases: ['host:a']}
`)}, File{Name: "b.yaml", Data: []byte("transactions:\n  - {colour: red}\n")}, File{Name: "c.yaml", Data: []byte("transactions: [")},
		File{Name: "d.yaml", Data: []byte("transactions: []\n---\na: b")}, File{Name: "e.yaml", Data: []byte("transactions: {name: x}")})
	for _, want := range []string{
		`a.yaml:3: transaction Voucher Entry: name: "Voucher Entry" is no name`, `title.en: "" does not fit`, `title.zh: "凭\n证"`, "impact: 9",
		"signals[0]: has 2 of rule, message and query", "signals[1].match: belongs to a rule", "signals[2].match:", `signals[3].query: "sum(" is no PromQL`,
		`signals[4].query: "x[1m]" gives a range vector`, "signals[5].for: 2h0m0s", `through.applications[0]: "erp-app-01" is no id`,
		`through.applications[1]: "host:("`, "through.targets[0]", "a.yaml:16: transaction empty: through: is empty", "taken already at a.yaml:16",
		`b.yaml:2: unknown key "colour"`, "c.yaml: ", "d.yaml: more than one YAML document", "e.yaml:1: ",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q:\n%v", want, err)
		}
	}
	if _, err := Open([]string{filepath.Join(t.TempDir(), "none.yaml")}); err == nil || !strings.Contains(err.Error(), "create the file or correct the path") {
		t.Errorf("a file that is not there: %v", err)
	}
	if b, err := Load(); err != nil || len(b.All()) != 0 {
		t.Errorf("no files: %v, %v", b, err)
	}
}

// TestExamples: the examples that are shipped can be read; the most important transaction comes first.
func TestExamples(t *testing.T) {
	paths, err := filepath.Glob("../../deploy/transactions/*.yaml")
	if err != nil || len(paths) != 3 {
		t.Fatalf("examples: %v, %v", paths, err)
	}
	b, err := Open(paths)
	if err != nil {
		t.Fatal(err)
	}
	if all := b.All(); len(all) != 9 || all[0].Impact != 5 || all[8].Impact != 3 {
		t.Errorf("%d transactions, of impact %d to %d", len(all), all[0].Impact, all[len(all)-1].Impact)
	}
}

// FuzzLoad: no file makes it fail, and what it takes is sound.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(voucher))
	f.Add([]byte("transactions: [{name: a, through: {applications: [')']}}]"))
	if data, err := os.ReadFile("../../deploy/transactions/sap.yaml"); err == nil {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := Load(File{Name: "fuzz.yaml", Data: data})
		if err != nil {
			return
		}
		for _, x := range b.All() {
			if !validName.MatchString(x.Name) || x.Impact < 1 || len(x.Applications)+len(x.Databases)+len(x.Targets) == 0 || !x.Tells(Subject{Signal: x.Signal()}) {
				t.Errorf("taken: %+v", x)
			}
		}
	})
}
