package promremote

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/annotations"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/seriesset"
	"github.com/forewarn/forewarn/shared/promapi"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// shortest is a range of time that is not divided any more.
const shortest = time.Minute

// Querier returns a querier over the samples from mint to maxt, Unix milliseconds, both included.
func (s *Store) Querier(mint, maxt int64) (storage.Querier, error) {
	if s.closed.Load() {
		return nil, history.ErrClosed
	}
	latest := s.now().Add(2 * history.MaxAhead).UnixMilli() // none is stored that is later
	return &querier{store: s, from: time.UnixMilli(max(0, mint)), to: time.UnixMilli(min(latest, maxt))}, nil
}

// querier asks the server for a range of time.
type querier struct {
	store    *Store
	from, to time.Time
}

var _ storage.Querier = (*querier)(nil)

// Close does nothing.
func (q *querier) Close() error { return nil }

// Select reads the series that all matchers match.
func (q *querier) Select(ctx context.Context, sorted bool, hints *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	limits := q.store.limits
	found := seriesset.New(limits, matchers...)
	var warnings annotations.Annotations
	var err error
	switch {
	case q.to.Before(q.from):
	case hints != nil && hints.Func == "series":
		warnings, err = q.series(ctx, hints.Limit, found, matchers)
	default:
		warnings, err = q.samples(ctx, found, matchers)
	}
	if err := q.store.explainRead(ctx, err); err != nil {
		return storage.ErrSeriesSet(err)
	}
	return found.Set(sorted, warnings)
}

// series finds series without their samples.
func (q *querier) series(ctx context.Context, limit int, found *seriesset.Builder, matchers []*labels.Matcher) (annotations.Annotations, error) {
	all, said, err := q.store.client.Series(ctx, q.search(matchers, limit))
	for _, ls := range all {
		if err == nil {
			err = found.Add(history.Labels(ls))
		}
	}
	return warn(said), err
}

// samples finds series with their samples, by remote read where the server has that.
func (q *querier) samples(ctx context.Context, found *seriesset.Builder, matchers []*labels.Matcher) (annotations.Annotations, error) {
	if !q.store.noRead.Load() {
		err := q.store.remoteRead(ctx, q.from, q.to, matchers, found)
		if !errors.Is(err, errNoRemoteRead) {
			return nil, err
		}
		q.store.noRead.Store(true)
	}
	v := &visitor{found: found, from: q.from.UnixMilli(), to: q.to.UnixMilli()}
	said, err := q.divided(ctx, selector(matchers), q.from, q.to, v)
	return warn(said), err
}

// divided asks for samples, and for those of halves of the time where that is too much for the server.
func (q *querier) divided(ctx context.Context, selector string, from, to time.Time, v *visitor) ([]string, error) {
	said, err := q.store.client.Samples(ctx, selector, from, to, v)
	if !errors.Is(err, promapi.ErrTooMuch) || to.Sub(from) <= shortest {
		return said, err
	}
	middle := from.Add(to.Sub(from) / 2)
	said, err = q.divided(ctx, selector, from, middle, v)
	if err != nil {
		return said, err
	}
	more, err := q.divided(ctx, selector, middle.Add(time.Millisecond), to, v)
	return append(said, more...), err
}

// visitor takes the answer of the query API. What comes twice, since an attempt failed half way, is kept once.
type visitor struct {
	found    *seriesset.Builder
	from, to int64
}

// Begin does nothing.
func (v *visitor) Begin() {}

// Series takes a series.
func (v *visitor) Series(ls telemetry.Labels, samples []telemetry.Sample) error {
	samples = slices.DeleteFunc(samples, func(s telemetry.Sample) bool { return s.TimeMillis < v.from || s.TimeMillis > v.to })
	if len(samples) == 0 {
		return nil
	}
	return v.found.Add(history.Labels(ls), samples...)
}

// LabelValues returns the values of a label.
func (q *querier) LabelValues(
	ctx context.Context, name string, hints *storage.LabelHints, matchers ...*labels.Matcher,
) ([]string, annotations.Annotations, error) {
	return q.list(ctx, hints, matchers, func(s promapi.Search) ([]string, []string, error) {
		return q.store.client.LabelValues(ctx, name, s)
	})
}

// LabelNames returns the names of labels.
func (q *querier) LabelNames(ctx context.Context, hints *storage.LabelHints, matchers ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return q.list(ctx, hints, matchers, func(s promapi.Search) ([]string, []string, error) {
		return q.store.client.LabelNames(ctx, s)
	})
}

func (q *querier) list(
	ctx context.Context, hints *storage.LabelHints, matchers []*labels.Matcher, ask func(promapi.Search) ([]string, []string, error),
) ([]string, annotations.Annotations, error) {
	if q.to.Before(q.from) {
		return nil, nil, nil
	}
	limit := 0
	if hints != nil {
		limit = hints.Limit
	}
	found, said, err := ask(q.search(matchers, limit))
	slices.Sort(found)
	return found, warn(said), q.store.explainRead(ctx, err)
}

func (q *querier) search(matchers []*labels.Matcher, limit int) promapi.Search {
	s := promapi.Search{From: q.from, To: q.to, Limit: limit}
	if len(matchers) > 0 {
		s.Selector = selector(matchers)
	}
	return s
}

// selector returns matchers in Prometheus' notation, with one that demands something, as servers do.
func selector(matchers []*labels.Matcher) string {
	var sb strings.Builder
	sb.WriteByte('{')
	demands := false
	for i, m := range matchers {
		if i > 0 {
			sb.WriteByte(',')
		}
		sb.WriteString(widened(m).String())
		demands = demands || !m.Matches("")
	}
	if !demands {
		if len(matchers) > 0 {
			sb.WriteByte(',')
		}
		sb.WriteString(telemetry.MetricName + `!=""`)
	}
	sb.WriteByte('}')
	return sb.String()
}

// widened returns a matcher whose dot matches line ends, too, as it does since Prometheus 3.
func widened(m *labels.Matcher) *labels.Matcher {
	if m.Type != labels.MatchRegexp && m.Type != labels.MatchNotRegexp || !strings.Contains(m.Value, ".") || len(m.SetMatches()) > 0 {
		return m
	}
	wide, err := labels.NewMatcher(m.Type, m.Name, "(?s:"+m.Value+")")
	if err != nil {
		return m
	}
	return wide
}

func warn(said []string) annotations.Annotations {
	var out annotations.Annotations
	for _, text := range said {
		out = out.Add(errors.New(text))
	}
	return out
}

// explainRead names the server in an error of it.
func (s *Store) explainRead(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, promapi.ErrTooMuch):
		return fmt.Errorf("read history from %s: %w; ask for a shorter time or fewer series", s.cfg.URL, err)
	}
	return fmt.Errorf("read history from %s: %w", s.cfg.URL, err)
}
