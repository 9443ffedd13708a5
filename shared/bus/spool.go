package bus

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/forewarn/forewarn/shared/durable"
)

// spool keeps batches in files, one each, until the bus takes them. Their order within a lane is that of
// their serials. It is safe for concurrent use, as long as each lane has one adder and one drainer.
type spool struct {
	dir     string
	limit   int64
	metrics *metrics

	mu       sync.Mutex
	lanes    map[lane][]spooled
	busy     map[lane]serial // what a drainer holds now: not to be dropped
	bytes    int64
	count    int
	reserved int64         // for files that are being written
	settled  chan struct{} // closed, and made anew, when one of them is
	left     []string      // files that could not be removed yet
}

// spooled is one file of a spool.
type spooled struct {
	serial serial
	cost   int64
}

// fileCost is what a file takes of the limit: whole blocks, so that many tiny batches are bounded too.
func fileCost(size int64) int64 { return (size + 4095) / 4096 * 4096 }

// openSpool indexes what an earlier process left in dir. Temporary files of a crash are removed.
func openSpool(dir string, limit int64, m *metrics) (*spool, error) {
	s := &spool{dir: dir, limit: limit, metrics: m, lanes: map[lane][]spooled{}, busy: map[lane]serial{}, settled: make(chan struct{})}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read spool %s: %w", dir, err)
	}
	for _, e := range entries {
		l, serial, ok := parseFileName(e.Name())
		if !ok {
			if strings.HasSuffix(e.Name(), spoolSuffix+durable.Temporary) {
				_ = os.Remove(filepath.Join(dir, e.Name())) // never acknowledged to anybody
			}
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // gone meanwhile
		}
		s.insert(l, spooled{serial, fileCost(info.Size())})
	}
	for _, queue := range s.lanes {
		slices.SortFunc(queue, func(a, b spooled) int {
			if a.serial.before(b.serial) {
				return -1
			}
			return 1
		})
	}
	return s, nil
}

// insert appends to a lane's queue; s.mu must be held, or s not yet shared.
func (s *spool) insert(l lane, e spooled) {
	s.lanes[l] = append(s.lanes[l], e)
	s.account(e.cost, 1)
}

func (s *spool) account(bytes int64, count int) {
	s.bytes += bytes
	s.count += count
	s.metrics.spoolBytes.Add(float64(bytes))
	s.metrics.spoolBatches.Add(float64(count))
}

func (s *spool) path(l lane, serial serial) string {
	return filepath.Join(s.dir, (&batch{lane: l, serial: serial}).fileName())
}

// add stores a batch durably; when it returns nil, a crash does not lose it. It drops the oldest batches if
// the spool would be too large.
func (s *spool) add(b *batch) error {
	data := b.encode()
	cost := fileCost(int64(len(data)))
	if err := s.reserve(cost); err != nil {
		s.metrics.spoolFailures.Inc()
		return err
	}
	err := durable.Replace(s.path(b.lane, b.serial), data)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reserved -= cost
	close(s.settled)
	s.settled = make(chan struct{})
	if err != nil {
		s.metrics.spoolFailures.Inc()
		remedy := "make the directory writable for the user who runs forewarn"
		if isNoSpace(err) {
			remedy = "free space on its disk, or lower bus.spool_max"
		}
		return fmt.Errorf("%w: %w; %s", ErrSpool, err, remedy)
	}
	s.insert(b.lane, spooled{b.serial, cost})
	return nil
}

// reserve drops the oldest batches until cost fits beside what is there and what other lanes are writing. It
// waits for those when there is nothing to drop.
func (s *spool) reserve(cost int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.bytes+s.reserved+cost > s.limit {
		l, ok := s.oldest()
		switch {
		case ok:
			s.dropAt(l, s.held(l))
			s.metrics.spoolDropped.Inc()
		case s.reserved == 0:
			return fmt.Errorf("%w: %d bytes do not fit beside the batches that are being sent now; raise bus.spool_max", ErrSpool, cost)
		default:
			settled := s.settled
			s.mu.Unlock()
			<-settled
			s.mu.Lock()
		}
	}
	s.reserved += cost
	return nil
}

// oldest returns the lane whose first batch that no drainer holds comes first; s.mu must be held.
func (s *spool) oldest() (found lane, ok bool) {
	var first serial
	for l, queue := range s.lanes {
		i := s.held(l)
		if i < len(queue) && (!ok || queue[i].serial.before(first)) {
			found, first, ok = l, queue[i].serial, true
		}
	}
	return found, ok
}

// held returns how many batches at the head of a lane a drainer holds: 1 or 0; s.mu must be held.
func (s *spool) held(l lane) int {
	if busy, is := s.busy[l]; is && len(s.lanes[l]) > 0 && busy == s.lanes[l][0].serial {
		return 1
	}
	return 0
}

// dropAt removes a lane's i-th batch; s.mu must be held.
func (s *spool) dropAt(l lane, i int) {
	e := s.lanes[l][i]
	s.account(-e.cost, -1)
	switch queue := s.lanes[l]; {
	case len(queue) == 1:
		delete(s.lanes, l)
	case i == 0:
		s.lanes[l] = queue[1:] // the usual case, and a queue may be long
	default:
		s.lanes[l] = slices.Delete(queue, i, i+1)
	}
	s.remove(s.path(l, e.serial))
}

// remove deletes a file, and those that could not be deleted before. One that stays until a restart is sent again,
// under its old id, and skipped; but workers remember only so many boots of a publisher. s.mu must be held.
func (s *spool) remove(path string) {
	s.left = slices.DeleteFunc(append(s.left, path), func(path string) bool {
		err := os.Remove(path)
		return err == nil || errors.Is(err, os.ErrNotExist)
	})
	if len(s.left) > maxLeft {
		s.left = s.left[1:]
	}
}

// maxLeft bounds how many files are remembered that could not be removed.
const maxLeft = 1024

// sweep tries again to delete what could not be deleted.
func (s *spool) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.left) > 0 {
		first := s.left[0]
		s.left = s.left[1:]
		s.remove(first)
	}
}

// waiting tells how many batches of a lane are spooled, the one a drainer holds included.
func (s *spool) waiting(l lane) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.lanes[l])
}

// full lists the lanes that have something.
func (s *spool) full() []lane {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]lane, 0, len(s.lanes))
	for l := range s.lanes {
		out = append(out, l)
	}
	return out
}

func (s *spool) size() (batches int, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count, s.bytes
}

// hold returns the serial of a lane's first batch and keeps it from being dropped until done.
func (s *spool) hold(l lane) (serial, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	queue := s.lanes[l]
	if len(queue) == 0 {
		return serial{}, false
	}
	s.busy[l] = queue[0].serial
	return queue[0].serial, true
}

// done ends a hold; remove tells that the batch is safe elsewhere.
func (s *spool) done(l lane, serial serial, remove bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, l)
	if remove && len(s.lanes[l]) > 0 && s.lanes[l][0].serial == serial {
		s.dropAt(l, 0)
	}
}

// read returns a spooled batch. An errCorrupt comes with the file's whole content, nil if the file is gone or cannot
// be read; another error means that the process is short of something, and there is time.
func (s *spool) read(publisher string, l lane, serial serial) (*batch, []byte, error) {
	data, err := os.ReadFile(s.path(l, serial))
	if isShortage(err) {
		return nil, nil, fmt.Errorf("read spooled batch: %w", err)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errCorrupt, err)
	}
	id, source, payload, err := decodeBatch(data)
	if err != nil {
		return nil, data, err
	}
	if id != messageID(publisher, serial) {
		return nil, data, fmt.Errorf("%w: holds another batch than its name says", errCorrupt)
	}
	return &batch{lane: l, serial: serial, id: id, source: source, payload: payload}, data, nil
}

// lastBoot returns the highest boot among the spooled batches.
func (s *spool) lastBoot() (boot uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, queue := range s.lanes {
		boot = max(boot, queue[len(queue)-1].serial.boot)
	}
	return boot
}

// nextBoot counts the starts of a publisher. It is also never below the clock in milliseconds: if the
// directory was lost, ids of the life before it must not come again, or workers would skip them.
func nextBoot(dir string, atLeast uint64, clock int64) (uint64, error) {
	path := filepath.Join(dir, "boot")
	var last uint64
	data, err := os.ReadFile(path)
	if err == nil {
		_, err = fmt.Sscan(string(data), &last)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		last = 0 // damaged: the clock and the spooled batches decide
	}
	boot := max(last, atLeast) + 1
	if clock > 0 {
		boot = max(boot, uint64(clock))
	}
	return boot, durable.Replace(path, fmt.Appendf(nil, "%d\n", boot))
}
