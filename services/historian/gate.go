package historian

import (
	"sync"

	"github.com/forewarn/forewarn/shared/obs"
)

// gate keeps the historian's one health check for all partitions: they write to the same store, and what holds
// up one holds up all.
type gate struct {
	health *obs.Health

	mu      sync.Mutex
	waiting map[*writer]struct{}
}

// open says that nothing is wrong.
func (g *gate) open() { g.health.Set(Service, obs.OK, "") }

// failed says what a writer waits for. It returns true for the first one that waits.
func (g *gate) failed(w *writer, err error) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waiting == nil {
		g.waiting = map[*writer]struct{}{}
	}
	first := len(g.waiting) == 0
	g.waiting[w] = struct{}{}
	g.health.Set(Service, obs.Degraded, err.Error())
	return first
}

// succeeded says that a writer waits no more.
func (g *gate) succeeded(w *writer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, waited := g.waiting[w]; !waited {
		return
	}
	delete(g.waiting, w)
	if len(g.waiting) == 0 {
		g.health.Set(Service, obs.OK, "")
	}
}
