package pattern

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// learned adds lines, reviews, and returns the text of the pattern of each.
func learned(m *Miner, lines ...string) (texts []string) {
	for _, l := range lines {
		m.Add([]byte(l))
	}
	m.Review()
	for _, l := range lines {
		texts = append(texts, m.Find([]byte(l)).Text)
	}
	return texts
}

// each puts words into a line.
func each(format, words string) (lines []string) {
	for w := range strings.FieldsSeq(words) {
		lines = append(lines, fmt.Sprintf(format, w))
	}
	return lines
}

// TestFamilies: when words that differ become a value, and when not.
func TestFamilies(t *testing.T) {
	f := func(lines []string, want ...string) {
		t.Helper()
		got := learned(newMiner(t, DefaultConfig()), lines...)
		slices.Sort(got)
		if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", lines, diff)
		}
	}
	// Four different words are values, three are three things that can happen.
	f(each("link to %s lost", "alpha beta gamma delta"), "link to <*> lost")
	f(each("link to %s lost", "alpha beta gamma"), "link to alpha lost", "link to beta lost", "link to gamma lost")
	// A number or nothing where there is a word makes it a value at once; so do names with numbers.
	f([]string{"invalid user bob from 10.0.0.1", "invalid user 17 from 10.0.0.2"}, "invalid user <*> from <*>")
	f([]string{"caller (a.example.com) at 12:00:01", "caller () at 12:00:02"}, "caller (<*>) at <*>")
	f([]string{"device eth0 is up", "device wlan1 is up"}, "device <*> is up")
	// States take more, and so does the first word.
	f(each("the task is now %s", "NEW RUNNING FAILED KILLED DONE"),
		"the task is now DONE", "the task is now FAILED", "the task is now KILLED", "the task is now NEW", "the task is now RUNNING")
	f(each("%s the old service", "start stop reload kill"), "kill the old service", "reload the old service", "start the old service", "stop the old service")
	// Where a single word is shared it takes many.
	f(each("found %s", "a b c d e f g"), "found a", "found b", "found c", "found d", "found e", "found f", "found g")
	f(each("found %s", "a b c d e f g h i j k l m n o p q"), "found <*>")
	f(each("%s", "ann bob cat dan eve fay gus hal ida jim kim lee"), strings.Fields("ann bob cat dan eve fay gus hal ida jim kim lee")...)
	// Two places with values of their own; but words next to one another are a text.
	f([]string{
		"open (a) for user (p) now", "open (b) for user (q) now", "open (c) for user (r) now",
		"open (d) for user (s) now", "open (e) for user (t) now", "open (f) for user (u) now",
	}, "open (<*>) for user (<*>) now")
	f([]string{
		"cannot open the file: no such file", "cannot open the file: access was denied", "cannot open the file: disk quota exceeded",
		"cannot open the file: bad old handle", "cannot open the file: device not ready", "cannot open the file: name too long",
	}, "cannot open the file: access was denied", "cannot open the file: bad old handle", "cannot open the file: device not ready",
		"cannot open the file: disk quota exceeded", "cannot open the file: name too long", "cannot open the file: no such file")
	// What stands behind the same words elsewhere is a value here, also if that was seen later.
	f(append(each("session opened for user %s today", "ann bob"), each("session closed for user %s", "ann bob cat dan")...),
		"session closed for user <*>", "session opened for user <*> today")
	// Chinese has no spaces between words, and names stand between brackets.
	f(each("用户[%s]打开节点", "张伟 王芳 李娜 刘洋"), "用户[<*>]打开节点")
	f(each("由%s审核通过", "zhangw wangf lin liuy"), "由<*>审核通过")
}

// TestMerges: a pattern that becomes more general says which it replaces, and none is told twice.
func TestMerges(t *testing.T) {
	m := newMiner(t, DefaultConfig())
	var before []ID
	for _, l := range each("link to %s lost", "alpha beta gamma") {
		match := m.Add([]byte(l))
		if !match.New || len(match.Merges) > 0 {
			t.Errorf("%q: %+v", l, match)
		}
		before = append(before, match.ID)
	}
	match := m.Add([]byte("link to delta lost"))
	if len(match.Merges) != len(before) {
		t.Fatalf("merges %v, want those of %v", match.Merges, before)
	}
	for _, merge := range match.Merges {
		if merge.Into != match.ID || !slices.Contains(before, merge.From) {
			t.Errorf("merges %v into %v, want one of %v into %v", merge.From, merge.Into, before, match.ID)
		}
	}
	if next := m.Add([]byte("link to omega lost")); next.New || next.ID != match.ID || len(next.Merges) > 0 {
		t.Errorf("the next line is %+v", next)
	}
	want := []Pattern{{ID: match.ID, Text: "link to <*> lost", Lines: 5}}
	if diff := cmp.Diff(want, m.Patterns()); diff != "" {
		t.Errorf("patterns (-want +got):\n%s", diff)
	}
	if m.Lines() != 5 || m.Forgotten() != 0 {
		t.Errorf("%d lines, %d forgotten", m.Lines(), m.Forgotten())
	}
}

// TestIDIsOfTheText: it is the same whatever was seen before, and must stay so from release to release.
func TestIDIsOfTheText(t *testing.T) {
	one, two := newMiner(t, DefaultConfig()), newMiner(t, DefaultConfig())
	for _, l := range everything(t) {
		two.Add(l)
	}
	line := []byte("disk 3 is full")
	if a, b := one.Add(line), two.Add(line); a.ID != b.ID || a.ID.String() != "48dc89eecd2dc30d" {
		t.Errorf("ids are %v and %v", a.ID, b.ID)
	}
}

// TestSameAgain: the same line has the same pattern when it comes again at once, and values do not matter.
func TestSameAgain(t *testing.T) {
	m, r := newMiner(t, DefaultConfig()), rand.New(rand.NewPCG(3, 4))
	lines := everything(t)
	for range 5000 {
		l := lines[r.IntN(len(lines))]
		match := m.Add(l)
		if again := m.Add(l); again.ID != match.ID || again.New {
			t.Fatalf("%q is %+v and then %+v", l, match, again)
		}
		if found := m.Find(l); found.ID != match.ID || found.Text != match.Text {
			t.Fatalf("%q is %+v and found as %+v", l, match, found)
		}
	}
	for i := range 100 {
		a := m.Add(fmt.Appendf(nil, "job %d took %d ms on 10.0.%d.7", i, i*i, i))
		if b := m.Add(fmt.Appendf(nil, "job %d took %d ms on 10.1.%d.9", i+7, i, i)); a.ID != b.ID {
			t.Errorf("values make %v and %v", a, b)
		}
	}
}

// TestCountsAddUp: every line is of one pattern, through all merges.
func TestCountsAddUp(t *testing.T) {
	m, r := newMiner(t, DefaultConfig()), rand.New(rand.NewPCG(5, 6))
	words := strings.Fields("disk host user is was full slow from to [ok] (bad) 17 a=b x y z w v u")
	for range 4000 {
		var l []byte
		for range 2 + r.IntN(6) {
			l = append(append(l, words[r.IntN(len(words))]...), ' ')
		}
		m.Add(l)
		if r.IntN(1000) == 0 {
			m.Review()
		}
	}
	sum, seen := uint64(0), map[ID]bool{}
	for _, p := range m.Patterns() {
		sum += p.Lines
		if seen[p.ID] {
			t.Errorf("%v is told twice", p)
		}
		seen[p.ID] = true
	}
	if m.Forgotten() == 0 && sum != m.Lines() {
		t.Errorf("patterns have %d lines of %d", sum, m.Lines())
	}
}

// TestBounded: memory holds whatever comes, and an explosion is said once.
func TestBounded(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Patterns = 1000
	m, r := newMiner(t, cfg), rand.New(rand.NewPCG(7, 8))
	heap := func() uint64 {
		var s runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&s)
		return s.HeapAlloc
	}
	before, said := heap(), 0
	var line []byte
	for i := range 10000 {
		line = append(line[:0], randomWords(r, 1+r.IntN(150))...)
		if i%3 == 0 { // many shapes as well
			for k := range line {
				if line[k] == ' ' {
					line[k] = "=:,; "[r.IntN(5)]
				}
			}
		}
		if m.Add(line).Exploding {
			said++
		}
		if n := len(m.Patterns()); i%1000 == 0 && n > cfg.Patterns {
			t.Fatalf("%d patterns are remembered, more than %d", n, cfg.Patterns)
		}
	}
	if said != 1 || m.Forgotten() == 0 {
		t.Errorf("an explosion was said %d times, %d patterns were forgotten", said, m.Forgotten())
	}
	if grown := int64(heap()) - int64(before); grown > 24<<20 {
		t.Errorf("%d MiB are held", grown>>20)
	}
	runtime.KeepAlive(m)
}

// TestNoExplosion: a log that starts with many patterns, and then repeats them, is an ordinary one.
func TestNoExplosion(t *testing.T) {
	m := newMiner(t, DefaultConfig())
	for range 40 {
		for _, l := range everything(t) {
			if m.Add(l).Exploding {
				t.Fatalf("line %d: exploding", m.Lines())
			}
		}
	}
}

func TestAddAllocatesNothing(t *testing.T) {
	m, lines := newMiner(t, DefaultConfig()), everything(t)
	add := func() {
		for _, l := range lines {
			m.Add(l)
		}
	}
	add()
	add()
	if n := testing.AllocsPerRun(10, add); n > 0 {
		t.Errorf("%v allocations for lines of known patterns", n)
	}
}

func TestConfigIsChecked(t *testing.T) {
	f := func(want string, change func(*Config)) {
		t.Helper()
		cfg := DefaultConfig()
		change(&cfg)
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
	f("line bytes: 1 is out of range; set 64 to 32767", func(c *Config) { c.LineBytes = 1 })
	f("words: 0 is out of range; set 8 to 1024", func(c *Config) { c.Words = 0 })
	f("patterns: 0 is out of range", func(c *Config) { c.Patterns = 0 })
	f("alike: 5000 is out of range", func(c *Config) { c.Alike = 5000 })
	f("values: 1 is out of range; set 2 to 64", func(c *Config) { c.Values = 1 })
}

// FuzzMiner: whatever lines come, a line has a pattern at once, bounds hold, and a copy made from a snapshot goes on alike.
func FuzzMiner(f *testing.F) {
	f.Add(bytes.Join(everything(f), []byte{'\n'}))
	f.Add([]byte("link to a\nlink to b\nlink to c\nlink to 4\n\n\xff\x00\n<*>\n<*> <*>"))
	f.Fuzz(func(t *testing.T, text []byte) {
		cfg := Config{LineBytes: 256, Words: 16, Patterns: 32, Alike: 8, Values: 2}
		m, twin := newMiner(t, cfg), newMiner(t, cfg)
		for i, line := range bytes.Split(text, []byte{'\n'}) {
			match := m.Add(line)
			if found := m.Find(line); found.ID != match.ID || len(m.Patterns()) > cfg.Patterns {
				t.Fatalf("%q is %+v, and then %+v", line, match, found)
			}
			if i == 10 {
				m.Review()
				state, _ := m.AppendBinary(nil)
				if err := twin.UnmarshalBinary(state); err != nil {
					t.Fatal(err)
				}
			} else if other := twin.Add(line); i > 10 && other.ID != match.ID {
				t.Fatalf("%q is %+v, and %+v after a restart", line, match, other)
			}
		}
	})
}
