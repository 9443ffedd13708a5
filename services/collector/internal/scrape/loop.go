package scrape

import (
	"context"
	"fmt"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/prometheus/prometheus/model/labels"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/collector/internal/edge"
	"github.com/forewarn/forewarn/services/collector/internal/part"
)

// spread is over how much time the first scrapes are spread, so that a start is no burst and yet quick.
const spread = 3 * time.Second

// Settings are what a loop works with; all are needed.
type Settings struct {
	Edge    *edge.Edge
	Part    *part.Part
	Metrics *Metrics
	Local   Local
	Bodies  *Bodies
}

// Loop scrapes one target for as long as it runs. It belongs to one goroutine.
type Loop struct {
	Settings
	target  Target
	source  *edge.Source
	labeler *labeler
	fetcher *fetcher
	symbols *labels.SymbolTable
	ls      labels.Labels // of the series being learnt
	shown   int           // samples in the present body, whatever rules and limits say
	// malformed says whether the last scrape had malformed lines, so that it is said once.
	malformed bool
}

// NewLoop returns the loop of a valid target. name tells it from other targets.
func NewLoop(name string, t Target, s Settings) (*Loop, error) {
	t = t.defaulted()
	l, err := newLabeler(t, s.Local)
	if err != nil {
		return nil, err
	}
	s.Metrics.targets.Inc()
	return &Loop{
		Settings: s, target: t, labeler: l,
		source: s.Edge.Source("scrape/" + name), symbols: labels.NewSymbolTable(),
	}, nil
}

// Run scrapes at the target's interval until ctx ends. It reports to the part under name.
func (l *Loop) Run(ctx context.Context, name string) error {
	defer func() {
		if l.fetcher != nil {
			l.fetcher.close()
		}
	}()
	if !sleep(ctx, time.Duration(xxhash.Sum64String(name+l.target.URL)%uint64(min(spread, l.target.Interval)))) {
		return nil
	}
	tick := time.NewTicker(l.target.Interval)
	defer tick.Stop()
	for {
		problem := l.scrape(ctx)
		if ctx.Err() != nil { // what was cut short says nothing of the target
			return nil
		}
		l.Part.Report(name, problem)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// sleep returns false if ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// scrape asks the target once, publishes what it says, and returns its trouble, "" if there is none. It
// means nothing if ctx has ended.
func (l *Loop) scrape(ctx context.Context) string {
	start := time.Now()
	l.source.Begin(start)
	l.shown = 0
	err := l.collect(ctx)
	if err != nil && ctx.Err() != nil {
		return ""
	}
	up := 0.0
	if err == nil {
		up = 1
	}
	l.Metrics.count(err == nil, time.Since(start))
	l.own(up, time.Since(start))
	round, lost := l.source.End(ctx)
	switch {
	case err != nil:
		return err.Error()
	case lost != nil:
		return fmt.Sprintf("samples lost: %v; look at the bus", lost)
	}
	return trouble(round, l.Edge.Limits, start)
}

// collect puts what the target says into the round. The body is given back before anything is published.
func (l *Loop) collect(ctx context.Context) (err error) {
	if l.fetcher != nil && l.fetcher.stale {
		l.fetcher.close()
		l.fetcher = nil
	}
	if l.fetcher == nil {
		if l.fetcher, err = newFetcher(l.target, l.Edge.Limits.BodyBytes, l.Bodies); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, l.target.Timeout)
	defer cancel()
	defer l.fetcher.release()
	body, openMetrics, err := l.fetcher.fetch(ctx)
	if err != nil {
		return err
	}
	l.take(body, openMetrics)
	return nil
}

// trouble says what of a scrape that went well was refused.
func trouble(r edge.Round, limits edge.Limits, now time.Time) string {
	switch {
	case r.Limit != "":
		return r.Limit
	case r.Malformed > 0:
		return fmt.Sprintf("%d series have too many, too long or nameless labels; drop labels by metric_relabel, or raise limits.labels "+
			"or limits.name_bytes", r.Malformed)
	case r.OverSamples > 0:
		return fmt.Sprintf("more than %d samples in a scrape; drop metrics by metric_relabel, or raise limits.samples", limits.Samples)
	case r.Future > 0:
		return fmt.Sprintf("%d samples are more than %v ahead of this machine's clock; set the clocks by NTP", r.Future, limits.Ahead)
	case r.Past > 0:
		return fmt.Sprintf("%d samples are more than %v behind this machine's clock; let the target leave its timestamps out, "+
			"set the clocks by NTP, or raise limits.behind", r.Past, limits.Behind)
	case r.Newest > 0 && now.Sub(time.UnixMilli(r.Newest)) > limits.Ahead:
		return fmt.Sprintf("its newest sample is %v behind this machine's clock, and its dates are as wrong as that; "+
			"set the clocks by NTP, or let the target leave its timestamps out", now.Sub(time.UnixMilli(r.Newest)).Round(time.Minute))
	}
	return ""
}

// own adds the series that are about the scrape itself.
func (l *Loop) own(up float64, took time.Duration) {
	seen := l.source.Seen()
	for _, s := range []struct {
		name  string
		value float64
	}{
		{"up", up},
		{"scrape_duration_seconds", took.Seconds()},
		{"scrape_samples_scraped", float64(l.shown)},
		{"scrape_series_dropped", float64(seen.Dropped())},
	} {
		key := []byte("\x00" + s.name) // no exposition has such a key
		ref, known := l.source.Lookup(key)
		if !known {
			ref = l.source.LearnOwn(key, l.labeler.own(s.name))
		}
		if ref != nil {
			l.source.PutOwn(ref, s.value)
		}
	}
}

// reportMalformed counts lines that were not understood, and says so once until they are gone.
func (l *Loop) reportMalformed(x *exposition) {
	l.Metrics.malformed.Add(float64(x.malformed))
	if x.malformed > 0 && !l.malformed {
		l.Part.Logger().Warn("malformed lines left out, the rest is taken",
			zap.String("target", l.target.Name()), zap.Int("lines", x.malformed),
			zap.String("example", x.example), zap.String("problem", x.problem))
	}
	l.malformed = x.malformed > 0
}
