package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/fileutil"
	"github.com/prometheus/prometheus/util/compression"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/memo"
)

// Sizes for a machine whose memory belongs to others.
const (
	stripeSize      = 1024
	walSegmentBytes = 16 << 20
	minBlock        = 2 * time.Hour
	// maxBlock keeps the step in which space is given back, and the memory that a compaction takes, small.
	maxBlock = 81 * minBlock
	// maxRefs is of how many series the references are remembered, 50 bytes each.
	maxRefs = 4 << 20
	// maintainInterval is how often full chunks move from memory to mapped files.
	maintainInterval = time.Minute
	// repairRoom is the space that the repair of a log may need. One that runs out of it loses the segment.
	repairRoom = 4 * walSegmentBytes
	// lockFile is the one that Prometheus would take, too.
	lockFile = "lock"
	// never: the TSDB's own timer would move chunks without looking at the free space first.
	never = 10 * 365 * 24 * time.Hour
)

// Settings is what a store is opened with beside its configuration.
type Settings struct {
	Logger *zap.Logger
	// Dir is the directory of the database; it is created if it is missing.
	Dir string
	// Now is this machine's clock, against which samples of the future are judged; nil means time.Now.
	Now func() time.Time
}

// Store is an embedded TSDB. Make it by [Open].
type Store struct {
	cfg    history.Config
	dir    string
	logger *zap.Logger
	now    func() time.Time
	// lock is held from Open to Close: the TSDB would lose its own when opening it again fails half way.
	lock fileutil.Releaser

	// mu guards db. Whoever uses the database holds it for reading, a querier until it is closed; opening anew
	// and closing hold it for writing.
	mu    sync.RWMutex
	db    *tsdb.DB
	watch *watch

	// appendMu makes appends follow one another, so that nothing is written behind a record that failed. It
	// guards what follows, and is taken before mu.
	appendMu sync.Mutex
	clock    clock
	// refs are the TSDB's references by fingerprint, so that the labels of a known series are never looked at. One may have gone
	// stale: the TSDB says so when it is used.
	refs    *memo.Cache[storage.SeriesRef]
	builder labels.ScratchBuilder
	// appended counts batches; Sync compares it with what it has seen.
	appended uint64
	// torn is why the database must be opened anew before it may be written.
	torn error
	// dead is why it cannot be used again by this process.
	dead error

	syncMu sync.Mutex
	synced uint64
	logs   [2]syncedLog

	stop chan struct{}
	done chan struct{}
}

var _ history.Store = (*Store)(nil)

// Open opens or creates the database in s.Dir and replays its log, which takes seconds for a million samples. A
// damaged log is repaired up to the damage, and a warning logged. Errors say what to do.
func Open(cfg history.Config, s Settings) (*Store, error) {
	if s.Now == nil {
		s.Now = time.Now
	}
	if err := os.MkdirAll(s.Dir, 0o750); err != nil {
		return nil, explain(s.Dir, err)
	}
	st := &Store{
		cfg: cfg, dir: s.Dir, logger: s.Logger.Named("history"), now: s.Now, clock: newClock(s.Now),
		refs: memo.New[storage.SeriesRef](maxRefs), builder: labels.NewScratchBuilder(16),
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	st.logs = newSyncedLogs(s.Dir)
	var err error
	if st.lock, _, err = fileutil.Flock(filepath.Join(s.Dir, lockFile)); err != nil {
		return nil, explain(s.Dir, fmt.Errorf("lock: %w", err))
	}
	if err := st.openDB(); err != nil {
		return nil, errors.Join(err, st.lock.Release())
	}
	if newest := st.db.Head().MaxTime(); newest > st.horizon() {
		st.logger.Warn("history holds samples from the future; samples are refused until the clock has caught up",
			zap.Time("newest", time.UnixMilli(newest)), zap.String("remedy", "correct this machine's clock, or move the history directory away"))
	}
	go st.maintain()
	return st, nil
}

// openDB opens the database. The caller is the only user of s.db.
func (s *Store) openDB() error {
	db, w, err := s.openTSDB()
	if err == nil && w.value(corruptions) > 0 {
		// After a repair the TSDB has skipped the out-of-order log, which it would delete after the next
		// compaction. Opened again, the logs are whole and are read whole.
		s.logger.Warn("history was damaged, as by a sudden end, and has been repaired", zap.String("dir", s.dir))
		if err = db.Close(); err == nil {
			db, w, err = s.openTSDB()
		}
	}
	if err != nil {
		return explain(s.dir, err)
	}
	s.db, s.watch = db, w
	return nil
}

func (s *Store) openTSDB() (*tsdb.DB, *watch, error) {
	opts := tsdb.DefaultOptions()
	opts.RetentionDuration = s.cfg.Retention.Milliseconds()
	opts.MaxBytes = int64(s.cfg.RetentionSize)
	opts.OutOfOrderTimeWindow = s.cfg.OutOfOrderWindow.Milliseconds()
	opts.MinBlockDuration = minBlock.Milliseconds()
	opts.MaxBlockDuration = max(minBlock, min(maxBlock, s.cfg.Retention/10)).Milliseconds()
	opts.WALCompression = compression.Snappy
	opts.WALSegmentSize = walSegmentBytes
	opts.StripeSize = stripeSize
	opts.HeadChunksWriteBufferSize = chunks.MinWriteBufferSize
	opts.BlockReloadInterval = never
	opts.NoLockfile = true
	w := newWatch()
	db, err := tsdb.Open(s.dir, newSlog(s.logger), w, opts, nil)
	return db, w, err
}

// reopen closes a database whose log took a write in part, and opens it anew, which cuts the part off. The
// caller holds appendMu.
func (s *Store) reopen() error {
	if err := s.room(repairRoom); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db != nil {
		if err := s.db.Close(); err != nil {
			s.logger.Warn("close history for repair", zap.Error(err)) // as expected: what failed once fails again
		}
		s.db = nil
	}
	// A new database may give a series another reference.
	s.refs.Clear()
	if err := s.openDB(); err != nil {
		return fmt.Errorf("repair history after a failed write: %w", err)
	}
	s.logger.Info("history writes again")
	s.torn = nil
	return nil
}

// maintain moves full chunks out of memory, and only while there is room: the TSDB panics when it cannot.
func (s *Store) maintain() {
	defer close(s.done)
	tick := time.NewTicker(maintainInterval)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
			s.mapChunks()
		}
	}
}

func (s *Store) mapChunks() {
	s.appendMu.Lock()
	defer s.appendMu.Unlock()
	if s.dead != nil || s.torn != nil || s.room(s.cfg.Reserve) != nil {
		return
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.guard(func() error { s.db.ForceHeadMMap(); return nil }); err != nil {
		s.logger.Error("move chunks out of memory", zap.Error(err))
	}
}

// guard turns a panic of the TSDB into an error. It panics on failing writes of chunks, and holds locks then: the
// database must not be touched again. The caller holds appendMu.
func (s *Store) guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.dead = fmt.Errorf("history in %s cannot go on: %v; free space or repair the disk, then restart Forewarn. "+
				"Nothing is lost: the bus keeps what is not yet stored", s.dir, p)
			err = s.dead
		}
	}()
	return f()
}

// Querier returns a querier over the samples from mint to maxt, Unix milliseconds, both included.
func (s *Store) Querier(mint, maxt int64) (storage.Querier, error) {
	s.mu.RLock()
	q, err := s.querier(mint, maxt)
	if err != nil {
		s.mu.RUnlock()
		return nil, err
	}
	return &querier{Querier: q, release: sync.OnceFunc(s.mu.RUnlock)}, nil
}

func (s *Store) querier(mint, maxt int64) (storage.Querier, error) {
	select {
	case <-s.stop:
		return nil, history.ErrClosed
	default:
	}
	if s.db == nil {
		return nil, fmt.Errorf("history in %s is being repaired; try again", s.dir)
	}
	return s.db.Querier(mint, maxt)
}

// querier keeps the database open until it is closed.
type querier struct {
	storage.Querier
	release func()
}

func (q *querier) Close() error {
	defer q.release()
	return q.Querier.Close()
}

// Close waits for open queriers, ends a running compaction and closes the database.
func (s *Store) Close() error {
	s.appendMu.Lock()
	defer s.appendMu.Unlock()
	if errors.Is(s.dead, history.ErrClosed) {
		return nil
	}
	dead := s.dead
	s.dead = history.ErrClosed
	close(s.stop)
	s.appendMu.Unlock() // maintain may be waiting for it
	<-s.done
	s.appendMu.Lock()
	if dead != nil {
		return nil // locks are held inside for ever; the log on disk has everything
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	if s.db != nil {
		err = s.guard(s.db.Close)
		s.db, s.dead = nil, history.ErrClosed
	}
	return errors.Join(err, s.lock.Release())
}

// usable returns nil if the store can be written now. The caller holds appendMu.
func (s *Store) usable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.dead != nil {
		return s.dead
	}
	if err := s.clock.steady(); err != nil {
		return err
	}
	if err := s.room(s.cfg.Reserve); err != nil {
		return err
	}
	if s.torn != nil {
		return s.reopen()
	}
	return nil
}
