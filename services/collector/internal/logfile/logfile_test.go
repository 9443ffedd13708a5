package logfile

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/collector/internal/part"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/telemetry"
)

func TestSeverityOf(t *testing.T) {
	f := func(text string, want telemetry.Severity) {
		t.Helper()
		if got := severityOf(text); got != want {
			t.Errorf("severityOf(%q) = %d, want %d", text, got, want)
		}
	}
	f("2026-01-02 03:04:05 ERROR com.x.Y failed", telemetry.SeverityError)
	f("2026-01-02 WARN no ERROR here", telemetry.SeverityWarn)
	f("Jan  2 03:04:05 erp-01 kernel: PANIC", telemetry.SeverityFatal)
	f("[error] 12#0: *1 connect() failed", telemetry.SeverityError)
	f("time=x level=warn msg=y", telemetry.SeverityWarn)
	f(`{"level":"info","msg":"x"}`, telemetry.SeverityInfo)
	f("<Debug> x", telemetry.SeverityDebug)
	f("SEVERE: out of memory", telemetry.SeverityError)
	f("03:04 [main] TRACE x", telemetry.SeverityTrace)
	f("no error was found", telemetry.SeverityUnspecified)
	f("an INFOX word", telemetry.SeverityUnspecified)
	f("系统错误：磁盘已满", telemetry.SeverityError)
	f("【警告】库存不足", telemetry.SeverityWarn)
	f("first line\nERROR in the second", telemetry.SeverityUnspecified)
	f(strings.Repeat("x ", 200)+"ERROR", telemetry.SeverityUnspecified)
	f("", telemetry.SeverityUnspecified)
}

func TestJoiner(t *testing.T) {
	j := joiner{max: 20}
	var got []string
	add := func(text string) {
		if r, ok := j.add(line{text: []byte(text), end: 1}, time.Now()); ok {
			got = append(got, r.text)
		}
	}
	for _, text := range []string{"a", " b", "", "c", "at d", "0123456789", "\t0123456789", "\t01", "... 3 more"} {
		add(text)
	}
	if r, ok := j.flush(); ok {
		got = append(got, r.text)
	}
	want := []string{"a\n b", "c\nat d", "0123456789\n\t01234567 …[15 bytes cut]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if _, ok := j.flush(); ok {
		t.Error("an entry comes twice")
	}
	got = nil
	for range 2*maxJoined + 1 {
		add(" x")
	}
	if len(got) != 2 {
		t.Errorf("%d entries of a log whose every line is indented, want one per %d lines", len(got), maxJoined)
	}
}

// A mount that hangs holds its set up, and must not look well meanwhile.
func TestHangingMountIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h obs.Health
		w := &Watcher{config: Config{Paths: []string{"/nfs/*.log"}}, Settings: Settings{
			Part: part.New("logs", zap.NewNop(), &h, prometheus.NewCounter(prometheus.CounterOpts{Name: "panics"})),
		}}
		f := func(takes time.Duration, says string) {
			t.Helper()
			answered := w.await("/nfs/a.log")
			time.Sleep(takes)
			answered()
			synctest.Wait()
			if got := h.Checks()[0].Message; !strings.Contains(got, says) {
				t.Errorf("after %v: %q, want %q", takes, got, says)
			}
		}
		f(hangs-time.Second, "")
		if len(h.Checks()[0].Message) > 0 {
			t.Error("said too soon")
		}
		f(hangs+time.Second, "/nfs/a.log does not answer since ")
	})
}

func TestOffsetsSurvive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "collector", "offsets.json")
	o, err := OpenOffsets(path)
	if err != nil {
		t.Fatal(err)
	}
	want := position{identity: identity{1, 2}, Path: "/x", Offset: 3, Fingerprint: fingerprint{4, 5}}
	o.set(want)
	if o.watch([]string{"/x"}) || !o.watch([]string{"/x"}) {
		t.Error("watch does not remember patterns")
	}
	if err := o.Save(); err != nil {
		t.Fatal(err)
	}
	if o, err = OpenOffsets(path); err != nil {
		t.Fatal(err)
	}
	got, ok := o.get(want.identity)
	want.Seen = got.Seen
	if !ok || got != want || !o.watch([]string{"/x"}) {
		t.Errorf("position = %+v, want %+v and the pattern", got, want)
	}
	if files, err := filepath.Glob(path + ".*"); err != nil || len(files) != 0 {
		t.Errorf("left behind: %v %v", files, err)
	}
	o.set(position{identity: identity{6, 6}})
	o.files[identity{7, 7}] = position{identity: identity{7, 7}, Seen: time.Now().Add(-8 * 24 * time.Hour)}
	if s := o.stored(time.Now()); len(s.Files) != 3 {
		t.Errorf("%d files, want all: not every set has looked for its own since the start", len(s.Files))
	}
	o.opened = time.Now().Add(-2 * settleOffsets)
	if s := o.stored(time.Now()); len(s.Files) != 2 {
		t.Errorf("%d files, want the one that was seen lately", len(s.Files))
	}
}

func TestOffsetsDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "offsets.json")
	for _, text := range []string{"", "{", `{"version":9}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		o, err := OpenOffsets(path)
		if o == nil || err == nil || !strings.Contains(err.Error(), ".damaged") {
			t.Errorf("%q: %v, %v; want an empty memory and where the file is kept", text, o, err)
		}
		if kept, err := os.ReadFile(path + ".damaged"); err != nil || string(kept) != text {
			t.Errorf("%q: kept %q, %v", text, kept, err)
		}
	}
}

func TestOffsetsUnwritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if o, err := OpenOffsets(filepath.Join(file, "collector", "offsets.json")); o != nil || err == nil {
		t.Errorf("OpenOffsets = %v, %v below a file; want an error", o, err)
	}
	dir := filepath.Join(t.TempDir(), "gone")
	o, err := OpenOffsets(filepath.Join(dir, "offsets.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	o.set(position{Offset: 1})
	if err := o.Save(); err == nil || !strings.Contains(err.Error(), "permissions") {
		t.Errorf("Save = %v, want an error with its remedy", err)
	}
}

func TestConfigProblems(t *testing.T) {
	if errs := (Config{Paths: []string{"/var/log/*.log"}}).Problems(""); len(errs) != 0 {
		t.Errorf("good set: %v", errs)
	}
	bad := Config{
		Paths: []string{"relative", "/a/**/b", "/["}, Exclude: []string{"["}, Start: "middle", Encoding: "gbk", FirstLine: "(",
		FlushAfter: time.Hour, MaxLineBytes: 1, Poll: time.Hour,
	}
	var text strings.Builder
	for _, err := range bad.Problems("logs[0].") {
		text.WriteString(err.Error() + "\n")
	}
	for _, key := range []string{
		"paths[0]:", "paths[1]:", "paths[2]:", "exclude[0]:", "start:", "encoding:", "first_line:", "flush_after:", "max_line_bytes:", "poll:",
	} {
		if !strings.Contains(text.String(), "logs[0]."+key) {
			t.Errorf("nothing is said of %s in\n%s", key, &text)
		}
	}
	if errs := (Config{}).Problems(""); len(errs) != 1 {
		t.Errorf("empty set: %v, want that paths are missing", errs)
	}
}

func TestExclusion(t *testing.T) {
	c := Config{Paths: []string{"/var/log/*"}, Exclude: []string{"lastlog", "/var/log/private*"}}
	f := func(path string, want bool) {
		t.Helper()
		if got := c.matches(path); got != want {
			t.Errorf("matches(%q) = %v, want %v", path, got, want)
		}
	}
	f("/var/log/syslog", true)
	f("/var/log/syslog.1", true)
	f("/var/log/syslog.2.gz", false)
	f("/var/log/lastlog", false)
	f("/var/log/private.log", false)
	f("/var/log/deep/syslog", false)
}

// FuzzTail reads any content in pieces of any size, and checks that it comes whole or is declared binary.
func FuzzTail(f *testing.F) {
	f.Add([]byte("a\n b\nc"), uint8(3))
	f.Add([]byte("\x00\x00\x00a\n"), uint8(2))
	f.Add([]byte("a\x00b\n"), uint8(200))
	f.Add([]byte(strings.Repeat("long ", 100)+"\r\n\n\xff"), uint8(7))
	f.Fuzz(func(t *testing.T, content []byte, piece uint8) {
		path := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		tl := tail{file: file, max: 64, joiner: joiner{max: 64}}
		buf := make([]byte, int(piece)+1)
		var got []byte
		taken, last := int64(0), int64(0)
		take := func(l line) {
			if l.end <= last || l.end > int64(len(content)) || len(l.text) > tl.max {
				t.Fatalf("line of %d bytes ends at %d after %d, file has %d", len(l.text), l.end, last, len(content))
			}
			last, taken = l.end, taken+l.cut
			got = append(append(got, l.text...), '\n')
			if r, ok := tl.joiner.add(l, time.Now()); ok && (!utf8.ValidString(r.text) || strings.IndexByte(r.text, 0) >= 0) {
				t.Fatalf("entry %q is no text", r.text)
			}
		}
		for err == nil {
			err = tl.read(buf, take)
		}
		if errors.Is(err, errBinary) {
			if bytes.IndexByte(content[:min(len(content), headBytes)], 0) < 0 {
				t.Fatal("text is declared binary")
			}
			return
		}
		if !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		tl.flushPartial(take)
		if bytes.IndexByte(content, 0) >= 0 {
			return // holes are skipped
		}
		want := content
		if len(want) > 0 && want[len(want)-1] != '\n' {
			want = append(bytes.Clone(want), '\n')
		}
		if int64(len(got))+taken != int64(len(want)) || taken == 0 && !bytes.Equal(got, want) {
			t.Fatalf("got %q and %d cut, want %q", got, taken, want)
		}
	})
}

// FuzzOpenOffsets opens any file of positions: it is understood, and written as it was read, or put aside.
func FuzzOpenOffsets(f *testing.F) {
	for _, text := range []string{
		"", "{", `{"version":9}`, `{"version":1,"patterns":["/x"],"files":[{"device":1,"inode":2,"path":"/x","offset":3,"fingerprint":{"bytes":4,"sum":5}}]}`,
		`{"version":1,"files":[{"offset":-1,"fingerprint":{"bytes":-7}},{"offset":9223372036854775807,"fingerprint":{"bytes":100000}}]}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "offsets.json")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		o, err := OpenOffsets(path)
		if o == nil {
			t.Fatal(err)
		}
		for _, p := range o.all() {
			if p.Offset < 0 {
				t.Errorf("position at %d", p.Offset)
			}
			p.begins(strings.NewReader("a log\n"))
		}
		o.watch([]string{"/x"})
		o.changed = true
		if err := o.Save(); err != nil {
			t.Fatal(err)
		}
		again, err := OpenOffsets(path)
		if err != nil || len(again.all()) != len(o.all()) {
			t.Errorf("%d positions, %v; want %d", len(again.all()), err, len(o.all()))
		}
	})
}
