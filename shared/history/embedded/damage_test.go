package embedded_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// fill appends steps of 20 series, one by one, every one of them and then a late one before the first.
func fill(t *testing.T, s *embedded.Store, start time.Time, first, steps int) {
	t.Helper()
	fleet := historytest.Fleet("v", 20)
	var b telemetry.Batch
	for k := first; k < first+steps; k++ {
		for _, step := range []int{k, -k - 1} {
			historytest.Fill(&b, fleet, start, time.Second, step, 1)
			if n, err := s.Append(t.Context(), &b); err != nil || n.Refused() > 0 {
				t.Fatalf("append: %+v, %v", n, err)
			}
		}
	}
}

func count(t *testing.T, s *embedded.Store, start time.Time) int {
	t.Helper()
	return historytest.Count(historytest.Read(t, s, start.Add(-time.Hour), start.Add(time.Hour), "v"))
}

// A torn tail of either log, as a sudden end leaves it, costs what was in it and nothing else: late samples that
// were logged before stay, now and after the next start.
func TestTornLog(t *testing.T) {
	for _, log := range []string{"wal", "wbl"} {
		t.Run(log, func(t *testing.T) {
			dir, start := t.TempDir(), time.Now().Add(-20*time.Minute).Truncate(time.Second)
			s := open(t, dir, nil)
			fill(t, s, start, 0, 100)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			garbage(t, filepath.Join(dir, log, "00000000"))

			core, logs := observer.New(zapcore.WarnLevel)
			s = open(t, dir, zap.New(core))
			if logs.FilterMessageSnippet("has been repaired").Len() == 0 {
				t.Errorf("no word about the repair in %v", logs.All())
			}
			fill(t, s, start, 100, 10)
			for range 2 {
				if got := count(t, s, start); got != 110*2*20 {
					t.Errorf("%d samples, want %d", got, 110*2*20)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				s = open(t, dir, nil)
			}
		})
	}
}

// garbage puts what is no record where the next one would be.
func garbage(t *testing.T, name string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(strings.Repeat("\x01\x40\xffgarbage", 200)); err != nil {
		t.Fatal(err)
	}
}

func TestOpenSaysWhatToDo(t *testing.T) {
	f := func(prepare func(dir string), want ...string) {
		t.Helper()
		dir := filepath.Join(t.TempDir(), "history")
		prepare(dir)
		s, err := embedded.Open(config(), embedded.Settings{Logger: zap.NewNop(), Dir: dir})
		if err == nil {
			s.Close()
			t.Fatalf("no error, want mention of %q", want)
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("error %q does not mention %q", err, w)
			}
		}
	}
	write := func(name, content string) {
		if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	const block = "01JD5N6M7Q8R9S0T1V2W3X4Y5Z"
	f(func(dir string) {
		write(filepath.Join(dir, block, "meta.json"), `{"ulid":"`+block+`","version":1,"minTime":0,"maxTime":7200000}`)
		write(filepath.Join(dir, block, "index"), "no index")
	}, "damaged", "mv ", block+".damaged")
	f(func(dir string) { write(dir, "a file") }, "not a directory", "see that")
	f(func(dir string) { open(t, dir, nil) }, "in use", "stop the other")
	f(func(dir string) { write(filepath.Join(dir, "wal"), "a file") }, "see that")
}
