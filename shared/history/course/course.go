// Package course reads back from a history what a signal used, and what its limit was.
//
// A signal is not a series: what is used is reckoned from several of them, as the rule of the catalogue says. The package
// reckons as those who judge signals do, so that a chart shows what they saw.
//
//	used, limit, err := course.New(store, catalogue).Course(ctx, state.Key, state.Series, from, to)
//
// However dense the samples are, a course has [MaxPoints] of them at most, and peaks survive: of each stretch of time the
// least and the greatest use are kept, in the order in which they came.
package course

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// ErrUnknown is of a signal whose rule or series the catalogue does not know any more.
var ErrUnknown = errors.New("the catalogue does not know the signal")

// Reader reads courses. It is safe for concurrent use.
type Reader struct {
	store     storage.Queryable
	catalogue *signal.Catalogue
}

// New returns a reader of a store, which knows signals from the catalogue.
func New(store storage.Queryable, catalogue *signal.Catalogue) *Reader {
	return &Reader{store: store, catalogue: catalogue}
}

// Course returns what the signal with that key used between two times, and its limit, in the rule's unit; series is the
// primary one in Prometheus notation. A use of NaN marks a gap; the limit holds from each sample until the next, and is
// empty where there is none. No samples is not an error. The time it takes grows with the samples read, a million a second
// or more; it ends early, with an error, when ctx does.
func (r *Reader) Course(ctx context.Context, key, series string, from, to time.Time) (used, limit []telemetry.Sample, err error) {
	ls, err := telemetry.ParseSeries(series)
	if err != nil {
		return nil, nil, fmt.Errorf("read course of %s: %w", key, err)
	}
	b, ok := r.bind(ls, key)
	if !ok {
		return nil, nil, fmt.Errorf("read course of %s: %w", key, ErrUnknown)
	}
	q, err := r.store.Querier(from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return nil, nil, fmt.Errorf("read course of %s: %w", key, err)
	}
	defer q.Close() //nolint:errcheck // only read
	in, err := r.inputs(ctx, q, b, ls)
	if err != nil {
		return nil, nil, fmt.Errorf("read course of %s: %w", key, err)
	}
	p := newProfile(from.UnixMilli(), to.UnixMilli())
	if err := in.run(ctx, b.Rule, p); err != nil {
		return nil, nil, fmt.Errorf("read course of %s: %w", key, err)
	}
	used, limit = p.draw()
	return used, limit, nil
}

// bind returns what a series is to the signal with that key.
func (r *Reader) bind(ls telemetry.Labels, key string) (signal.Binding, bool) {
	for _, b := range r.catalogue.Bind(ls) {
		if b.Key == key {
			return b, true
		}
	}
	return signal.Binding{}, false
}

// inputs finds the series of all inputs of a signal.
func (r *Reader) inputs(ctx context.Context, q storage.Querier, b signal.Binding, primary telemetry.Labels) (inputs, error) {
	out := make(inputs, len(b.Rule.Inputs))
	set := q.Select(ctx, false, nil, matchers(b.Rule, primary)...)
	for set.Next() {
		s := set.At()
		for _, is := range r.catalogue.Bind(converted(s.Labels())) {
			if is.Key == b.Key && is.Group == b.Group { // a series may be more than one input
				out[is.Input] = append(out[is.Input], newCursor(s.Iterator(nil)))
			}
		}
	}
	return out, set.Err()
}

// matchers select the series that may be inputs of the rule beside the primary one.
func matchers(r *signal.Rule, primary telemetry.Labels) []*labels.Matcher {
	var names []string
	for _, in := range r.Inputs {
		for _, m := range in.Metrics {
			names = append(names, regexp.QuoteMeta(m))
		}
	}
	out := []*labels.Matcher{labels.MustNewMatcher(labels.MatchRegexp, telemetry.MetricName, strings.Join(names, "|"))}
	for _, l := range r.Joined(primary) {
		out = append(out, labels.MustNewMatcher(labels.MatchEqual, l.Name, l.Value))
	}
	return out
}

func converted(ls labels.Labels) telemetry.Labels {
	out := make([]telemetry.Label, 0, ls.Len())
	ls.Range(func(l labels.Label) { out = append(out, telemetry.Label{Name: l.Name, Value: l.Value}) })
	return telemetry.NewLabels(out...)
}

// cursor goes through the samples of a series.
type cursor struct {
	it chunkenc.Iterator
	// nextAt and next are the sample that follows, unless done.
	nextAt int64
	next   float64
	done   bool
}

func newCursor(it chunkenc.Iterator) *cursor {
	c := &cursor{it: it}
	c.read()
	return c
}

func (c *cursor) read() {
	if c.done = c.it.Next() != chunkenc.ValFloat; !c.done {
		c.nextAt, c.next = c.it.At()
	}
}
