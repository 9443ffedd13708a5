package chaos

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// What a ledger tells of a batch.
const (
	intended     = "i"
	acknowledged = "a"
)

// ledger is where a feed writes what it is about to send and what was acknowledged. A line is written by one call, and the
// kernel keeps it when the process is killed.
type ledger struct {
	file *os.File
	last int // step
}

// entry is a line of a ledger.
type entry struct {
	what, stream string
	step         int
	hash         uint64
}

func openLedger(path string) (*ledger, error) {
	all, err := readLedger(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	l := &ledger{last: -1}
	for _, e := range all {
		l.last = max(l.last, e.step)
	}
	l.file, err = os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	return l, err
}

// next returns the first step of this life.
func (l *ledger) next() int { return l.last + 1 }

func (l *ledger) note(what string, step int, b batch) error {
	_, err := fmt.Fprintf(l.file, "%s %s %d %016x\n", what, b, step, b.hash())
	return err
}

func (l *ledger) close() { l.file.Close() } //nolint:errcheck,gosec // each line is written

// readLedger reads what all lives have written. A line that a kill has cut off is passed over.
func readLedger(path string) (all []entry, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(data)) {
		var e entry
		if _, err := fmt.Sscanf(line, "%s %s %d %x\n", &e.what, &e.stream, &e.step, &e.hash); err == nil && strings.HasSuffix(line, "\n") {
			all = append(all, e)
		}
	}
	return all, nil
}
