package bus

import (
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/obs"
)

// diagnoseEvery is how often it is looked why a connection that is lost cannot be made again: the client tries on, and tells nobody why
// it fails.
const diagnoseEvery = 5 * time.Second

// diagnose says why the connections cannot be made again, by one of its own, until they are there.
func (b *Bus) diagnose() {
	if b.closing.Load() || b.lost.Load() <= 0 {
		return
	}
	nc, err := b.knock()
	if nc != nil {
		nc.Close()
	}
	if err != nil && b.lost.Load() > 0 && !b.closing.Load() {
		err = b.explainConnect(err)
		b.log.Warn("connection to the bus cannot be made again, trying on", zap.Error(err))
		b.health.Set("bus", obs.Failed, fmt.Sprintf("connection to the bus at %s is lost and cannot be made again, publishers spool meanwhile: %v", b.address(), err))
	}
	b.diagnosis.after(diagnoseEvery, b.diagnose)
}

// knock makes a connection to the server beside those in use, with the same identity.
func (b *Bus) knock() (nc *nats.Conn, err error) {
	options, err := b.identity([]nats.Option{nats.Name("forewarn looks"), nats.NoReconnect()})
	if err == nil {
		err = b.dial(&nc, options)
	}
	return nc, err
}

// delayed calls something after a while, once at a time, until it is stopped for good. The zero value is ready.
type delayed struct {
	mu      sync.Mutex
	timer   *time.Timer
	stopped bool
}

func (d *delayed) after(wait time.Duration, call func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped {
		return
	}
	if d.timer != nil {
		d.timer.Stop()
	}
	d.timer = time.AfterFunc(wait, call)
}

func (d *delayed) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped = true; d.timer != nil {
		d.timer.Stop()
	}
}
