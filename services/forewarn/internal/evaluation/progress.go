package evaluation

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// progressEvery is how often people hear how far the work is, if it got any further.
const progressEvery = 3 * time.Second

// progress tells how many series are done.
type progress struct {
	done atomic.Int64
	end  chan struct{}
	wait sync.WaitGroup
}

func newProgress(w io.Writer, all int) *progress {
	p := &progress{end: make(chan struct{})}
	if w != nil {
		p.wait.Go(func() { p.tell(w, all) })
	}
	return p
}

func (p *progress) tell(w io.Writer, all int) {
	ticker := time.NewTicker(progressEvery)
	defer ticker.Stop()
	told := int64(0)
	for {
		select {
		case <-p.end:
			return
		case <-ticker.C:
			if done := p.done.Load(); done > told {
				fmt.Fprintf(w, "%d of %d series\n", done, all) //nolint:errcheck // nobody depends on it
				told = done
			}
		}
	}
}

func (p *progress) one() { p.done.Add(1) }

// stop returns when nothing more will be told.
func (p *progress) stop() {
	close(p.end)
	p.wait.Wait()
}
