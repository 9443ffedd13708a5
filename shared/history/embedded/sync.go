package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/prometheus/prometheus/tsdb/wlog"
)

// syncedLog is one of the TSDB's logs, and the segment up to which it is on disk: segments are only appended to,
// and only the last one.
type syncedLog struct {
	dir  string
	from int
}

func newSyncedLogs(dir string) [2]syncedLog {
	return [2]syncedLog{{dir: filepath.Join(dir, "wal")}, {dir: filepath.Join(dir, wlog.WblDirName)}}
}

// Sync forces the logs to disk. Without appends since the last time it costs nothing; the first one after the
// start covers what an earlier process had left.
func (s *Store) Sync() error {
	s.syncMu.Lock()
	defer s.syncMu.Unlock()
	s.appendMu.Lock()
	appended, err := s.appended, errors.Join(s.dead, s.torn)
	s.appendMu.Unlock()
	if err != nil || appended == s.synced {
		return err
	}
	for i := range s.logs {
		if err := s.logs[i].sync(); err != nil {
			return fmt.Errorf("force history to disk: %w; see that the disk of %s works", err, s.dir)
		}
	}
	s.synced = appended
	return nil
}

func (l *syncedLog) sync() error {
	_, last, err := wlog.Segments(l.dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && last < 0 {
		return nil // no out-of-order window, no such log
	}
	if err != nil {
		return err
	}
	for i := l.from; i <= last; i++ {
		// A segment that is gone has been put into a block or a checkpoint, which the TSDB syncs.
		if err := fsync(wlog.SegmentName(l.dir, i)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := fsync(l.dir); err != nil {
		return err
	}
	l.from = last
	return nil
}

func fsync(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
