package signature

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

// TestBuiltinIsComplete: each signature has a source and an example that is told as it, and no kind is without one.
func TestBuiltinIsComplete(t *testing.T) {
	all := Builtin()
	if len(all) < 200 {
		t.Errorf("%d signatures, at least 200 are promised", len(all))
	}
	m := load(t).Matcher()
	kinds := map[Kind]int{}
	for i, s := range all {
		kinds[s.Kind]++
		if i > 0 && all[i-1].ID == s.ID {
			t.Errorf("%s is in the dictionary twice", s.ID)
		}
		if u, err := url.Parse(s.Source); err != nil || u.Scheme != "https" || u.Host == "" {
			t.Errorf("%s: source %q is no document of a vendor", s.ID, s.Source)
		}
		if len(s.Examples) == 0 {
			t.Errorf("%s has no example", s.ID)
		}
		for _, line := range s.Examples {
			if got := told(t, m, line); got != s.ID {
				t.Errorf("%s: its example is told as %s: %s", s.ID, got, line)
			}
		}
	}
	for _, k := range Kinds() {
		if kinds[k] == 0 {
			t.Errorf("no signature is of kind %s", k)
		}
	}
}

// TestExamplesInSurroundings: what logs put around a message makes no difference.
func TestExamplesInSurroundings(t *testing.T) {
	surroundings := []string{
		"%s",
		"2026-11-25 10:00:00.123 ERROR 18211 --- [http-nio-8080-exec-7] c.e.v.VoucherService : %s",
		"<11>1 2026-11-25T10:00:00+08:00 erp-app01 app 2211 - - %s",
		"[11/25/26 10:00:00:112 CST] 0000003c SystemErr     R %s",
		"com.erp.BusinessException: 凭证保存失败，原因：%s\n\tat com.erp.gl.Voucher.save(Voucher.java:112)\n\tat java.lang.Thread.run(Thread.java:750)",
		"{\"level\":\"error\",\"msg\":\"%s\",\"ts\":1795914611.221}",
		"\x1b[31m%s\x1b[0m\r",
		"10:00:00 [%s]",
		`{"log":"save failed\n\tat com.erp\n%s\n\tat java.lang.Thread.run","stream":"stderr"}`,
	}
	d := load(t)
	m := d.Matcher()
	for _, s := range d.Signatures() {
		for _, line := range s.Examples {
			for _, around := range surroundings {
				for _, form := range []string{line, strings.ToUpper(line), strings.ToLower(line)} {
					text := fmt.Sprintf(around, form)
					if got := told(t, m, text); got != s.ID {
						t.Errorf("%s is told as %q in %q", s.ID, got, text)
					}
				}
			}
		}
	}
}

// TestDictionaryIsDeterministic: a replay is told the same, whatever order maps have.
func TestDictionaryIsDeterministic(t *testing.T) {
	a, b := load(t), load(t)
	if len(a.literals) != len(b.literals) || !slices.EqualFunc(a.literals, b.literals, func(x, y literal) bool { return x.words == y.words }) {
		t.Error("two dictionaries of the same signatures differ")
	}
}

const manual = "../../docs/signatures.md"

// TestManualListsAll: the manual has a row for each signature. -update writes them.
func TestManualListsAll(t *testing.T) {
	data, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	head, _, found := strings.Cut(string(data), "<!-- generated below: go test ./models/signature -update -->\n")
	if !found {
		t.Fatal("the manual has no mark below which the list is generated")
	}
	want := head + "<!-- generated below: go test ./models/signature -update -->\n" + table()
	if *update {
		if err := os.WriteFile(manual, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(data) != want {
		t.Error("docs/signatures.md lists other signatures than the dictionary has; run go test ./models/signature -update")
	}
}

// table lists the signatures by kind.
func table() string {
	var b strings.Builder
	all := Builtin()
	fmt.Fprintf(&b, "%d signatures.\n", len(all))
	for _, k := range Kinds() {
		fmt.Fprintf(&b, "\n### `%s`\n\n| signature | severity | says | 含义 |\n|---|---|---|---|\n", k)
		for _, s := range all {
			if s.Kind != k {
				continue
			}
			severity := string(s.Severity)
			if s.Often > 0 {
				severity += fmt.Sprintf(" from %d", s.Often)
			}
			fmt.Fprintf(&b, "| [`%s`](%s) | %s | %s | %s |\n", s.ID, s.Source, severity, s.Title.En, s.Title.Zh)
		}
	}
	return b.String()
}

// TestManualExample: what the manual shows is what the parser takes.
func TestManualExample(t *testing.T) {
	data, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "```yaml\n")
	example, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("the manual has no example")
	}
	if a := load(t, parse(t, example)); len(a.Signatures()) == 0 {
		t.Error("the example leaves no signature")
	}
	for _, k := range Kinds() {
		if !strings.Contains(string(data), "| `"+string(k)+"` |") {
			t.Errorf("the manual does not explain kind %s", k)
		}
	}
}
