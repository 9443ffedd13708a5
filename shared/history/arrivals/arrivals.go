// Package arrivals tells from a history what has been arriving: which targets were heard, and which metrics no rule of the
// catalogue reads.
//
//	r := arrivals.New(store, catalogue)
//	targets, err := r.Targets(ctx, since)
//	names, err := r.Unread(ctx, since)
//	some, err := r.Describe(ctx, since, names[:25])
//
// A [Reader] only reads, and is safe for concurrent use.
package arrivals

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/forewarn/forewarn/shared/inventory"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// up is the metric by which collectors say of each target whether they could read it.
const up = "up"

// MaxTargets is how many targets are read at most.
const MaxTargets = 10_000

// Reader reads from a history.
type Reader struct {
	store     storage.Queryable
	catalogue *signal.Catalogue
}

// New returns a reader of a store that goes by a catalogue.
func New(store storage.Queryable, catalogue *signal.Catalogue) *Reader {
	return &Reader{store: store, catalogue: catalogue}
}

// query opens the store from a time on and hands it to read.
func (r *Reader) query(since time.Time, read func(storage.Querier) error) (err error) {
	q, err := r.store.Querier(since.UnixMilli(), time.Now().Add(time.Hour).UnixMilli())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	return read(q)
}

// Targets returns the targets that were heard since a time, sorted by job and instance, [MaxTargets] at most.
func (r *Reader) Targets(ctx context.Context, since time.Time) ([]inventory.Target, error) {
	var out []inventory.Target
	err := r.query(since, func(q storage.Querier) error {
		set := q.Select(ctx, false, nil, labels.MustNewMatcher(labels.MatchEqual, telemetry.MetricName, up))
		var it chunkenc.Iterator
		for set.Next() && len(out) < MaxTargets {
			s := set.At()
			it = s.Iterator(it)
			if t, ok := newest(it); ok {
				out = append(out, named(t, s.Labels()))
			}
			if err := it.Err(); err != nil {
				return err
			}
		}
		return set.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read targets: %w", err)
	}
	slices.SortStableFunc(out, func(a, b inventory.Target) int {
		return strings.Compare(a.Job+"\x00"+a.Instance, b.Job+"\x00"+b.Instance)
	})
	return out, nil
}

// newest returns the newest sample; false if there is none.
func newest(it chunkenc.Iterator) (t inventory.Target, ok bool) {
	for it.Next() == chunkenc.ValFloat {
		at, v := it.At()
		t, ok = inventory.Target{SeenAt: time.UnixMilli(at), Up: v == 1}, true
	}
	return t, ok
}

// named fills in what a target is called.
func named(t inventory.Target, ls labels.Labels) inventory.Target {
	t.Labels = map[string]string{}
	ls.Range(func(l labels.Label) {
		switch l.Name {
		case telemetry.MetricName:
		case "job":
			t.Job = l.Value
		case "instance":
			t.Instance = l.Value
		default:
			t.Labels[l.Name] = l.Value
		}
	})
	return t
}

// Unread returns the names of the metrics that no rule of the catalogue names, sorted. The store may also name some that
// have not come since. What says how a collection itself went is left out, and what the pipeline says of itself.
func (r *Reader) Unread(ctx context.Context, since time.Time) (out []string, err error) {
	err = r.query(since, func(q storage.Querier) error {
		names, _, err := q.LabelValues(ctx, telemetry.MetricName, nil)
		for _, name := range names {
			if !r.catalogue.Names(name) && !ours(name) {
				out = append(out, name)
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read names of metrics: %w", err)
	}
	return slices.Clip(out), nil
}

// ours reports whether a metric is about collecting, or about the pipeline.
func ours(name string) bool {
	return name == up || strings.HasPrefix(name, "scrape_") || strings.HasPrefix(name, "forewarn_")
}

// maxSeries is up to how many series of a metric are counted.
const maxSeries = 1000

// Describe says more of the metrics among names, which are sorted, as those of [Reader.Unread] are; chosen are some of them.
func (r *Reader) Describe(ctx context.Context, since time.Time, names, chosen []string) (out []inventory.Metric, err error) {
	err = r.query(since, func(q storage.Querier) error {
		for _, name := range chosen {
			m := inventory.Metric{Name: name, Beside: beside(names, name)}
			hints := &storage.SelectHints{Start: since.UnixMilli(), End: time.Now().UnixMilli(), Func: "series", Limit: maxSeries + 1}
			set := q.Select(ctx, false, hints, labels.MustNewMatcher(labels.MatchEqual, telemetry.MetricName, name))
			for set.Next() {
				count(&m, set.At().Labels())
			}
			if err := set.Err(); err != nil {
				return err
			}
			out = append(out, m)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read series: %w", err)
	}
	return out, nil
}

// count takes a series into account; the first is the example.
func count(m *inventory.Metric, ls labels.Labels) {
	if m.Series == maxSeries {
		m.More = true
		return
	}
	if m.Series++; m.Series > 1 {
		return
	}
	m.Example = map[string]string{}
	ls.Range(func(l labels.Label) {
		if l.Name != telemetry.MetricName {
			m.Example[l.Name] = l.Value
		}
	})
}

// beside returns the names that begin like another: with all its words but the last one or, if that is a unit, two.
func beside(names []string, name string) (out []string) {
	stem := strings.TrimSuffix(name, "_bytes")
	if i := strings.LastIndexByte(stem, '_'); i > 0 {
		stem = stem[:i+1]
	} else {
		return nil
	}
	const most = 20
	from, _ := slices.BinarySearch(names, stem)
	for _, other := range names[from:] {
		if !strings.HasPrefix(other, stem) || len(out) == most {
			break
		}
		if other != name {
			out = append(out, other)
		}
	}
	return out
}
