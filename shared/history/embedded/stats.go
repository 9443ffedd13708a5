package embedded

import (
	"time"

	"github.com/forewarn/forewarn/shared/history"
)

// Stats returns what the store holds; zero while it is being repaired or closed.
func (s *Store) Stats() history.Stats {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.db == nil {
		return history.Stats{}
	}
	head := s.db.Head()
	out := history.Stats{
		Series: int(head.NumSeries()), Bytes: head.Size(),
		CompactionFailures: int(s.watch.value(compactionFailures)),
	}
	oldest, newest := head.MinTime(), head.MaxTime()
	for _, b := range s.db.Blocks() {
		meta := b.Meta()
		oldest = min(oldest, meta.MinTime)
		if out.Series == 0 { // else the newest is in memory; a block ends at a round time, often of the future
			newest = max(newest, meta.MaxTime)
		}
		out.Bytes += b.Size()
		out.Blocks++
	}
	if oldest <= newest {
		out.Oldest, out.Newest = time.UnixMilli(oldest), time.UnixMilli(newest)
	}
	return out
}
