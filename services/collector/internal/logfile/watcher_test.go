package logfile

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/forewarn/forewarn/services/collector/internal/edgetest"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Nothing that was started may outlive its test.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a directory of logs that is followed.
type site struct {
	t       testing.TB
	rig     *edgetest.Rig
	dir     string
	config  Config
	metrics *Metrics
	offsets string
	stop    func()
}

// newSite returns a site with a set app*.log that is not followed yet.
func newSite(t testing.TB) *site {
	s := &site{t: t, rig: edgetest.New(t), dir: t.TempDir()}
	s.offsets = filepath.Join(t.TempDir(), "collector", "offsets.json")
	s.metrics = NewMetrics(s.rig.Registry)
	s.config = Config{
		Paths: []string{filepath.Join(s.dir, "app*.log")}, Service: "erp", Poll: 10 * time.Millisecond, FlushAfter: 30 * time.Millisecond,
	}
	return s
}

// watcher returns a watcher of the set that nobody runs.
func (s *site) watcher() *Watcher {
	s.t.Helper()
	offsets, err := OpenOffsets(s.offsets)
	if err != nil {
		s.t.Fatal(err)
	}
	w, err := New(s.config, Settings{
		Edge: s.rig.Edge, Part: s.rig.Part, Metrics: s.metrics, Offsets: offsets, Hostname: "erp-01",
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return w
}

// follow starts a collector's life, which ends by s.stop, or with the test.
func (s *site) follow() {
	s.t.Helper()
	w := s.watcher()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	stopped := false
	s.stop = func() {
		if !stopped {
			stopped = true
			cancel()
			if err := <-done; err != nil {
				s.t.Errorf("Run: %v", err)
			}
		}
	}
	s.t.Cleanup(s.stop)
	bustest.Until(s.t, 20*time.Second, "the first look", func() bool {
		c := s.rig.Health.Checks()
		return len(c) == 1 && c[0].State != "starting"
	})
}

func (s *site) path(name string) string { return filepath.Join(s.dir, name) }

func (s *site) write(name, text string) {
	s.t.Helper()
	f, err := os.OpenFile(s.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := io.WriteString(f, text); err != nil {
		s.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) rename(from, to string) {
	s.t.Helper()
	if err := os.Rename(s.path(from), s.path(to)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) truncate(name string) {
	s.t.Helper()
	if err := os.Truncate(s.path(name), 0); err != nil {
		s.t.Fatal(err)
	}
}

// expect waits until exactly these bodies have come.
func (s *site) expect(want ...string) {
	s.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if got := s.rig.Reader.Bodies(); len(got) >= len(want) {
			break
		}
	}
	if diff := cmp.Diff(want, s.rig.Reader.Bodies()); diff != "" {
		s.t.Fatalf("entries (-want +got):\n%s", diff)
	}
}

func TestFollow(t *testing.T) {
	s := newSite(t)
	s.write("app.log", "old 1\nold 2\n")
	s.follow()
	s.write("app.log", "INFO new\nERROR boom\n\tat a.B\n\tat c.D\nCaused by: x\nWARN after\n")
	s.write("app2.log", "a file that came later\r\n\n\nis read whole")
	want := map[string]string{
		"INFO new": "app.log", "ERROR boom\n\tat a.B\n\tat c.D\nCaused by: x": "app.log", "WARN after": "app.log",
		"a file that came later": "app2.log", "is read whole": "app2.log",
	}
	bustest.Until(t, 20*time.Second, "all entries", func() bool { return len(s.rig.Reader.Bodies()) >= len(want) })
	records, origins := s.rig.Reader.Records()
	if len(records) != len(want) {
		t.Errorf("%d records, want %d: %q", len(records), len(want), s.rig.Reader.Bodies())
	}
	for i, r := range records {
		ls := telemetry.NewLabels(telemetry.Label{Name: "host", Value: "erp-01"}, telemetry.Label{Name: "service", Value: "erp"},
			telemetry.Label{Name: "file", Value: s.path(want[r.Body])})
		if diff := cmp.Diff(ls, origins[i]); diff != "" {
			t.Errorf("origin of %q (-want +got):\n%s", r.Body, diff)
		}
		if d := time.Since(time.UnixMilli(r.TimeMillis)); d < 0 || d > time.Minute {
			t.Errorf("time of %q is %v ago", r.Body, d)
		}
	}
	if got := records[0].Severity; records[0].Body == "INFO new" && got != telemetry.SeverityInfo {
		t.Errorf("severity = %d, want info", got)
	}
}

func TestRestartGoesOnWhereItEnded(t *testing.T) {
	s := newSite(t)
	s.config.Start = startBeginning
	s.write("app.log", "one\n")
	s.follow()
	s.expect("one")
	s.stop()
	s.write("app.log", "two\n")
	s.write("app-new.log", "came meanwhile\n")
	s.config.Start = startEnd // a file that came while nobody watched is new all the same
	s.follow()
	bustest.Until(t, 20*time.Second, "both", func() bool { return len(s.rig.Reader.Bodies()) == 3 })
	s.stop()
	s.follow()
	s.write("app.log", "three\n")
	bustest.Until(t, 20*time.Second, "three", func() bool { return len(s.rig.Reader.Bodies()) == 4 })
	if got := strings.Join(s.rig.Reader.Bodies(), " "); strings.Count(got, "one") != 1 || strings.Count(got, "two") != 1 {
		t.Errorf("entries %q, want each once", got)
	}
}

func TestRotationByRename(t *testing.T) {
	s := newSite(t)
	s.write("app.log", "")
	s.follow()
	s.write("app.log", "one\n")
	s.expect("one")
	s.rename("app.log", "app.log.1") // its writer has not noticed yet
	s.write("app.log.1", "two\n")
	s.expect("one", "two")
	s.write("app.log", "three\n")
	s.expect("one", "two", "three")
}

// A writer that goes on in the renamed file is read for as long as it does.
func TestRenamedFileIsReadWhileItGrows(t *testing.T) {
	s := newSite(t)
	s.config.Start = startBeginning
	w := s.watcher()
	defer w.close()
	poll := func() {
		t.Helper()
		w.discovered = time.Time{}
		w.poll(t.Context()) //nolint:errcheck // that no file matches is no matter here
	}
	s.write("app.log", "one\n")
	poll()
	s.rename("app.log", "app.log.1")
	poll()
	long := time.Now().Add(-2 * lingers)
	for _, tl := range w.tails {
		tl.gone, tl.grew = long, long
	}
	s.write("app.log.1", "two\nthree\n")
	// The last line waits for its continuation, for a while.
	bustest.Until(t, 20*time.Second, "all is read", func() bool { poll(); return len(s.rig.Reader.Bodies()) == 3 })
	s.expect("one", "two", "three")
	if len(w.tails) != 1 {
		t.Fatal("let go of while it grows")
	}
	for _, tl := range w.tails {
		tl.grew = long
	}
	poll()
	if len(w.tails) != 0 {
		t.Error("followed for ever")
	}
}

func TestRotationWhileStopped(t *testing.T) {
	s := newSite(t)
	s.config.Start = startBeginning
	s.write("app.log", "one\n")
	s.follow()
	s.expect("one")
	s.stop()
	s.write("app.log", "two\n")
	s.rename("app.log", "app.log.1")
	s.write("app.log", "three\n")
	s.follow()
	bustest.Until(t, 20*time.Second, "both", func() bool { return len(s.rig.Reader.Bodies()) == 3 })
	if got := strings.Join(s.rig.Reader.Bodies(), " "); !strings.Contains(got, "two") || !strings.Contains(got, "three") {
		t.Errorf("entries %q, want those of both files", got)
	}
}

func TestRotationWithinThePattern(t *testing.T) {
	s := newSite(t)
	s.config.Paths = []string{filepath.Join(s.dir, "app.log*")}
	s.config.Start = startBeginning
	s.write("app.log", "one\n")
	s.follow()
	s.expect("one")
	s.rename("app.log", "app.log.1")
	s.write("app.log", "two\n")
	s.expect("one", "two")
}

// A device has another number after a reboot: the file is the same.
func TestDeviceNumberChanges(t *testing.T) {
	s := newSite(t)
	s.config.Start = startBeginning
	s.write("app.log", "one\ntwo\n")
	s.follow()
	s.expect("one", "two")
	s.stop()
	o, err := OpenOffsets(s.offsets)
	if err != nil {
		t.Fatal(err)
	}
	for id, p := range o.files {
		delete(o.files, id)
		p.Device++
		o.set(p)
	}
	if err := o.Save(); err != nil {
		t.Fatal(err)
	}
	s.write("app.log", "three\n")
	s.follow()
	s.expect("one", "two", "three")
}

// A file that was empty is no other one for having the same beginning: none.
func TestEmptyFileIsRenamedWhileStopped(t *testing.T) {
	s := newSite(t)
	s.write("app1.log", "")
	s.follow()
	s.stop()
	s.rename("app1.log", "app2.log")
	s.write("app2.log", "one\n")
	s.follow()
	s.expect("one")
	if _, origins := s.rig.Reader.Records(); origins[0].Get("file") != s.path("app2.log") {
		t.Errorf("origin %v, want the new path", origins[0])
	}
}

// Of two sets that match one file the second says so; its position could be that of one only.
func TestTwoSetsOfOneFile(t *testing.T) {
	s := newSite(t)
	s.config.Start = startBeginning
	s.write("app.log", "one\n")
	one := s.watcher()
	defer one.close()
	s.config.Service = "other"
	two := s.watcher()
	two.Offsets = one.Offsets
	defer two.close()
	if _, err := one.poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := two.poll(t.Context()); err == nil || !strings.Contains(err.Error(), "followed by \"erp ") {
		t.Errorf("second set: %v; want that the first follows the file", err)
	}
	one.close()
	two.discovered = time.Time{}
	if _, err := two.poll(t.Context()); err != nil && strings.Contains(err.Error(), "followed") {
		t.Errorf("second set, once the first has gone: %v", err)
	}
}

// copytruncate with a pattern that matches the copy, too: what the copy holds was told already.
func TestTruncationBehindACopy(t *testing.T) {
	s := newSite(t)
	s.config.Start = startBeginning
	s.config.FlushAfter = 10 * time.Millisecond
	w := s.watcher()
	defer w.close()
	poll := func() {
		t.Helper()
		w.discovered = time.Time{}
		if _, err := w.poll(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	published := func() int64 {
		var n int64
		for _, tl := range w.tails {
			n = max(n, tl.published)
		}
		return n
	}
	text := strings.Repeat("a line of the log that is long enough\n", 20)
	s.write("app.log", text)
	bustest.Until(t, 20*time.Second, "all lines", func() bool { poll(); return published() == int64(len(text)) })
	s.write("app-20260101.log", text+"written before the copy\n")
	s.truncate("app.log")
	for _, tl := range w.tails { // the truncation may be seen before the copy is
		if _, err := w.follow(t.Context(), tl); err != nil {
			t.Fatal(err)
		}
	}
	bustest.Until(t, 20*time.Second, "the rest", func() bool { poll(); return len(s.rig.Reader.Bodies()) >= 21 })
	s.write("app-other.log", strings.Repeat("a line of the log that is long enough\n", 10)+"of another\n"+text)
	bustest.Until(t, 20*time.Second, "another file that begins alike", func() bool { poll(); return len(s.rig.Reader.Bodies()) >= 52 })
	if got := s.rig.Reader.Bodies(); len(got) != 52 || got[20] != "written before the copy" {
		t.Errorf("%d entries, the 21st %q", len(got), got[20])
	}
}

func TestTruncation(t *testing.T) {
	s := newSite(t)
	s.write("app.log", "")
	s.follow()
	s.write("app.log", "one, which is long enough to be longer\n")
	s.expect("one, which is long enough to be longer")
	s.truncate("app.log")
	bustest.Until(t, 20*time.Second, "the truncation", func() bool { return s.rig.Counters(t)["log_truncations_total"] == 1 })
	s.write("app.log", "two\n")
	s.expect("one, which is long enough to be longer", "two")
}

// A file that was emptied and has grown beyond its old size between two looks.
func TestTruncationUnseen(t *testing.T) {
	s := newSite(t)
	s.config.Start = startBeginning
	s.write("app.log", "one\n")
	s.follow()
	s.expect("one")
	s.stop()
	s.truncate("app.log")
	s.write("app.log", "two\nthree\n")
	s.follow()
	s.expect("one", "two", "three")
	if got := s.rig.Counters(t)["log_truncations_total"]; got != 0 {
		t.Errorf("truncations = %v; a restart sees another file, want 0", got)
	}
}

// A writer that does not notice the truncation goes on at its old position: the file begins with a hole.
func TestTruncationLeavesAHole(t *testing.T) {
	s := newSite(t)
	s.write("app.log", "")
	s.follow()
	f, err := os.OpenFile(s.path("app.log"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	long := strings.Repeat("x", 200_000)
	fmt.Fprintln(f, long) //nolint:errcheck // seen by what comes
	s.expect(long)
	s.truncate("app.log")
	bustest.Until(t, 20*time.Second, "the truncation", func() bool { return s.rig.Counters(t)["log_truncations_total"] == 1 })
	fmt.Fprintln(f, "two") //nolint:errcheck // seen by what comes
	s.expect(long, "two")
}

func TestBinaryFileIsLeftOut(t *testing.T) {
	s := newSite(t)
	s.config.Start = startBeginning
	s.write("app.log", "text\n")
	s.write("app-wtmp.log", "\x07\x00\x00\x00binary\n\x00")
	s.follow()
	s.write("app-wtmp.log", "more\n")
	s.write("app.log", "more text\n")
	s.expect("text", "more text")
	if n := s.rig.Logs.FilterMessageSnippet("binary file left out").Len(); n != 1 {
		t.Errorf("said %d times, want once", n)
	}
	if got := s.rig.Counters(t)["log_binary_files_total"]; got != 1 {
		t.Errorf("log_binary_files_total = %v, want 1", got)
	}
}

// One NUL, as a copied value has it, costs neither the lines before it nor those after it.
func TestNULInText(t *testing.T) {
	s := newSite(t)
	s.config.Start = startBeginning
	s.write("app.log", "before\nwith a \x00\x00 in it\n")
	s.follow()
	s.write("app.log", "after\n\x00\n")
	s.expect("before", "with a \uFFFD in it", "after")
}

// A power cut leaves a hole before what is written after the start, however long.
func TestPowerCutLeavesAHole(t *testing.T) {
	s := newSite(t)
	s.config.Start = startBeginning
	s.write("app.log", "before\n"+strings.Repeat("\x00", 300<<10)+"after\nhalf a l"+strings.Repeat("\x00", 5000)+"and the next\n")
	s.follow()
	s.expect("before", "after", "half a l\uFFFDand the next")
}

// A file that was binary is looked at anew once it has been emptied, and what it held before that was text is told.
func TestBinaryFileBecomesText(t *testing.T) {
	s := newSite(t)
	s.config.Start = startBeginning
	s.config.FlushAfter = time.Minute // what waits for its continuation is published nevertheless
	s.write("app.log", "text\n")
	s.follow()
	s.truncate("app.log")
	bustest.Until(t, 20*time.Second, "the truncation", func() bool { return s.rig.Counters(t)["log_truncations_total"] == 1 })
	s.write("app.log", "x\x00y\n")
	s.expect("text")
	bustest.Until(t, 20*time.Second, "the binary file", func() bool { return s.rig.Counters(t)["log_binary_files_total"] == 1 })
	s.truncate("app.log")
	bustest.Until(t, 20*time.Second, "the truncation", func() bool { return s.rig.Counters(t)["log_truncations_total"] == 2 })
	s.write("app.log", "text again\nand more\n")
	s.expect("text", "text again")
}

// A binary file that is there at the start is left out, although it is read from its end only.
func TestBinaryFileFromItsEnd(t *testing.T) {
	s := newSite(t)
	s.write("app.log", "")
	s.write("app-wtmp.log", strings.Repeat("\x07\x00\x00\x00", 100))
	s.follow()
	s.write("app-wtmp.log", "\x07\x00\x00\x00root\n")
	bustest.Until(t, 20*time.Second, "the binary", func() bool { return s.rig.Counters(t)["log_binary_files_total"] == 1 })
	s.write("app.log", "text\n")
	s.expect("text")
}

// gbk is "错误: 磁盘已满" as products for China write it.
const gbk = "\xb4\xed\xce\xf3: \xb4\xc5\xc5\xcc\xd2\xd1\xc2\xfa"

func TestEncoding(t *testing.T) {
	s := newSite(t)
	s.config.Start, s.config.Encoding = startBeginning, encodingGB18030
	s.config.FirstLine = "^(错误|next)"
	s.write("app.log", gbk+"\n"+"more\n"+"next \xff\n")
	s.follow()
	s.expect("错误: 磁盘已满\nmore", "next \uFFFD")
	if records, _ := s.rig.Reader.Records(); records[0].Severity != telemetry.SeverityError {
		t.Errorf("severity = %d, want that of the decoded text", records[0].Severity)
	}
}

// What is lost by the wrong encoding is counted, and said once with the key that mends it.
func TestWrongEncodingIsSaid(t *testing.T) {
	s := newSite(t)
	s.config.Start = startBeginning
	s.write("app.log", "one\n"+gbk+"\n"+gbk+"\n")
	s.follow()
	bustest.Until(t, 20*time.Second, "all", func() bool { return len(s.rig.Reader.Bodies()) == 3 })
	if n := s.rig.Logs.FilterMessageSnippet("set encoding: gb18030").Len(); n != 1 {
		t.Errorf("said %d times, want once", n)
	}
	if got := s.rig.Counters(t)["log_invalid_lines_total"]; got != 2 {
		t.Errorf("log_invalid_lines_total = %v, want 2", got)
	}
}

// What is no UTF-8 grows when it is replaced: an entry stays within its bound, and its batch within the bus'.
func TestReplacementsAreBounded(t *testing.T) {
	s := newSite(t)
	s.config.Start = startBeginning
	s.write("app.log", strings.Repeat("a\xff", 300<<10)+"\nafter\n")
	s.follow()
	bustest.Until(t, 20*time.Second, "both", func() bool { return len(s.rig.Reader.Bodies()) == 2 })
	if got := len(s.rig.Reader.Bodies()[0]); got > 257<<10 {
		t.Errorf("entry of %d bytes, want at most 256 KiB and the mark", got)
	}
	if _, bytes := s.rig.Reader.Largest(); bytes > 512<<10 {
		t.Errorf("a message of %d bytes, want at most 512 KiB", bytes)
	}
}

func TestLongLinesAreCut(t *testing.T) {
	s := newSite(t)
	s.config.Start = startBeginning
	s.write("app.log", "before\n"+strings.Repeat("x", 10<<20)+"\nafter \xff\xfe\n")
	s.follow()
	cut := strings.Repeat("x", 256<<10) + fmt.Sprintf(" …[%d bytes cut]", 10<<20-256<<10)
	s.expect("before", cut, "after \uFFFD")
	if got := s.rig.Counters(t)["log_entries_cut_total"]; got != 1 {
		t.Errorf("log_entries_cut_total = %v, want 1", got)
	}
	if _, bytes := s.rig.Reader.Largest(); bytes > 512<<10 {
		t.Errorf("a message of %d bytes, want at most 512 KiB", bytes)
	}
}

func TestManyLinesInBoundedBatches(t *testing.T) {
	s := newSite(t)
	s.config.Start = startBeginning
	var text bytes.Buffer
	for i := range 60_000 {
		fmt.Fprintf(&text, "2026-01-02 03:04:05 INFO line %d of a log that is read from its beginning\n", i)
	}
	s.write("app.log", text.String())
	s.follow()
	bustest.Until(t, 20*time.Second, "all lines", func() bool { return len(s.rig.Reader.Bodies()) == 60_000 })
	for i, b := range s.rig.Reader.Bodies() {
		if !strings.Contains(b, fmt.Sprintf(" line %d of", i)) {
			t.Fatalf("entry %d is %q, want order kept", i, b)
		}
	}
	if _, bytes := s.rig.Reader.Largest(); bytes > 512<<10 {
		t.Errorf("a message of %d bytes, want at most 512 KiB", bytes)
	}
}

func TestFirstLinePattern(t *testing.T) {
	s := newSite(t)
	s.config.Start = startBeginning
	s.config.FirstLine = `^\d{4}-`
	s.write("app.log", "2026-01-02 select\nfrom orders\n\nwhere x\n2026-01-02 next\n")
	s.follow()
	s.expect("2026-01-02 select\nfrom orders\n\nwhere x", "2026-01-02 next")
}

func TestNothingIsLostWhileTheBusRefuses(t *testing.T) {
	s := newSite(t)
	s.config.Start = startBeginning
	s.write("app.log", "one\n")
	working := s.rig.Edge.Publisher
	broken, err := s.rig.Bus.NewPublisher("broken")
	if err != nil {
		t.Fatal(err)
	}
	if err := broken.Close(); err != nil {
		t.Fatal(err)
	}
	s.rig.Edge.Publisher = broken
	s.follow()
	bustest.Until(t, 20*time.Second, "the trouble", func() bool { return strings.Contains(s.rig.Health.Checks()[0].Message, "look at the bus") })
	s.stop()
	s.rig.Edge.Publisher = working
	s.follow()
	s.expect("one")
}

func TestTroubleNamesTheRemedy(t *testing.T) {
	s := newSite(t)
	s.follow()
	if m := s.rig.Health.Checks()[0].Message; !strings.Contains(m, "no file matches; correct paths") {
		t.Errorf("message = %q, want that no file matches", m)
	}
	s.write("app.log", "one\n")
	s.expect("one")
	bustest.Until(t, 20*time.Second, "all is well", func() bool { return s.rig.Health.Checks()[0].Message == "" })
}

func TestRunLetsGoOfFiles(t *testing.T) {
	s := newSite(t)
	s.write("app.log", "")
	s.follow()
	s.write("app.log", "one\n")
	s.expect("one")
	s.stop()
	if got := s.rig.Counters(t)["log_files"]; got != 0 {
		t.Errorf("log_files = %v, want 0", got)
	}
}

func BenchmarkFollow(b *testing.B) {
	s := newSite(b)
	s.config.Start = startBeginning
	var text bytes.Buffer
	const lines = 20_000
	for i := range lines {
		fmt.Fprintf(&text, "2026-01-02 03:04:05.678 INFO [http-nio-8080-exec-7] com.example.OrderService - order %d stored in 12 ms\n", i)
	}
	offsets, err := OpenOffsets(s.offsets)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(text.Len()))
	n := 0
	for b.Loop() {
		b.StopTimer()
		n++
		s.config.Paths = []string{s.path(fmt.Sprintf("app%d.log", n))}
		s.write(fmt.Sprintf("app%d.log", n), text.String())
		w, err := New(s.config, Settings{Edge: s.rig.Edge, Part: s.rig.Part, Metrics: s.metrics, Offsets: offsets, Hostname: "h"})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		for more := true; more; {
			if more, err = w.poll(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
		b.StopTimer()
		w.close()
		b.StartTimer()
	}
	b.ReportMetric(float64(lines*n)/b.Elapsed().Seconds(), "lines/s")
}
