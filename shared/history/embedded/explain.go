package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
)

var damagedBlock = regexp.MustCompile(`corrupted block ([0-9A-Z]{26})`)

// explain adds what to do to an error of opening a database.
func explain(dir string, err error) error {
	text := err.Error()
	switch block := damagedBlock.FindStringSubmatch(text); {
	case block != nil:
		from := filepath.Join(dir, block[1])
		return fmt.Errorf("a block of history is damaged: %w; "+
			"move it away (mv %s %s.damaged) and start again: all other blocks stay readable", err, from, from)
	case strings.Contains(text, "repair corrupted W"):
		wal := filepath.Join(dir, "wal")
		return fmt.Errorf("the log of the last hours of history is damaged beyond repair: %w; "+
			"move it away (mv %s %s.damaged) and start again: older history stays readable", err, wal, wal)
	case errors.Is(err, syscall.EWOULDBLOCK):
		return fmt.Errorf("history in %s is in use: %w; stop the other Forewarn or Prometheus that has it open, or choose another data directory", dir, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("open history: %w; give the user that runs Forewarn write access to %s", err, dir)
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("open history: %w; free space on the disk of %s and start again", err, dir)
	default:
		return fmt.Errorf("open history in %s: %w; see that the directory is one of Forewarn's and its disk works", dir, err)
	}
}
