package influx

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	ihttp "github.com/influxdata/influxdb-client-go/v2/api/http"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/annotations"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/seriesset"
	"github.com/forewarn/forewarn/shared/telemetry"
)

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

func (q *querier) question(matchers []*labels.Matcher) question {
	return question{bucket: q.store.cfg.Bucket, from: q.from, to: q.to, matchers: matchers}
}

// Select reads the series that all matchers match.
func (q *querier) Select(ctx context.Context, sorted bool, hints *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	only := hints != nil && hints.Func == "series"
	limits := q.store.limits
	if only && hints.Limit > 0 {
		limits.Series = 0
	}
	found := seriesset.New(limits, matchers...)
	if q.to.Before(q.from) {
		return found.Set(sorted, nil)
	}
	err := q.read(ctx, q.question(matchers).series(only), func(ls labels.Labels, smp telemetry.Sample) error {
		if err := found.Add(ls, smp); err != nil {
			return err
		}
		if only && hints.Limit > 0 && found.Series() >= hints.Limit {
			return errEnough
		}
		return nil
	})
	if err != nil {
		return storage.ErrSeriesSet(err)
	}
	return found.Set(sorted, nil)
}

// errEnough ends the reading of an answer.
var errEnough = errors.New("enough")

// read asks for series and gives each sample to take.
func (q *querier) read(ctx context.Context, text string, take func(labels.Labels, telemetry.Sample) error) error {
	var of *table
	var id string
	var ls labels.Labels
	builder := labels.NewScratchBuilder(16)
	return q.store.ask(ctx, text, func(r row) error {
		if r.time < 0 || r.value < 0 || r.id < 0 {
			return nil
		}
		if r.table != of || r.get(r.id) != id {
			of, id, ls = r.table, string([]byte(r.get(r.id))), r.labels(&builder)
		}
		smp, ok := r.sample()
		if !ok {
			return nil
		}
		return take(ls, smp)
	})
}

// LabelValues returns the values of a label.
func (q *querier) LabelValues(
	ctx context.Context, name string, _ *storage.LabelHints, matchers ...*labels.Matcher,
) ([]string, annotations.Annotations, error) {
	text, whole := q.question(matchers).values(name)
	if !whole {
		return q.collect(ctx, matchers, func(ls labels.Labels, found map[string]struct{}) { found[ls.Get(name)] = struct{}{} })
	}
	return q.list(ctx, text, func(v string) string {
		if name == telemetry.MetricName && v == unnamed {
			return ""
		}
		return decode(v)
	})
}

// LabelNames returns the names of labels.
func (q *querier) LabelNames(ctx context.Context, _ *storage.LabelHints, matchers ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	text, whole := q.question(matchers).names()
	if !whole {
		return q.collect(ctx, matchers, func(ls labels.Labels, found map[string]struct{}) {
			ls.Range(func(l labels.Label) { found[l.Name] = struct{}{} })
		})
	}
	return q.list(ctx, text, func(v string) string {
		switch v {
		case "_measurement":
			return telemetry.MetricName
		case "_time", "_value", "_field", "_start", "_stop":
			return ""
		}
		return decode(v)
	})
}

// list asks for a list of strings.
func (q *querier) list(ctx context.Context, text string, name func(string) string) ([]string, annotations.Annotations, error) {
	found := map[string]struct{}{}
	if q.to.Before(q.from) {
		return nil, nil, nil
	}
	err := q.store.ask(ctx, text, func(r row) error {
		if r.value >= 0 {
			found[name(r.get(r.value))] = struct{}{}
		}
		return nil
	})
	return sorted(found), nil, err
}

// collect finds strings in the labels of series.
func (q *querier) collect(ctx context.Context, matchers []*labels.Matcher, each func(labels.Labels, map[string]struct{})) ([]string, annotations.Annotations, error) {
	found := map[string]struct{}{}
	set := q.Select(ctx, false, &storage.SelectHints{Func: "series"}, matchers...)
	for set.Next() {
		each(set.At().Labels(), found)
	}
	return sorted(found), nil, set.Err()
}

func sorted(found map[string]struct{}) []string {
	delete(found, "")
	return slices.Sorted(maps.Keys(found))
}

// dialect asks for what [rows] reads.
type dialect struct {
	Header      bool     `json:"header"`
	Annotations []string `json:"annotations"`
}

// ask sends a query and gives each row of the answer to visit as it comes.
func (s *Store) ask(ctx context.Context, text string, visit func(row) error) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	body, err := json.Marshal(struct {
		Query   string  `json:"query"`
		Type    string  `json:"type"`
		Dialect dialect `json:"dialect"`
	}{text, "flux", dialect{true, []string{"datatype", "group", "default"}}})
	if err != nil {
		return err
	}
	at := s.client.HTTPService().ServerAPIURL() + "query?" + url.Values{"org": {s.cfg.Org}}.Encode()
	failed := s.client.HTTPService().DoPostRequest(ctx, at, bytes.NewReader(body), func(r *http.Request) {
		r.Header.Set("Content-Type", "application/json")
	}, func(r *http.Response) error {
		defer r.Body.Close() //nolint:errcheck // only read
		return rows(r.Body, visit)
	})
	return s.explainRead(ctx, failed)
}

// explainRead says what to do about an error of a query.
func (s *Store) explainRead(ctx context.Context, failed *ihttp.Error) error {
	var flux *fluxError
	switch {
	case failed == nil, errors.Is(failed.Err, errEnough):
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(failed.Err, seriesset.ErrTooMuch):
		return failed.Err
	case errors.Is(failed.Err, errCut), errors.As(failed.Err, &flux):
		return fmt.Errorf("read history from InfluxDB at %s: %w", s.cfg.URL, failed.Err)
	}
	return fmt.Errorf("read history: %w", s.explain(failed))
}
