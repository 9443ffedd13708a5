package bus

import (
	"context"
	"runtime"
	"sync"

	"github.com/klauspost/compress/s2"
)

// turns bounds how many workers of this process save or restore at once. Each of them has its state in memory up to four times while
// it does, and all are due at the same moment; more of them than processors are not done any sooner.
type turns chan struct{}

func newTurns() turns { return make(turns, runtime.GOMAXPROCS(0)) }

// take waits for a turn, which the caller must give back.
func (t turns) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t turns) back() { <-t }

// paper is the memory that an envelope is written and compressed in: as much as the state and more, so it is used again by whose turn is
// next.
type paper struct{ data, packed []byte }

var papers = sync.Pool{New: func() any { return new(paper) }}

// write returns the bytes of an envelope, and the same compressed; both last as long as the paper.
func (p *paper) write(e *envelope) (data, packed []byte) {
	p.data = e.append(p.data[:0])
	p.packed = s2.Encode(p.packed[:cap(p.packed)], p.data)
	return p.data, p.packed
}
