package chaos

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/pause"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// writeLog appends a numbered line to the log that the collector follows at each interval until ctx ends, and returns how
// many it has written.
func writeLog(ctx context.Context, path string) (lines int, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer f.Close() //nolint:errcheck // each line is written by one call
	for pause.For(ctx, feedInterval) {
		if _, err := fmt.Fprintln(f, logLine(lines)); err != nil {
			return lines, err
		}
		lines++
	}
	return lines, nil
}

// logLine is a line of the log; after a while the first ones that say that something is full.
func logLine(n int) string {
	if n%7 == 3 {
		return fmt.Sprintf("ORA-01654: unable to extend index NC.IDX_%d by 128 in tablespace NNC_INDEX01", n)
	}
	return fmt.Sprintf("Thread 1 advanced to log sequence %d", n)
}

// lines counts what the bus has of the log that the collector follows: each line must be there, and one that came again is counted.
func (d *differences) lines(written int, path string, input map[string][]said) (lost, doubled int, err error) {
	count := map[string]int{}
	for name, all := range input {
		for _, m := range all {
			if isMetrics(name) || !strings.HasSuffix(m.subject, ".batch") {
				continue
			}
			if err := m.countLines(path, count); err != nil {
				return 0, 0, err
			}
		}
	}
	for n := range written {
		switch c := count[logLine(n)]; {
		case c == 0:
			lost++
		default:
			doubled += c - 1
		}
	}
	if lost > 0 {
		d.add("of %d lines of a log %d are not on the bus", written, lost)
	}
	return lost, doubled, nil
}

// countLines counts the lines that a batch has of a file.
func (m *said) countLines(path string, into map[string]int) error {
	batches, err := telemetry.DecodeLogs(m.data)
	if err != nil {
		return fmt.Errorf("message %d on %s: %w", m.seq, m.subject, err)
	}
	for _, b := range batches {
		if b.Origin.Get("file") != path {
			continue
		}
		for _, r := range b.Records {
			into[r.Body]++
		}
	}
	return nil
}

// deadLetters says what is among the dead letters: nothing should be.
func (d *differences) deadLetters(all []said) {
	for n, m := range all {
		if n < most {
			d.add("dead letter on %s: %v", m.subject, m.header[bus.HeaderReason])
		}
	}
}

// logged is what [writeLog] returned.
type logged struct {
	lines int
	err   error
}

// follow starts writing the log; the result comes when ctx has ended.
func follow(ctx context.Context, path string) <-chan logged {
	done := make(chan logged, 1)
	go func() {
		n, err := writeLog(ctx, path)
		done <- logged{n, err}
	}()
	return done
}

// brief is a duration as people read it.
func brief(d time.Duration) string { return fmt.Sprintf("%.1fs", d.Seconds()) }
