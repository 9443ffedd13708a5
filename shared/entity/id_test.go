package entity

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestIDIsReadable(t *testing.T) {
	host := Outermost(Host, "", "erp-01")
	pod := Outermost(Pod, "", "prod", "erp-0")
	f := func(e Entity, id, root, name string) {
		t.Helper()
		if e.ID != id || e.Root != root || e.Name != name {
			t.Errorf("got ID %q, root %q, name %q; want %q, %q, %q", e.ID, e.Root, e.Name, id, root, name)
		}
	}
	f(host, "host:erp-01", "host:erp-01", "erp-01")
	f(pod, "pod:prod/erp-0", "pod:prod/erp-0", "prod/erp-0")
	f(Outermost(Pod, "sh", "prod", "erp-0"), "pod:prod/erp-0@sh", "pod:prod/erp-0@sh", "prod/erp-0@sh")
	f(Within(host, Volume, "/u01"), "volume:erp-01:/u01", "host:erp-01", "/u01 on erp-01")
	f(Within(host, Volume, "/数据 盘"), "volume:erp-01:/数据 盘", "host:erp-01", "/数据 盘 on erp-01")
	f(Within(host, Volume, "C:"), "volume:erp-01:C%3A", "host:erp-01", "C: on erp-01")
	f(Within(host, Process, "java", "1234"), "process:erp-01:java:1234", "host:erp-01", "java (1234) on erp-01")
	f(Within(host, Process, "java", ""), "process:erp-01:java", "host:erp-01", "java on erp-01")
	f(Within(host, Process, "", "8080"), "process:erp-01::8080", "host:erp-01", "8080 on erp-01")
	f(Within(host, Pool, "8080", "G1 Old Gen"), "pool:erp-01:8080:G1 Old Gen", "host:erp-01", "G1 Old Gen (8080) on erp-01")
	f(Within(pod, Container, "app"), "container:prod/erp-0/app", "pod:prod/erp-0", "app on prod/erp-0")
}

// hostile are values made to look like others once they stand in an ID.
func hostile() []string {
	long := strings.Repeat("a", 10_000)
	out := []string{
		"", "a", "a:b", "a%3Ab", "a/b", "a%2Fb", "b", "a@b", "a%40b", "%", "%25", "%%", ":", "::", "/", "//", "@", "@@",
		"\x00", "\x1f", "%00", "\xff", "\ufffd", "\xc3", "é", "e\u0301", "\u202e", "\u00a0", " ", "A", "a ", "a\n", "a\r\n",
		long, long + "b", "b" + long, strings.Repeat("a", maxPart), strings.Repeat("a", maxPart+1), strings.Repeat(":", 10_000),
	}
	return append(out, escape(long, ":"), escape(long+"b", ":"))
}

func TestHostileNamesStayApart(t *testing.T) {
	seen := make(map[string]string)
	add := func(id, what string) {
		t.Helper()
		if other, dup := seen[id]; dup {
			t.Errorf("%.60s and %.60s are one entity %.60s", what, other, id)
		}
		seen[id] = what
		if !utf8.ValidString(id) || strings.ContainsFunc(id, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("the ID %.80q of %.60s does not print", id, what)
		}
	}
	for _, a := range hostile() {
		host := Outermost(Host, "", a)
		add(host.ID, "host "+a)
		add(Within(host, Volume, "x"+a).ID, "volume on host "+a)
		add(SourceRoot(a), "source "+a)
		for _, b := range hostile() {
			if b == "" {
				continue
			}
			add(Outermost(Pod, a, "n", b).ID, "pod "+b+" in cluster "+a)
			add(Within(Outermost(Host, "", "h"), Process, a, b).ID, "process "+a+"|"+b)
			add(Within(host, Container, b).ID, "container "+b+" on host "+a)
			add(Within(host, Container, "p", b).ID, "container p|"+b+" on host "+a)
			add(Within(Outermost(Pod, "", a, "p"), Container, b).ID, "container "+b+" in pod "+a)
		}
	}
}

func TestIDIsBounded(t *testing.T) {
	for _, v := range hostile() {
		e := Within(Outermost(Host, "", v), Process, v, v)
		if len(e.ID) > 3*3*maxPart+20 {
			t.Errorf("%.20q: the ID has %d bytes", v, len(e.ID))
		}
		if n := utf8.RuneCountInString(e.Name); n > 4*maxShown || !utf8.ValidString(e.Name) {
			t.Errorf("%.20q: the name %.60q has %d runes", v, e.Name, n)
		}
	}
}

func FuzzEscape(f *testing.F) {
	for _, v := range hostile() {
		f.Add(v, v+"x")
		f.Add(v, "a:b")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		one, other := escape(a, ":/@"), escape(b, ":/@")
		if (a == b) != (one == other) {
			t.Fatalf("%q and %q become %q and %q", a, b, one, other)
		}
		if strings.ContainsAny(one, ":/@") || !utf8.ValidString(one) {
			t.Fatalf("%q becomes %q", a, one)
		}
	})
}
