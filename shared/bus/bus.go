package bus

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/shared/obs"
)

// Errors that callers branch on.
var (
	// ErrStore: Config.MaxStore leaves a partition no room for a message of the largest size.
	ErrStore = errors.New("store is too small")
	// ErrPartitions: the configuration names another number of partitions than the install has.
	ErrPartitions = errors.New("number of partitions does not match")
	// ErrNewer: a newer release of Forewarn wrote the state that is there; a [Processor] wraps it when it is given one to restore.
	ErrNewer = errors.New("a newer release wrote it")
	// ErrTooLarge: a payload does not fit into one message; split it.
	ErrTooLarge = errors.New("payload too large for one message")
	// ErrSpool: the bus is away and the local spool cannot take the batch either.
	ErrSpool = errors.New("spool cannot be written")
	// ErrDiskFull: intake has stopped before the bus's disk is full.
	ErrDiskFull = errors.New("disk of the bus is nearly full")
	// ErrClosed: the bus or publisher has been closed.
	ErrClosed = errors.New("closed")
	// ErrSuperseded: another process has taken over the partition; this one must leave it.
	ErrSuperseded = errors.New("another process works on this partition")
)

// Settings is what a Bus is given to work with.
type Settings struct {
	// Logger; nil logs nothing.
	Logger *zap.Logger
	// Registry for the metrics; nil registers them nowhere.
	Registry prometheus.Registerer
	// Health for the checks named bus and bus/…; nil keeps them to itself.
	Health *obs.Health
	// DataDir holds the embedded store (bus/) and the spools (spool/<publisher>/).
	DataDir string
	// Role is what this process does on an external bus, see there; nil for all. One that does not prepare the bus waits, when it
	// opens it, until another one has.
	Role *Role
	// Clock makes this a bus of simulated days: it says what time it is, messages carry that, and Message.Time is it in
	// place of the server's time. Run sends no ticks then; who moves the clock calls Tick. It is for an embedded bus on a
	// directory of its own, since what is simulated must never meet what is real. nil, as on every other bus: what
	// messages say of their time is not read.
	Clock func() time.Time
}

// Bus is a connection to the bus, and the bus itself when it is embedded. It is safe for concurrent use.
type Bus struct {
	cfg        Config
	log        *zap.Logger
	health     *obs.Health
	dataDir    string
	clock      func() time.Time // nil: the server's
	metrics    *metrics
	partitions int
	member     string // names this process to the others
	role       *Role  // nil: all

	lock      *dirLock   // embedded only
	host      *host      // embedded only
	socket    socket     // of the process that has the embedded server, if that is another one
	data      *nats.Conn // batches, findings, snapshots
	control   *nats.Conn // everything small that must not wait behind them
	dataJS    jetstream.JetStream
	controlJS jetstream.JetStream

	diskFull atomic.Bool
	probe    probe
	closing  atomic.Bool
	lost     atomic.Int32            // connections that are away now
	breaks   breaks                  // of the data connection
	denied   atomic.Pointer[refusal] // what the server refused last

	inspection delayed // of certificates
	diagnosis  delayed // of why the connections are away

	ticking sync.Mutex
	ticked  int64 // number of the last tick

	preparing sync.Mutex // held while what the server has forgotten is made anew

	mu         sync.Mutex
	publishers map[string]*Publisher
	claims     map[string]*claim // <service>.<pp>, while it works

	turns turns // to save and to restore
}

// Open starts the embedded server or connects to the external one, then creates or updates the streams and
// buckets. It blocks until the bus is usable, ctx ends or cfg.ConnectTimeout has passed. It fails, saying what
// to do, if the data directory is unwritable, full or in use, or if the install has another number of
// partitions (ErrPartitions) or too small a store for them (ErrStore). The caller must Close the bus.
func Open(ctx context.Context, cfg Config, s Settings) (*Bus, error) {
	b, err := newBus(cfg, s)
	if err != nil {
		return nil, err
	}
	if err := b.start(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	b.health.Set("bus", obs.OK, "")
	return b, nil
}

func newBus(cfg Config, s Settings) (*Bus, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("bus configuration: %w", err)
	}
	if s.Clock != nil && cfg.URL != "" {
		return nil, errors.New("a bus of simulated days must be embedded; remove bus.url")
	}
	if s.DataDir == "" {
		return nil, errors.New("bus needs a data directory for its store and spools; name one with --data-dir")
	}
	b := &Bus{
		cfg: cfg, log: s.Logger, health: s.Health, dataDir: s.DataDir, clock: s.Clock, member: nuid.Next(), role: s.Role,
		publishers: map[string]*Publisher{}, claims: map[string]*claim{}, turns: newTurns(),
	}
	if b.log == nil {
		b.log = zap.NewNop()
	}
	if b.health == nil {
		b.health = &obs.Health{}
	}
	var err error
	b.metrics, err = newMetrics(s.Registry)
	return b, err
}

func (b *Bus) start(ctx context.Context) (err error) {
	if b.cfg.URL == "" {
		dir := b.storeDir()
		if b.lock, err = lockDir(dir); err != nil {
			return err
		}
		if b.host, err = newHost(b.cfg, dir, b.log); err != nil { //nolint:contextcheck // mending has a time of its own, and must not end half-way
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, b.cfg.ConnectTimeout)
	defer cancel()
	if err := b.connect(ctx); err != nil {
		return err
	}
	if err := b.checkServer(); err != nil {
		return err
	}
	b.inspectCertificates()
	prepare := b.ensureTopology
	if !b.prepares() {
		prepare = b.findTopology
	}
	return b.Retry(ctx, "prepare streams", func(ctx context.Context) error {
		err := b.explainDenied(b.explainStreams(prepare(ctx)))
		if err != nil {
			b.health.Set("bus", obs.Starting, err.Error())
		}
		return err
	})
}

func (b *Bus) storeDir() string { return filepath.Join(b.dataDir, "bus") }

// Run does the bus's background duties (ticks, purging, canary, and letting [Reach] in) until ctx ends, then returns nil. Any number
// of processes may run them: ticks carry ids, purging is idempotent.
func (b *Bus) Run(ctx context.Context) error {
	defer b.metrics.forget()
	g, ctx := errgroup.WithContext(ctx)
	if b.clock == nil {
		g.Go(func() error { return every(ctx, b.cfg.TickInterval, b.Tick) })
	}
	if b.embedded() && b.clock == nil {
		g.Go(func() error { return b.admit(ctx) })
	}
	g.Go(func() error { return every(ctx, b.cfg.JanitorInterval, b.tidy) })
	g.Go(func() error { return every(ctx, b.cfg.CanaryInterval, b.sing) })
	return g.Wait()
}

// every calls duty at once and then at each interval until ctx ends.
func every(ctx context.Context, interval time.Duration, duty func(context.Context)) error {
	t := time.NewTicker(interval)
	defer t.Stop()
	for {
		duty(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

// What Close may take, counted from its begin.
const (
	closePublishers  = 800 * time.Millisecond
	closeConnections = 1100 * time.Millisecond
	closeServer      = 1500 * time.Millisecond
)

// Close ends the connections and stops the embedded server, in at most 1.5 s. Publishers are closed with it. It
// may be called more than once. A server that takes longer to stop ends with the process, as safely as by a
// kill; until then the data directory stays locked.
func (b *Bus) Close() error {
	if b.closing.Swap(true) {
		return nil
	}
	b.inspection.stop()
	b.diagnosis.stop()
	start := time.Now()
	errs := b.closePublishers(start.Add(closePublishers))
	b.disconnect(start.Add(closeConnections))
	if b.host == nil || b.host.stop(start.Add(closeServer)) {
		b.lock.release()
	} else {
		b.log.Warn("embedded bus takes long to stop, leaving it to the end of the process", zap.Duration("waited", closeServer))
	}
	b.metrics.unregister()
	return errors.Join(errs...)
}

func (b *Bus) closePublishers(deadline time.Time) (errs []error) {
	b.mu.Lock()
	publishers := b.publishers
	b.publishers = map[string]*Publisher{}
	b.mu.Unlock()
	for _, p := range publishers {
		errs = append(errs, p.shut(deadline))
	}
	return errs
}

// disconnect closes both connections.
func (b *Bus) disconnect(deadline time.Time) {
	for _, nc := range []*nats.Conn{b.data, b.control} {
		if nc == nil {
			continue
		}
		if left := time.Until(deadline); left > 0 && nc.IsConnected() {
			_ = nc.FlushTimeout(left) // best effort: whatever matters was acknowledged
		}
		nc.Close()
	}
}

// Partitions returns the number of partitions of the install.
func (b *Bus) Partitions() int { return b.partitions }

// JetStream returns the bus's streams on the data connection, for durable consumers and the like.
func (b *Bus) JetStream() jetstream.JetStream { return b.dataJS }

// Conn returns the control connection, for request and reply.
func (b *Bus) Conn() *nats.Conn { return b.control }

// embedded tells whether the server runs in this process.
func (b *Bus) embedded() bool { return b.host != nil }
