package embedded_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// victimDir names the directory to which a re-executed test binary appends until it is killed.
const victimDir = "FOREWARN_TEST_HISTORY_VICTIM"

const (
	victimSeries = 200
	lateEvery    = 4
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimDir); dir != "" {
		if err := appendForEver(dir, os.Getenv(victimDir+"_START"), os.Getenv(victimDir+"_FIRST")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// appendForEver prints each step after its append has returned. Every fourth step comes late: behind the one
// after it, so that it takes the out-of-order log.
func appendForEver(dir, startText, firstText string) error {
	start, err := time.Parse(time.RFC3339, startText)
	if err != nil {
		return err
	}
	first, err := strconv.Atoi(firstText)
	if err != nil {
		return err
	}
	s, err := embedded.Open(config(), embedded.Settings{Logger: zap.NewNop(), Dir: dir})
	if err != nil {
		return err
	}
	fleet := historytest.Fleet("v", victimSeries)
	var b telemetry.Batch
	for k := first; ; k++ {
		steps := []int{k}
		if k%lateEvery == 0 {
			k++
			steps = []int{k, k - 1}
		}
		for _, step := range steps {
			historytest.Fill(&b, fleet, start, 100*time.Millisecond, step, 1)
			if n, err := s.Append(context.Background(), &b); err != nil || n.Refused() > 0 {
				return fmt.Errorf("append: %+v, %w", n, err)
			}
		}
		fmt.Println(k)
	}
}

// TestKill: guarantee 1, a sample for which Append returned survives kill -9, whether it came in order or late.
func TestKill(t *testing.T) {
	dir, start := t.TempDir(), time.Now().Add(-20*time.Minute).Truncate(time.Second)
	first := 0
	for round := range 4 {
		last := killAfter(t, dir, start, first, 150+50*round)
		s := open(t, dir, zap.NewNop())
		got := historytest.Read(t, s, start, start.Add(time.Hour), "v")
		if len(got) != victimSeries {
			t.Fatalf("round %d: %d series, want %d", round, len(got), victimSeries)
		}
		for name, points := range got {
			if len(points) <= last {
				t.Fatalf("round %d: %s has %d samples, want more than %d", round, name, len(points), last)
			}
			for k := range last + 1 {
				want := historytest.Points(telemetry.Sample{
					TimeMillis: start.Add(time.Duration(k) * 100 * time.Millisecond).UnixMilli(), Value: float64(k),
				})[0]
				if points[k] != want {
					t.Fatalf("round %d: %s: sample %d is %v, want %v", round, name, k, points[k], want)
				}
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		first = last + 1
	}
}

// killAfter lets a victim append until it has said a number of steps, kills it and returns the last one that it
// had said.
func killAfter(t *testing.T, dir string, start time.Time, first, steps int) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), victimDir+"="+dir, victimDir+"_START="+start.Format(time.RFC3339), victimDir+"_FIRST="+strconv.Itoa(first))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	last, said := -1, 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if last, err = strconv.Atoi(lines.Text()); err != nil {
			t.Fatal(err)
		}
		if said++; said == steps {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || said < steps {
		t.Fatalf("the victim ended by itself after %d steps: %v", said, err)
	}
	return last
}
