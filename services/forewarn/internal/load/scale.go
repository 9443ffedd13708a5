package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/anomaly"
	"github.com/forewarn/forewarn/services/forewarn/internal/programs"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/pause"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// scaled is the service whose processes are measured: of all it has the most to do for a sample.
const scaled = "anomaly"

// scaleInterval is the time between two samples of a series.
const scaleInterval = 15 * time.Second

// ScaleOptions say what waits for how many processes.
type ScaleOptions struct {
	// Processes are the numbers that are measured, each with the same input in an install of its own. Every process uses one
	// processor at most.
	Processes []int
	// Series of the fleet, and Partitions of the bus.
	Series, Partitions int
	// Rounds is how many samples of each series wait when the processes begin.
	Rounds int
	// Programs is the directory of the services' programs; "" builds them.
	Programs string
	// Dir is where installs are made.
	Dir string
	// Log is told how it goes.
	Log io.Writer
}

// Validate returns all that is wrong with the options, joined.
func (o *ScaleOptions) Validate() error {
	var errs []error
	for _, n := range o.Processes {
		if n < 1 || n > o.Partitions {
			errs = append(errs, fmt.Errorf("--processes: %d is out of range; use 1 to the number of partitions, %d", n, o.Partitions))
		}
	}
	if o.Rounds < 1 {
		errs = append(errs, fmt.Errorf("--rounds: %d is out of range; use at least 1", o.Rounds))
	}
	both := Options{Series: o.Series, Partitions: o.Partitions, Interval: scaleInterval, Duration: time.Minute}
	return errors.Join(append(errs, both.Validate())...)
}

// Scale measures, one after the other, how fast so many processes work off what waits for them.
func Scale(ctx context.Context, o ScaleOptions) (*ScaleReport, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o.Programs == "" {
		o.Programs = filepath.Join(o.Dir, "bin")
		if err := programs.Build(ctx, o.Programs, scaled); err != nil {
			return nil, err
		}
	}
	report := &ScaleReport{Series: o.Series, Partitions: o.Partitions}
	for k, n := range o.Processes {
		row, err := o.measure(ctx, n, filepath.Join(o.Dir, fmt.Sprintf("install-%d", k)))
		if err != nil {
			return nil, fmt.Errorf("%d processes: %w", n, err)
		}
		fmt.Fprintf(o.Log, "%d processes: %.0f samples/s\n", n, row.PerSecond()) //nolint:errcheck // nobody depends on it
		report.Rows = append(report.Rows, *row)
	}
	return report, nil
}

// measure makes an install in a directory and measures n processes in it.
func (o *ScaleOptions) measure(ctx context.Context, n int, dir string) (row *ScaleRow, err error) {
	ns, err := serve(dir)
	if err != nil {
		return nil, err
	}
	defer func() { ns.Shutdown(); ns.WaitForShutdown() }()
	c := &crowd{o: o, dir: dir, url: ns.ClientURL()}
	defer func() { err = errors.Join(err, c.close()) }()
	if err := c.open(ctx, n); err != nil {
		return nil, err
	}
	return c.race(ctx)
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

// crowd are the processes that share the work, and the bus that gives it to them.
type crowd struct {
	o         *ScaleOptions
	dir, url  string
	bus       *bus.Bus
	publisher *bus.Publisher
	fleets    []*fleet
	at        time.Time
	published int64 // messages
	workers   []*worker
}

// open makes the streams and starts n processes, which then know the fleet.
func (c *crowd) open(ctx context.Context, n int) error {
	catalogue, err := signal.Load()
	if err != nil {
		return err
	}
	cfg := bus.DefaultConfig()
	cfg.URL, cfg.Partitions, cfg.MaxStore = c.url, c.o.Partitions, 12<<30
	if c.bus, err = bus.Open(ctx, cfg, bus.Settings{Logger: zap.NewNop(), DataDir: c.dir}); err != nil {
		return err
	}
	if c.publisher, err = c.bus.NewPublisher("load"); err != nil {
		return err
	}
	c.fleets = newFleets(c.o.Series, c.o.Partitions, catalogue, c.bus.PartitionOf)
	c.at = time.Now().Add(-time.Duration(rounds+c.o.Rounds) * scaleInterval) // so that the last sample is of now
	if err := c.hire(n); err != nil {
		return err
	}
	if err := c.until(ctx, c.shared); err != nil {
		return fmt.Errorf("the work is not shared: %w", err)
	}
	for range rounds {
		if err := c.round(ctx); err != nil {
			return err
		}
	}
	return c.until(ctx, c.done)
}

// hire starts n processes, whose leases outlast the time that they are frozen.
func (c *crowd) hire(n int) error {
	config := filepath.Join(c.dir, "forewarn.yaml")
	text := fmt.Sprintf("bus: {url: %q, lease: 5m, tick_interval: 1h}\nlog: {level: error}\nanomaly: {max_series: %d}\n", c.url, max(1000, c.o.Series))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return err
	}
	for k := range n {
		w, err := newWorker(filepath.Join(c.o.Programs, scaled), config, filepath.Join(c.dir, fmt.Sprintf("%s-%d", scaled, k)))
		if err != nil {
			return err
		}
		c.workers = append(c.workers, w)
	}
	return nil
}

// race freezes the processes, publishes what they shall do, and takes the time that they need for it.
func (c *crowd) race(ctx context.Context) (*ScaleRow, error) {
	c.each((*worker).freeze)
	for range c.o.Rounds {
		if err := c.round(ctx); err != nil {
			return nil, err
		}
	}
	row := &ScaleRow{Processes: len(c.workers), Samples: int64(c.o.Series/seriesEach*seriesEach) * int64(c.o.Rounds)}
	before := c.cpu()
	began := time.Now()
	c.each((*worker).thaw)
	if err := c.until(ctx, c.done); err != nil {
		return nil, err
	}
	row.Took, row.CPU = time.Since(began), c.cpu()-before
	row.Skew, row.Held = skew(c.fleets), c.most()
	return row, nil
}

// round publishes a sample of every series.
func (c *crowd) round(ctx context.Context) error {
	c.at = c.at.Add(scaleInterval)
	var encoder telemetry.Encoder
	for p, f := range c.fleets {
		f.step(c.at, scaleInterval)
		for from := 0; from < len(f.tracks); from += perMessage {
			message := encoder.AppendBatch(nil, f.part(from, min(from+perMessage, len(f.tracks))))
			if err := c.publisher.Publish(ctx, bus.Metrics, p, "load", message); err != nil {
				return fmt.Errorf("publish: %w", err)
			}
			c.published++
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

// shared returns an error unless all partitions are held, by all processes alike.
func (c *crowd) shared(ctx context.Context) error {
	total := 0
	for _, w := range c.workers {
		if err := w.look(ctx, anomaly.MetricsService); err != nil {
			return err
		}
		if least := c.o.Partitions / len(c.workers); w.held < least || w.held > least+1 {
			return fmt.Errorf("a process holds %d of %d partitions", w.held, c.o.Partitions)
		}
		total += w.held
	}
	if total != c.o.Partitions {
		return fmt.Errorf("%d of %d partitions are held", total, c.o.Partitions)
	}
	return nil
}

// done returns an error unless all messages have been read.
func (c *crowd) done(ctx context.Context) error {
	read := int64(0)
	for _, w := range c.workers {
		if err := w.look(ctx, anomaly.MetricsService); err != nil {
			return err
		}
		read += w.consumed
	}
	if read < c.published {
		return fmt.Errorf("%d of %d messages are read", read, c.published)
	}
	return nil
}

func (c *crowd) each(f func(*worker)) {
	for _, w := range c.workers {
		f(w)
	}
}

// cpu returns the time of processors that the processes have used.
func (c *crowd) cpu() (sum time.Duration) {
	for _, w := range c.workers {
		sum += w.cpu
	}
	return sum
}

// most returns the most partitions that a process holds.
func (c *crowd) most() (n int) {
	for _, w := range c.workers {
		n = max(n, w.held)
	}
	return n
}

// close ends the processes and the connection.
func (c *crowd) close() error {
	c.each((*worker).end)
	if c.bus == nil {
		return nil
	}
	return c.bus.Close()
}
