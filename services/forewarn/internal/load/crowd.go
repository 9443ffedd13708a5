package load

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/anomaly"
	"github.com/forewarn/forewarn/services/forewarn/internal/programs"
	"github.com/forewarn/forewarn/services/trend"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/pause"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// installation is what a crowd works in.
type installation struct {
	// Series of the fleet, and Partitions of the bus.
	Series, Partitions int
	// Interval between two samples of a series.
	Interval time.Duration
	// Programs is the directory of the services' programs, Dir where all is kept.
	Programs, Dir string
}

// crowd are processes of services that read metrics, and the bus that gives them these.
type crowd struct {
	installation
	server    *server.Server
	bus       *bus.Bus
	publisher *bus.Publisher
	fleets    []*fleet
	at        time.Time
	published int64         // messages
	gap       time.Duration // between two messages
	workers   []*worker
}

// gather makes an install, starts a process of each of the services that are named, and makes the fleet known to them. What it returns is to be
// closed, after an error as well.
func gather(ctx context.Context, in installation, config string, services ...string) (*crowd, error) {
	c := &crowd{installation: in, at: time.Now().Add(-24 * time.Hour)} // so that none of its samples is ahead of the time
	if err := c.open(ctx); err != nil {
		return c, err
	}
	for k, service := range services {
		if err := c.hire(k, service, config); err != nil {
			return c, err
		}
	}
	if err := c.until(ctx, c.shared); err != nil {
		return c, fmt.Errorf("the work is not shared: %w", err)
	}
	for range rounds {
		if err := c.round(ctx); err != nil {
			return c, err
		}
	}
	return c, c.until(ctx, c.done)
}

// build builds the programs of services unless there is a directory with them already, and returns where they are.
func build(ctx context.Context, there, dir string, services ...string) (string, error) {
	if there != "" {
		return there, nil
	}
	dir = filepath.Join(dir, "bin")
	return dir, programs.Build(ctx, dir, services...)
}

// open makes the streams and the fleet.
func (c *crowd) open(ctx context.Context) (err error) {
	catalogue, err := signal.Load()
	if err != nil {
		return err
	}
	if c.server, err = serve(c.Dir); err != nil {
		return err
	}
	cfg := bus.DefaultConfig()
	cfg.URL, cfg.Partitions, cfg.MaxStore = c.server.ClientURL(), c.Partitions, 12<<30
	if c.bus, err = bus.Open(ctx, cfg, bus.Settings{Logger: zap.NewNop(), DataDir: c.Dir}); err != nil {
		return err
	}
	if c.publisher, err = c.bus.NewPublisher("load"); err != nil {
		return err
	}
	c.fleets = newFleets(c.Series, c.Partitions, catalogue, c.bus.PartitionOf)
	return nil
}

// serve starts a server that syncs as an install's does.
func serve(dir string) (*server.Server, error) {
	ns, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true, SyncAlways: true,
		JetStream: true, StoreDir: filepath.Join(dir, "nats"), JetStreamMaxStore: 16 << 30, JetStreamMaxMemory: 64 << 20,
	})
	if err != nil {
		return nil, err
	}
	ns.Start()
	if !ns.ReadyForConnections(30 * time.Second) {
		ns.Shutdown()
		return nil, errors.New("the NATS server is not ready after 30s")
	}
	return ns, nil
}

// hire starts a process, with room for all series and a configuration besides.
func (c *crowd) hire(k int, service, config string) error {
	file := filepath.Join(c.Dir, fmt.Sprintf("%s-%d.yaml", service, k))
	text := fmt.Sprintf("log: {level: error}\nanomaly: {max_series: %d}\nbus: {url: %q, %s}\n", max(1000, c.Series), c.server.ClientURL(), config)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	w, err := newWorker(filepath.Join(c.Programs, service), file, filepath.Join(c.Dir, fmt.Sprintf("%s-%d", service, k)))
	if err != nil {
		return err
	}
	w.service, w.reader = service, map[string]string{"anomaly": anomaly.MetricsService, "trend": trend.Service}[service]
	c.workers = append(c.workers, w)
	return nil
}

// round publishes a sample of every series.
func (c *crowd) round(ctx context.Context) error {
	c.at = c.at.Add(c.Interval)
	var encoder telemetry.Encoder
	var message []byte
	for p, f := range c.fleets {
		f.step(c.at, c.Interval)
		for from := 0; from < len(f.tracks); from += perMessage {
			message = encoder.AppendBatch(message[:0], f.part(from, min(from+perMessage, len(f.tracks))))
			if err := c.publisher.Publish(ctx, bus.Metrics, p, "load", message); err != nil {
				return fmt.Errorf("publish: %w", err)
			}
			c.published++
			if !pause.For(ctx, c.gap) {
				return ctx.Err()
			}
		}
	}
	return nil
}

// until looks until done returns nil; after ten minutes it returns what it said last.
func (c *crowd) until(ctx context.Context, done func(context.Context) error) error {
	for deadline := time.Now().Add(10 * time.Minute); ; {
		err := done(ctx)
		if err == nil || time.Now().After(deadline) {
			return err
		}
		if !pause.For(ctx, 20*time.Millisecond) {
			return ctx.Err()
		}
	}
}

// look brings what is known of every process up to date, and sums a figure of the processes of each service.
func (c *crowd) look(ctx context.Context, figure func(*worker) int64) (map[string]int64, error) {
	sums := map[string]int64{}
	for _, w := range c.workers {
		if err := w.look(ctx); err != nil {
			return nil, err
		}
		sums[w.service] += figure(w)
	}
	return sums, nil
}

// shared returns an error unless all partitions are held of each service, by all of its processes alike.
func (c *crowd) shared(ctx context.Context) error {
	held, err := c.look(ctx, func(w *worker) int64 { return int64(w.held) })
	if err != nil {
		return err
	}
	processes := map[string]int{}
	for _, w := range c.workers {
		processes[w.service]++
	}
	for _, w := range c.workers {
		if least := c.Partitions / processes[w.service]; w.held < least || w.held > least+1 {
			return fmt.Errorf("a process of %s holds %d of %d partitions", w.service, w.held, c.Partitions)
		}
	}
	for service, n := range held {
		if n != int64(c.Partitions) {
			return fmt.Errorf("%s holds %d of %d partitions", service, n, c.Partitions)
		}
	}
	return nil
}

// done returns an error unless each service has read all messages.
func (c *crowd) done(ctx context.Context) error {
	read, err := c.look(ctx, func(w *worker) int64 { return w.consumed })
	if err != nil {
		return err
	}
	for service, n := range read {
		if n < c.published {
			return fmt.Errorf("%s has read %d of %d messages", service, n, c.published)
		}
	}
	return nil
}

func (c *crowd) each(f func(*worker)) {
	for _, w := range c.workers {
		f(w)
	}
}

// close ends the processes, the connection and the server.
func (c *crowd) close() (err error) {
	c.each((*worker).end)
	if c.bus != nil {
		err = c.bus.Close()
	}
	if c.server != nil {
		c.server.Shutdown()
		c.server.WaitForShutdown()
	}
	return err
}
