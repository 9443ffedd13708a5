package signal

import (
	"strings"
	"testing"
)

func TestMatcher(t *testing.T) {
	ls := labels(t, `m{a="x",path="/u01/\n\"q\""}`)
	f := func(text string, want bool) {
		t.Helper()
		m, err := parseMatcher(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			return
		}
		if got := (matchers{m}).match(ls); got != want {
			t.Errorf("%s is %v for %s", text, got, ls)
		}
	}
	f(`a="x"`, true)
	f(` a = "x" `, true)
	f(`a='x'`, true)
	f(`a!="x"`, false)
	f(`a="y"`, false)
	f(`b=""`, true)
	f(`b!=""`, false)
	f(`a=~"x|y"`, true)
	f(`a=~"x"`, true)
	f(`a=~""`, false)
	f(`path=~"/u01"`, false) // anchored
	f(`path=~"/u01/.*"`, true)
	f(`path=~'/u\d+/.*'`, true)
	f(`path!~"/u01/.*"`, false)
	f(`b!~".+"`, true)
	f(`a="=~"`, false)
}

func TestMatcherErrors(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		_, err := parseMatcher(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: the error is %v; want %q in it", text, err, want)
		}
	}
	f("", "is no matcher")
	f("fstype", "is no matcher")
	f("fstype=xfs", "is not quoted")
	f(`fstype="xfs`, "is not quoted")
	f(`fstype='a'b'`, "is not quoted")
	f(`fstype=`, "is not quoted")
	f(`fs-type="x"`, `"fs-type" is no label name`)
	f(`fs!x="x"`, "has no operator")
	f(`__name__="x"`, "belongs in the input's key metric")
	f(`a=~"("`, "missing closing )")
	f(`a=~"x)|(y"`, "unexpected )")
	f(`a=~"`+strings.Repeat("x", maxPattern+1)+`"`, "too long")
	f(`a=~"(?:x{1000}){1000}"`, "RE2")
}
