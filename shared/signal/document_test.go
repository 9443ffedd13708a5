package signal

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/forewarn/forewarn/shared/topology"
)

const guide = "../../docs/catalogue.md"

// TestGuideExampleLoads: what the guide tells people to write works as it stands.
func TestGuideExampleLoads(t *testing.T) {
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```yaml\n")
	if len(blocks) != 6 {
		t.Fatalf("the guide has %d YAML blocks; want 5: configuration, catalogue, rates, releases and topology", len(blocks)-1)
	}
	for i := range blocks {
		blocks[i], _, _ = strings.Cut(blocks[i], "```")
	}
	var cfg struct{ Catalogue Config }
	if err := yaml.Unmarshal([]byte(blocks[1]), &cfg); err != nil {
		t.Fatal(err)
	}
	if err := cfg.Catalogue.Validate(); err != nil || len(cfg.Catalogue.Files) != 1 || len(cfg.Catalogue.Aliases) != 3 {
		t.Errorf("the guide's configuration is %+v: %v", cfg.Catalogue, err)
	}
	c := load0(t, File{cfg.Catalogue.Files[0], []byte(blocks[2])})
	got := read(t, c,
		sample{`oracledb_tablespace_bytes{instance="10.0.0.7:9161",tablespace="LEDGER_DATA",type="PERMANENT"}`, 80},
		sample{`oracledb_tablespace_max_bytes{instance="10.0.0.7:9161",tablespace="LEDGER_DATA",type="PERMANENT"}`, 100},
	)["oracle-tablespace"]
	want := reading{"oracle-tablespace/database:db-01:9161:LEDGER_DATA", "host:db-01", 80, 100, true}
	if got != want {
		t.Errorf("the guide's example reads %+v; want %+v", got, want)
	}
	if _, ok := c.Rule("host-swap"); ok {
		t.Error("host-swap is there; the guide disables it")
	}
	if c = load0(t, File{cfg.Catalogue.Files[0], []byte(blocks[3])}); len(c.Bind(parse1(t, `erp_invoices_total{instance="erp-01:8080",result="refused"}`))) != 2 {
		t.Error("the guide's rule on rates does not read its series twice")
	}
	c = load0(t, File{cfg.Catalogue.Files[0], []byte(blocks[4])})
	said := c.Namings(parse1(t, `erp_module_info{instance="erp-01:8080",module="ledger",patch="12"}`))
	if len(said) != 1 || said[0].Release != (Release{"ledger", "12"}) {
		t.Errorf("the guide's release reads %v", said)
	}
	c = load0(t, File{cfg.Catalogue.Files[0], []byte(blocks[5])})
	if n := topology.New(c.Topology()).Near("host:app-01", "host:db-01"); n.How != topology.Rests {
		t.Errorf("the guide's application is %+v to its database", n)
	}
	calls := c.Relations(parse1(t, `erp_calls_info{caller="web",callee="ledger"}`))
	if len(calls) != 1 || calls[0] != (topology.Edge{From: "application:web", Relation: topology.DependsOn, To: "application:ledger"}) {
		t.Errorf("the guide's relation reads %v", calls)
	}
}

// TestGuideIsComplete: the guide describes every key and every built-in rule.
func TestGuideIsComplete(t *testing.T) {
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[document](), reflect.TypeFor[draft](), reflect.TypeFor[draftInput](), reflect.TypeFor[draftEntity](), reflect.TypeFor[draftRelease](), reflect.TypeFor[draftTopology](), reflect.TypeFor[draftRelation](), reflect.TypeFor[draftEnd](), reflect.TypeFor[Config]()} {
		for i := range typ.NumField() {
			if key := typ.Field(i).Tag.Get("yaml"); !strings.Contains(string(text), "`"+key+"`") && !strings.Contains(string(text), key+":") {
				t.Errorf("%s does not describe the key %q of %s", guide, key, typ)
			}
		}
	}
	for _, r := range load0(t).Rules() {
		if !strings.Contains(string(text), "| `"+r.ID+"` | "+string(r.Kind)+" |") {
			t.Errorf("%s does not list the rule %s of kind %s", guide, r.ID, r.Kind)
		}
	}
}
