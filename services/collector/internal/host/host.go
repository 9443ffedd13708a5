// Package host watches this machine: CPU, load, memory, file systems, disks, network, descriptors and the
// largest processes, under the names and labels that node_exporter gives them, so that existing dashboards
// work and the same volume seen by both is one.
//
// A file system that hangs does not stop the rest: see [Config.MountTimeout].
package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/collector/internal/edge"
	"github.com/forewarn/forewarn/services/collector/internal/part"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Settings are what a watcher works with; all are needed.
type Settings struct {
	Edge    *edge.Edge
	Part    *part.Part
	Metrics *Metrics
}

// Watcher collects this machine's metrics. It belongs to one goroutine.
type Watcher struct {
	Settings
	config   Config
	hostname string
	source   *edge.Source
	mounts   *mounts
	noDisk   *regexp.Regexp

	boot      float64   // Unix seconds
	processes []process // reused
	key       []byte
	failing   map[string]bool // groups that could not be read, so that it is said once
}

// Name returns the configured name of this machine, else what the system says, "localhost" at last.
func (c Config) Name() string {
	if c.Hostname != "" {
		return c.Hostname
	}
	if name, err := os.Hostname(); err == nil && name != "" {
		return name
	}
	return "localhost"
}

// New returns the watcher of a valid configuration.
func New(c Config, s Settings) (*Watcher, error) {
	m, err := newMounts(c)
	if err != nil {
		return nil, err
	}
	noDisk, err := exclusion(c.DisksExclude)
	if err != nil {
		return nil, err
	}
	return &Watcher{
		Settings: s, config: c, hostname: c.Name(), mounts: m, noDisk: noDisk,
		source: s.Edge.Source("host"), failing: map[string]bool{},
	}, nil
}

// FileSystems returns the file systems that c watches at this moment.
func FileSystems(ctx context.Context, c Config) ([]Mount, error) {
	m, err := newMounts(c)
	if err != nil {
		return nil, err
	}
	return m.list(ctx)
}

// Run collects at once, then at the interval, until ctx ends.
func (w *Watcher) Run(ctx context.Context) error {
	tick := time.NewTicker(w.config.Interval)
	defer tick.Stop()
	for {
		if err := w.round(ctx); ctx.Err() == nil {
			problem := ""
			if err != nil {
				problem = err.Error()
			}
			w.Part.Report(w.hostname, problem)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// round collects and publishes once. What cannot be read is left out, and said when that changes.
func (w *Watcher) round(ctx context.Context) error {
	start := time.Now()
	w.source.Begin(start)
	var errs []error
	for _, group := range w.groups() {
		err := group.collect(ctx)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s not read: %w", group.name, err))
			w.Metrics.failures.WithLabelValues(group.name).Inc()
		}
		w.say(group.name, err)
	}
	w.emit("node_time_seconds", float64(start.UnixMilli())/1000)
	w.emit("up", 1)
	w.Metrics.duration.Observe(time.Since(start).Seconds())
	if _, err := w.source.End(ctx); err != nil {
		errs = append(errs, fmt.Errorf("samples lost: %w; look at the bus", err))
	}
	return errors.Join(errs...)
}

// group is what is read together.
type group struct {
	name    string
	collect func(context.Context) error
}

func (w *Watcher) groups() []group {
	return []group{
		{"cpu", w.cpu},
		{"load", w.load},
		{"memory", w.memory},
		{"filesystem", w.filesystems},
		{"disk", w.disks},
		{"network", w.network},
		{"kernel", w.kernel},
		{"process", w.top},
	}
}

func (w *Watcher) say(group string, err error) {
	if err != nil && !w.failing[group] {
		w.Part.Logger().Warn("host metrics left out", zap.String("group", group), zap.Error(err))
	}
	w.failing[group] = err != nil
}

// emit puts a sample of this machine; pairs are names and values of labels. The key by which the edge knows
// the series is made of the strings as they are given.
func (w *Watcher) emit(name string, value float64, pairs ...string) {
	w.key = append(w.key[:0], name...)
	for _, s := range pairs {
		w.key = append(append(w.key, 0xFF), s...)
	}
	ref, known := w.source.Lookup(w.key)
	if !known {
		ref = w.source.Learn(w.key, w.labels(name, pairs))
	}
	if ref != nil {
		w.source.Put(ref, nil, value)
	}
}

func (w *Watcher) labels(name string, pairs []string) telemetry.Labels {
	all := []telemetry.Label{
		{Name: telemetry.MetricName, Value: name},
		{Name: "host", Value: w.hostname},
		{Name: "instance", Value: w.hostname},
		{Name: "job", Value: "forewarn"},
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		all = append(all, telemetry.Label{Name: pairs[i], Value: pairs[i+1]})
	}
	return telemetry.NewLabels(all...)
}
