package past

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/forewarn/forewarn/services/examiner/internal/evidence"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// MaxSeries is how many series of one metric are read at most; an error says when there are more.
const MaxSeries = 500

// Reader reads courses from a store. Safe for concurrent use.
type Reader struct {
	Store storage.Queryable
	// Days is with how many days before a time is compared.
	Days int
}

// Read returns the courses of a metric until a time, by the entity that its series belong to, as of says; "" passes one over. It
// costs a look at every sample since the first day, tens of nanoseconds each. An error is the store's or ctx's.
func (r *Reader) Read(ctx context.Context, m *evidence.Metric, at time.Time, of func(telemetry.Labels) string) (map[string]*Course, error) {
	q, err := r.Store.Querier(begin(at, r.Days).Add(-gap).UnixMilli(), at.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	defer q.Close() //nolint:errcheck // it was only read from
	s := &selection{metric: m, at: at, days: r.Days, of: of, out: map[string]*Course{}}
	if err := s.each(ctx, q, m.Metrics, m.Matchers(), s.part); err != nil {
		return nil, fmt.Errorf("read history of %s: %w", m.Metrics[0], err)
	}
	if len(m.Whole) > 0 {
		if err := s.each(ctx, q, m.Whole, nil, s.whole); err != nil {
			return nil, fmt.Errorf("read history of %s: %w", m.Whole[0], err)
		}
	}
	return s.out, nil
}

// Any returns the entities that had a series of one of these names in the half hour before a time, as of names them.
func (r *Reader) Any(ctx context.Context, names []string, at time.Time, of func(telemetry.Labels) string) (map[string]bool, error) {
	q, err := r.Store.Querier(at.Add(-Window).UnixMilli(), at.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	defer q.Close() //nolint:errcheck // it was only read from
	out := map[string]bool{}
	set := q.Select(ctx, false, nil, named(names))
	for n := 0; n < MaxSeries && set.Next(); n++ {
		if id := of(convert(set.At().Labels())); id != "" {
			out[id] = true
		}
	}
	return out, set.Err()
}

// selection collects the courses of one metric.
type selection struct {
	metric *evidence.Metric
	at     time.Time
	days   int
	of     func(telemetry.Labels) string
	out    map[string]*Course
}

// each gives every series of the names that belongs to an entity to take, with its course.
func (s *selection) each(ctx context.Context, q storage.Querier, names []string, match []*labels.Matcher, take func(*Course, chunkenc.Iterator) error) error {
	set := q.Select(ctx, false, nil, append([]*labels.Matcher{named(names)}, match...)...)
	n := 0
	for set.Next() {
		series := set.At()
		id := s.of(convert(series.Labels()))
		if id == "" {
			continue
		}
		if n++; n > MaxSeries {
			return fmt.Errorf("there are more than %d series; name fewer entities in the transaction", MaxSeries)
		}
		c := s.out[id]
		if c == nil {
			c = newCourse(s.metric, s.at, s.days)
			s.out[id] = c
		}
		if err := take(c, series.Iterator(nil)); err != nil {
			return err
		}
	}
	return set.Err()
}

func (s *selection) part(c *Course, it chunkenc.Iterator) error {
	switch s.metric.Read {
	case evidence.Rate, evidence.Share:
		k := &counter{course: c, into: c.part}
		return c.samples(it, k.sample)
	case evidence.Start:
		return c.samples(it, func(_ time.Time, v float64) { c.started(v) })
	}
	g := &gauge{course: c, sums: make([]float64, len(c.part)), counts: make([]int, len(c.part))}
	err := c.samples(it, g.sample)
	g.merge(s.metric.Over)
	return err
}

// whole adds what the part is of. Where the whole is known and no part is, as a counter of errors that have not happened yet, the part is 0.
func (s *selection) whole(c *Course, it chunkenc.Iterator) error {
	k := &counter{course: c, into: c.whole}
	if err := c.samples(it, k.sample); err != nil {
		return err
	}
	for i, w := range c.whole {
		if !math.IsNaN(w) && math.IsNaN(c.part[i]) {
			c.part[i] = 0
		}
	}
	return nil
}

// samples gives all finite samples of a series to take, and notes when the newest was taken.
func (c *Course) samples(it chunkenc.Iterator, take func(time.Time, float64)) error {
	for {
		switch it.Next() {
		case chunkenc.ValFloat:
			millis, v := it.At()
			if at := time.UnixMilli(millis); !math.IsNaN(v) && !math.IsInf(v, 0) {
				take(at, v)
				if at.After(c.last) {
					c.last = at
				}
			}
		case chunkenc.ValNone:
			return it.Err()
		}
	}
}

// named selects series by their names.
func named(names []string) *labels.Matcher {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = regexp.QuoteMeta(n)
	}
	return labels.MustNewMatcher(labels.MatchRegexp, telemetry.MetricName, strings.Join(quoted, "|"))
}

func convert(ls labels.Labels) telemetry.Labels {
	var out []telemetry.Label
	ls.Range(func(l labels.Label) { out = append(out, telemetry.Label{Name: l.Name, Value: l.Value}) })
	return telemetry.NewLabels(out...)
}
