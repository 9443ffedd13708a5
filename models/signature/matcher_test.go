package signature

import (
	"strings"
	"testing"
)

// alone returns a matcher of the given signatures only.
func alone(t testing.TB, signatures ...Signature) *Matcher {
	t.Helper()
	d, err := compile([]Additions{{signatures: signatures, quiet: []string{"drill"}}})
	if err != nil {
		t.Fatal(err)
	}
	return d.Matcher()
}

// told returns the ID that a line is told as, checking that bytes and strings are told alike.
func told(t *testing.T, m *Matcher, line string) string {
	t.Helper()
	s := m.MatchString(line)
	if other := m.Match([]byte(line)); other != s {
		t.Errorf("%q is told as %v in a string, as %v in bytes", line, s, other)
	}
	if s == nil {
		return ""
	}
	return s.ID
}

func TestBordersOfWords(t *testing.T) {
	f := func(literal, line string, want bool) {
		t.Helper()
		m := alone(t, Signature{ID: "x", Severity: Info, Match: [][]string{{literal}}})
		if got := told(t, m, line) != ""; got != want {
			t.Errorf("%q in %q: %v, want %v", literal, line, got, want)
		}
	}
	f("ORA-00020", "ORA-00020: maximum", true)
	f("ORA-00020", "ORA-00020", true)
	f("ora-00020", "java.sql.SQLException:ORA-00020", true)
	f("ORA-00020", "ORA-000201", false)
	f("ORA-00020", "XORA-00020", false)
	f("ORA-00020", "ORA-00020_A", false)
	f("ORA-00020", "错误ORA-00020出现", true)
	f("deadlock", "deadlocks", false)
	f("deadlock*", "deadlocks", true)
	f("*lock", "deadlock", true)
	f("*lock", "locks", false)
	f("[28]", "error[28]x", true)
	f("死锁", "检测到死锁了", true)
	f("disk full", "disk  full", false)
	f("ORA-00020", `{"log":"java.sql.SQLException\n\tORA-00020: maximum"}`, true)
	f("ORA-00020", `saved to C:\dirORA-00020`, false)
	f("ORA-00020", "\x1b[1;31mORA-00020\x1b[0m", true)
	f("ORA-00020", `\u001b[31mORA-00020`, true)
	f("ORA-00020", "formORA-00020", false)
	f("ORA-00020", "[31mORA-00020", false)
	f("ORA-00020", "mORA-00020", false)
}

func TestAllLiteralsAndNoneOfNot(t *testing.T) {
	m := alone(t, Signature{ID: "x", Severity: Info, Match: [][]string{{"table", "is full"}, {"tmpdir full"}}, Not: []string{"test"}})
	f := func(line, want string) {
		t.Helper()
		if got := told(t, m, line); got != want {
			t.Errorf("%q is told as %q, want %q", line, got, want)
		}
	}
	f("The table t1 is full", "x")
	f("is full: table t1", "x")
	f("the table is not full", "")
	f("table table table", "")
	f("TMPDIR FULL", "x")
	f("The table t1 is full (test)", "")
	f("test", "")
	f("drill: the table t1 is full", "")
	f("", "")
}

func TestWhichOfSeveralIsTold(t *testing.T) {
	m := alone(t,
		Signature{ID: "info", Severity: Info, Match: [][]string{{"at the end"}}},
		Signature{ID: "pool", Severity: Critical, Match: [][]string{{"pool exhausted"}}},
		Signature{ID: "space", Severity: Critical, Match: [][]string{{"no space"}}},
		Signature{ID: "log-space", Severity: Critical, Match: [][]string{{"write log", "no space"}}},
		Signature{ID: "same", Severity: Critical, Match: [][]string{{"no space"}}},
	)
	f := func(line, want string) {
		t.Helper()
		if got := told(t, m, line); got != want {
			t.Errorf("%q is told as %q, want %q", line, got, want)
		}
	}
	f("no space ... at the end", "space")                                 // the most severe
	f("pool exhausted\nCaused by: no space", "space")                     // the cause, which stands last
	f("no space\nCaused by: pool exhausted", "pool")                      //
	f("write log: no space", "log-space")                                 // the most specific
	f("write log: no space\nCaused by: pool exhausted", "pool")           //
	f("no space", "space")                                                // else the first of the dictionary
	f(strings.Repeat("no space ", 1000)+"write log at once", "log-space") // complete last
}

// TestWordsBeside: a signature that wants one of several words beside it is told only where one is.
func TestWordsBeside(t *testing.T) {
	m := alone(t,
		Signature{ID: "x", Severity: Info, Match: [][]string{{"is full"}}, Beside: []string{"error", "错误"}, Not: []string{"test"}},
		Signature{ID: "y", Severity: Info, Match: [][]string{{"is locked"}}},
	)
	f := func(line, want string) {
		t.Helper()
		if got := told(t, m, line); got != want {
			t.Errorf("%q is told as %q, want %q", line, got, want)
		}
	}
	f("the table is full", "")
	f("ERROR the table is full", "x")
	f("the table is full：错误", "x")
	f("the table is full", "") // what the line before held counts no more
	f("ERROR test: the table is full", "")
	f("error", "")
	f("is locked", "y")
}

// TestGeneralIsToldWhereNothingElseIs: whatever its severity, and wherever it stands.
func TestGeneralIsToldWhereNothingElseIs(t *testing.T) {
	m := alone(t,
		Signature{ID: "general", General: true, Severity: Critical, Match: [][]string{{"connection failed"}}},
		Signature{ID: "certain", Severity: Info, Match: [][]string{{"mysql"}}, Not: []string{"client"}},
	)
	f := func(line, want string) {
		t.Helper()
		if got := told(t, m, line); got != want {
			t.Errorf("%q is told as %q, want %q", line, got, want)
		}
	}
	f("connection failed", "general")
	f("mysql: connection failed", "certain")
	f("connection failed: mysql", "certain")
	f("mysql client: connection failed", "general")
}

// TestLongLiteralsAreComparedToTheirEnd: the automaton knows how they begin only.
func TestLongLiteralsAreComparedToTheirEnd(t *testing.T) {
	m := alone(t,
		Signature{ID: "x", Severity: Info, Match: [][]string{{"temporarily unavailable: memory"}}},
		Signature{ID: "y", Severity: Info, Match: [][]string{{"temporarily unavailable: threads"}}},
	)
	f := func(line, want string) {
		t.Helper()
		if got := told(t, m, line); got != want {
			t.Errorf("%q is told as %q, want %q", line, got, want)
		}
	}
	f("Temporarily Unavailable: MEMORY", "x")
	f("temporarily unavailable: threads", "y")
	f("temporarily unavailable: thread", "")
	f("temporarily unavailable: memoryless", "")
	f("temporarily unavailable, temporarily unavailable: memory", "x")
}

// TestLinesDoNotLeak: what was in a line has no part in the next, also when the count of lines begins anew.
func TestLinesDoNotLeak(t *testing.T) {
	m := alone(t, Signature{ID: "x", Severity: Info, Match: [][]string{{"one", "two"}}, Not: []string{"three"}})
	round := func() {
		t.Helper()
		for _, c := range []struct{ line, want string }{{"one", ""}, {"two", ""}, {"three", ""}, {"one two", "x"}, {"drill", ""}, {"two one", "x"}} {
			if got := told(t, m, c.line); got != c.want {
				t.Errorf("%q is told as %q, want %q", c.line, got, c.want)
			}
		}
	}
	round()
	m.turn = 1<<32 - 4
	round()
}

func TestMatchDoesNotAllocate(t *testing.T) {
	m := load(t).Matcher()
	text := strings.Repeat("java.sql.SQLException: ORA-01653: unable to extend, No space left on device, 死锁 ", 20)
	line := []byte(text)
	if n := testing.AllocsPerRun(100, func() {
		if m.Match(line) == nil || m.MatchString(text) == nil {
			t.Error("not told")
		}
	}); n > 0 {
		t.Errorf("Match allocates %v times", n)
	}
}

// FuzzMatch: no line breaks a matcher, and a matcher that has read much tells what a new one does.
func FuzzMatch(f *testing.F) {
	for _, line := range lines(f, "positive_blind.tsv")[:20] {
		f.Add([]byte(line))
	}
	f.Add([]byte("No space left on devic\xff 设备上没有空\xe9"))
	d := load(f)
	used := d.Matcher()
	f.Fuzz(func(t *testing.T, line []byte) {
		if got, want := used.Match(line), d.Matcher().MatchString(string(line)); got != want {
			t.Errorf("%q is told as %v, by a new matcher as %v", line, got, want)
		}
	})
}
