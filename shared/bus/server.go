package bus

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/durable"
)

// maxPayload is the largest message of the embedded server, headers included.
const maxPayload = 1 << 20

// memoryStore bounds streams in memory; there are none yet, leases will be.
const memoryStore = 32 << 20

// serverStart is how long a start may take: recovering a large store does.
const serverStart = 30 * time.Second

// host runs a server that listens nowhere: only this process can connect to it. It can be restarted under
// its connections, which then find the new one by themselves.
type host struct {
	cfg Config
	dir string
	log *serverLog

	mu      sync.Mutex // held while the server starts or stops
	ns      atomic.Pointer[server.Server]
	stopped atomic.Bool
}

var _ nats.InProcessConnProvider = (*host)(nil)

func newHost(cfg Config, dir string, log *zap.Logger) (*host, error) {
	h := &host{cfg: cfg, dir: dir, log: &serverLog{log: log}}
	return h, h.start()
}

// InProcessConn returns a connection to the server that runs now. It never waits for a restart: the connection
// that asks could not be closed meanwhile.
func (h *host) InProcessConn() (net.Conn, error) {
	ns := h.ns.Load()
	if ns == nil {
		return nil, server.ErrServerNotRunning
	}
	return ns.InProcessConn()
}

// start starts the server; h.mu must be held, or h not yet shared.
func (h *host) start() error {
	if err := prepareDir(h.dir); err != nil {
		return err
	}
	ns, err := h.run(int64(h.cfg.MaxStore))
	if err != nil {
		return err
	}
	// After max_store was lowered, the streams still hold their old reservations, and the server would refuse
	// to change them. Let it have those until the streams are updated.
	if _, reserved, err := ns.JetStreamReservedResources(); err == nil && reserved > int64(h.cfg.MaxStore) {
		stopServer(ns)
		if ns, err = h.run(reserved + int64(h.cfg.MaxStore)); err != nil {
			return err
		}
	}
	if err := h.mend(ns); err != nil {
		h.log.log.Error("damaged streams could not be mended; what they are for stands still", zap.Error(err))
	}
	h.ns.Store(ns)
	return nil
}

// restart stops the server and starts it again; publishers spool and workers wait meanwhile.
func (h *host) restart() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped.Load() {
		return ErrClosed
	}
	h.end()
	h.log.dead.Store(false)
	if err := h.start(); err != nil {
		h.log.dead.Store(true) // so that it is tried again
		return err
	}
	return nil
}

// stop stops the server for good and tells whether that is over at the deadline. It goes on in the background
// otherwise, also when a restart is under way.
func (h *host) stop(deadline time.Time) bool {
	h.stopped.Store(true)
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.end()
	}()
	late := time.NewTimer(time.Until(deadline))
	defer late.Stop()
	select {
	case <-done:
		return true
	case <-late.C:
		return false
	}
}

// end stops the server if there is one; h.mu must be held.
func (h *host) end() {
	if ns := h.ns.Swap(nil); ns != nil {
		stopServer(ns)
	}
}

func (h *host) run(maxStore int64) (*server.Server, error) {
	ns, err := server.NewServer(&server.Options{
		ServerName:             "forewarn",
		DontListen:             true,
		NoSigs:                 true,
		MaxPayload:             maxPayload,
		JetStream:              true,
		StoreDir:               h.dir,
		JetStreamMaxStore:      maxStore,
		JetStreamMaxMemory:     memoryStore,
		SyncAlways:             h.cfg.SyncInterval == 0,
		SyncInterval:           h.cfg.SyncInterval,
		DisableJetStreamBanner: true,
	})
	if err != nil {
		return nil, fmt.Errorf("create the embedded bus: %w", err)
	}
	ns.SetLogger(h.log, false, false)
	ns.Start()
	if ns.ReadyForConnections(serverStart) && ns.JetStreamEnabled() {
		return ns, nil
	}
	stopServer(ns)
	if cause := h.log.fatal.Load(); cause != nil {
		return nil, fmt.Errorf("start the embedded bus in %s: %s; free space or correct the owner of that directory, then start again", h.dir, *cause)
	}
	return nil, fmt.Errorf("start the embedded bus in %s: not ready after %s; look at the disk's load, then start again", h.dir, serverStart)
}

// stopServer stops the server and waits until it has.
func stopServer(ns *server.Server) {
	ns.Shutdown()
	ns.WaitForShutdown()
}

// prepareDir makes sure that the store can be written before the server tries, whose own words are obscure.
func prepareDir(dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return unwritable(dir, err)
	}
	probe := filepath.Join(dir, ".probe")
	err := durable.Write(probe, make([]byte, 4096))
	if err := errors.Join(err, os.Remove(probe)); err != nil {
		return unwritable(dir, err)
	}
	return nil
}

// unwritable says what is the matter with a directory and what to do.
func unwritable(dir string, err error) error {
	remedy := "choose another --data-dir, or make this one writable for the user who runs forewarn"
	if isNoSpace(err) {
		remedy = "free space on its disk, or choose another --data-dir"
	}
	return fmt.Errorf("data directory %s cannot be written: %w; %s", dir, err, remedy)
}
