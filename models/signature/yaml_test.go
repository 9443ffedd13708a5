package signature

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

const valid = `
signatures:
  - id: erp.voucher-lock
    kind: lock
    severity: warning
    match: [["voucher", "is locked by"], ["凭证被锁定"]]
    not: ["view only"]
    title: {en: "A voucher is locked", zh: "凭证被锁定"}
    advice: {en: "Ask who holds it.", zh: "询问持有者。"}
    examples: ["ERROR voucher 12 is locked by li.na"]
disable: [os.auth-failed]
quiet: ["training system"]
`

func parse(t testing.TB, text string) Additions {
	t.Helper()
	a, err := ParseYAML([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestUsersAddDisableAndSilence(t *testing.T) {
	m := load(t, parse(t, valid)).Matcher()
	f := func(line, want string) {
		t.Helper()
		if got := told(t, m, line); got != want {
			t.Errorf("%q is told as %q, want %q", line, got, want)
		}
	}
	f("ERROR voucher 12 is locked by li.na", "erp.voucher-lock")
	f("错误：凭证被锁定", "erp.voucher-lock")
	f("voucher 12 is locked by li.na (view only)", "")
	f("sshd[1]: Failed password for root from 10.1.1.1", "")
	f("No space left on device", "os.no-space")
	f("training system: No space left on device", "")
}

func TestUsersReplaceBuiltins(t *testing.T) {
	text := strings.Replace(valid, "erp.voucher-lock", "os.no-space", 1)
	d := load(t, parse(t, text), parse(t, "disable: [os.no-space]"))
	if got := told(t, d.Matcher(), "No space left on device"); got != "" {
		t.Errorf("a disabled signature is told: %q", got)
	}
	m := load(t, parse(t, text)).Matcher()
	if got := told(t, m, "No space left on device"); got != "" {
		t.Errorf("what was replaced is told: %q", got)
	}
	if got := told(t, m, "voucher 1 is locked by me"); got != "os.no-space" {
		t.Errorf("the replacement is told as %q", got)
	}
}

func TestUsersNameWordsBesideAndGeneralOnes(t *testing.T) {
	m := load(t, parse(t, `
signatures:
  - {id: erp.busy, kind: lock, severity: info, general: true, match: [[system is busy]], beside: [voucher, 凭证],
     title: {en: a, zh: a}, advice: {en: a, zh: a}, examples: ["voucher 12: system is busy"]}`)).Matcher()
	for line, want := range map[string]string{
		"system is busy":     "",
		"凭证: system is busy": "erp.busy",
		"voucher: system is busy, No space left on device": "os.no-space",
	} {
		if got := told(t, m, line); got != want {
			t.Errorf("%q is told as %q, want %q", line, got, want)
		}
	}
}

func says(t *testing.T, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want %q", want)
		return
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error does not say %q:\n%v", w, err)
		}
	}
}

func TestYAMLErrorsComeAllAtOnce(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		_, err := ParseYAML([]byte(text))
		says(t, err, want...)
	}
	f("signature: []\nsignatures:\n- {idd: x}\n", `line 1: unknown key "signature"`, `line 3: unknown key "idd"`)
	f("signatures: [{id: x, match: [one, two]}]", `"one" does not fit here; write a list of texts`)
	f("signatures: [{id: [x]}]", "does not fit here; write text in quotes")
	f("signatures: [{id: x, general: perhaps}]", `"perhaps" does not fit here; write true or false`)
	f("signatures: [{id: a, beside: [ab]}]", `a.beside: "ab" is too short`)
	f("signatures: [{title: x}]", `"x" does not fit here; write keys below it`)
	f("signatures: x", "write a list, each element behind a dash")
	f("disable: x", "write a list of texts")
	f("signatures: [{}]",
		`signatures[0].id: "" is no id; write`, `signatures[0].kind: "" is no kind; write one of storage,`,
		`signatures[0].severity: "" is no severity; write info`, "signatures[0].match: has 0 alternatives; write 1 to",
		"signatures[0].title.en:", "signatures[0].advice.zh:")
	f("signatures: [{id: a, match: [[], [ab], ['*a*'], ['死'], [\"x\\ny\"]]}]",
		"a.match[0]: is empty", `a.match[1]: "ab" is too short`, `a.match[2]: "*a*" is too short`, `a.match[3]: "死" is too short`, "holds a line end")
	f("signatures: [{id: a}, {id: a}]", `a: id "a" is used twice; join the two`)
	f("signatures: [{id: A B}]", `signatures[0].id: "A B" is no id`)
	f("signatures: [{id: a, often: 1}]", "a.often: 1 is out of range; write 2 to 10000")
	f("signatures: [{id: a, often: some}]", `"some" does not fit here; write a whole number`)
	f("quiet: [x]", `quiet: "x" is too short`)
	f("signatures: [{id: a, examples: ['']}]", "a.examples: a line of 0 bytes does not fit")
	f("quiet: ['"+strings.Repeat("x", 300)+"']", "quiet: a text of 300 bytes is too long")
	f("quiet: ["+strings.Repeat("abc,", 100)+"]", "quiet: has 100 texts; keep at most 64")
	f("signatures: ["+strings.Repeat("{},", maxSignatures+1)+"]", "2001 are too many; keep at most 2000")
	f("quiet: []\n---\nquiet: []\n", "a second document begins at ---")
	f("quiet: [", "correct the YAML syntax there")
	f(strings.Repeat("#", 1<<20+1), "1048577 bytes are too many; split the file")
}

func TestNewTellsWhatDoesNotHold(t *testing.T) {
	a := parse(t, strings.Replace(valid, "ERROR voucher 12", "voucher 12 view only", 1))
	_, err := New(a)
	says(t, err, "erp.voucher-lock.examples: it is not found in", "correct the line, match or not")
	_, err = New(parse(t, "disable: [no.such, nor.this]"))
	says(t, err, `no signature is called "no.such"; correct it or take it out`, `"nor.this"`)
	var many strings.Builder
	many.WriteString("signatures:\n")
	for i := range 2000 {
		fmt.Fprintf(&many, "- {id: x%d, kind: lock, severity: info, match: [[%04d-abcdefghijk], [%04d_abcdefghijk]], title: {en: a, zh: a}, advice: {en: a, zh: a}}\n", i, i, i)
	}
	_, err = New(parse(t, many.String()))
	says(t, err, "their literals need more than 65536 states")
}

func TestEmptyFileAddsNothing(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "signatures: []\n"} {
		if a := parse(t, text); len(a.signatures)+len(a.disable)+len(a.quiet) > 0 {
			t.Errorf("%q adds %+v", text, a)
		}
	}
}

// FuzzParseYAML: no file breaks the parser; what it takes compiles or is refused with a reason, and finds its examples.
func FuzzParseYAML(f *testing.F) {
	f.Add([]byte(valid))
	f.Add([]byte("signatures: [{id: a, match: [[], [ab]]}]"))
	f.Add([]byte("quiet: [\"*\", '**', '*abc*']"))
	f.Add([]byte("&a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := ParseYAML(data)
		if err != nil {
			return
		}
		d, err := compile([]Additions{a})
		if err != nil {
			if errors.Unwrap(err) == nil && err.Error() == "" {
				t.Error("refused without a reason")
			}
			return
		}
		m := d.Matcher()
		for i, s := range d.signatures {
			for _, line := range s.Examples {
				if !m.finds(line, int32(i)) {
					t.Errorf("%s is not found in its example %q", s.ID, line)
				}
			}
		}
	})
}
