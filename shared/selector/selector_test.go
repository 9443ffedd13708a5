package selector_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/selector"
)

func oracle() selector.Incident {
	return selector.Incident{Incident: &incident.Incident{
		Kind: finding.Exhaustion, Severity: finding.Critical, Signal: "oracle-tablespace/pool:ora-01:LEDGER", Resource: finding.Tablespace,
		Entity: entity.Entity{
			ID: "pool:ora-01:LEDGER", Type: entity.Pool, Root: "host:ora-01", Name: "LEDGER on ora-01",
			Labels: map[string]string{"tablespace": "LEDGER", "env": "prod", "severity": "odd", "path": `C:\data*`},
		},
	}}
}

func TestMatches(t *testing.T) {
	f := func(text string, want bool) {
		t.Helper()
		sel, err := selector.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			return
		}
		if got := sel.Matches(oracle()); got != want {
			t.Errorf("%s: matches %v", text, got)
		}
		again, err := selector.Parse(sel.String())
		if err != nil || again.String() != sel.String() || again.Matches(oracle()) != want {
			t.Errorf("%s: comes back as %s, %v", text, again, err)
		}
	}
	f(`severity="critical"`, true)
	f(`severity=critical`, true)
	f(`{severity="critical", kind="exhaustion",}`, true)
	f(`severity="critical",kind="leak"`, false)
	f(`severity!="critical"`, false)
	f(`severity=~"warning|critical"`, true)
	f(`severity=~"crit"`, false) // the whole value
	f(`name="LEDGER*"`, true)
	f(`name="LEDGER"`, false)
	f(`name=~"(?i)ledger.*"`, true)
	f(`name!~"UNDO.*"`, true)
	f(`root="host:ora-0?"`, true)
	f(`id="pool:ora-01:*", type=pool`, true)
	f(`rule="oracle-tablespace"`, true)
	f(`signal="oracle-tablespace/*"`, true)
	f(`resource="tablespace"`, true)
	f(`env=prod`, true)
	f(`missing=""`, true)
	f(`missing!=""`, false)
	f(`label.severity="odd"`, true)
	f(`path="C:\\\\data\\*"`, true)
	f(`path="C:\\\\data\\?"`, false)
	f(`环境!="生产"`, true)
}

func TestRefused(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if sel, err := selector.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %s, %v; want %q", text, sel, err, want)
		}
	}
	f("", "is empty")
	f("{}", "is empty")
	f(`{severity="critical"`, "brace is not closed")
	f(`severity`, "no operator")
	f(`="x"`, "does not begin with a field")
	f(`name="x`, "not closed")
	f(`name=~"("`, "no regular expression")
	f(`severity="criticall"`, "write info, warning, critical")
	f(`kind=down`, "write exhaustion")
	f(`name="a" env="b"`, "put a comma")
	f(`name=a=b`, "needs double quotes")
	f(strings.Repeat(`a="b",`, 21), "more than 20")
}

func TestTrouble(t *testing.T) {
	sel, err := selector.Parse(`kind="silence", type="host", severity="critical", env=""`)
	if err != nil {
		t.Fatal(err)
	}
	down := selector.Trouble{Severity: finding.Critical, Trouble: &incident.Trouble{
		Kind: finding.Silence, Entity: entity.Outermost(entity.Host, "", "erp-01"),
	}}
	if !sel.Matches(down) {
		t.Error("a dead host is not matched")
	}
}

// TestExactly: whatever a value holds, its selector selects that value and no other one, also after it was written down.
func TestExactly(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test
	letters := []rune(`ab*?\".,{}=~ 生|()[]^$`)
	word := func() string {
		out := make([]rune, r.IntN(6))
		for k := range out {
			out[k] = letters[r.IntN(len(letters))]
		}
		return string(out)
	}
	of := func(v string) selector.Incident {
		return selector.Incident{Incident: &incident.Incident{Entity: entity.Entity{Name: v}}}
	}
	for range 2000 {
		v, other := word(), word()
		sel, err := selector.Exactly(selector.Name, v)
		if err != nil {
			t.Fatal(err)
		}
		again, err := selector.Parse(sel.String())
		if err != nil {
			t.Fatalf("%q: %v", v, err)
		}
		if !again.Matches(of(v)) || again.Matches(of(other)) != (v == other) {
			t.Fatalf("%s: %q %v, %q %v", again, v, again.Matches(of(v)), other, again.Matches(of(other)))
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`severity="critical", name=~"a|b"`, `{a!="*", b!~"x",}`, `a=b`, `a="\xff"`, `a="\\`, `a=~"(?"`, ""} {
		f.Add(s, "b")
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		sel, err := selector.Parse(text)
		if err != nil {
			return
		}
		subject := selector.Incident{Incident: &incident.Incident{Entity: entity.Entity{Name: name}}}
		again, err := selector.Parse(sel.String())
		if err != nil || again.Matches(subject) != sel.Matches(subject) {
			t.Fatalf("%q comes back as %q, %v", text, sel, err)
		}
	})
}

// TestThing: a thing has the fields of an incident about it, but those of what happens to it.
func TestThing(t *testing.T) {
	about := oracle()
	thing := selector.Thing{Entity: &about.Entity, Signal: about.Signal}
	sel, err := selector.Parse(`type=a, name=b, id=c, root=d, signal=e, rule=f, env=g, severity=info, kind=leak, resource=h`)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range sel.Fields() {
		want := about.Field(field)
		if !selector.OfThings(field) {
			want = ""
		}
		if got := thing.Field(field); got != want {
			t.Errorf("%s is %q, want %q", field, got, want)
		}
	}
}
