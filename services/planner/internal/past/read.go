package past

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Reach is how far back history is read: as far as a plan uses.
const Reach = 100 * 31 * 24 * time.Hour

// overlap is read again each time: late samples come within the out-of-order window, a week at most.
const overlap = 7 * 24 * time.Hour

// Reader reads uses. Safe for concurrent use.
type Reader struct {
	Store     storage.Queryable
	Catalogue *signal.Catalogue
}

// Read returns the peaks of a signal until now, given those of the last time or nil; those are not changed. It costs a look
// at every sample of the signal since then, tens of nanoseconds each. All senders of the signal count, also those of
// before. An error is the store's, or ctx's, or says that the signal's rule is not known.
func (r *Reader) Read(ctx context.Context, s *signal.State, last *Peaks, now time.Time) (*Peaks, error) {
	rule, ok := r.Catalogue.Rule(s.Rule)
	if !ok {
		return nil, fmt.Errorf("rule %s is not in the catalogue", s.Rule)
	}
	if last == nil {
		last = &Peaks{}
	}
	peaks, from := last.Clone(), now.Add(-Reach)
	if !last.Until.IsZero() {
		from = last.Until.Add(-overlap)
	}
	q, err := r.Store.Querier(from.UnixMilli(), now.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	defer q.Close() //nolint:errcheck // it was only read from
	groups, err := r.groups(ctx, q, rule, s)
	if err != nil {
		return nil, fmt.Errorf("read history of %s: %w", s.Key, err)
	}
	for _, g := range groups {
		if err := g.uses(ctx, peaks.Add); err != nil {
			return nil, fmt.Errorf("read history of %s: %w", s.Key, err)
		}
	}
	peaks.Until = now
	return peaks, nil
}

// groups returns the senders of the signal, in the order in which the store has them.
func (r *Reader) groups(ctx context.Context, q storage.Querier, rule *signal.Rule, s *signal.State) (out []*group, err error) {
	set := q.Select(ctx, true, nil, matchers(rule, s)...)
	for set.Next() {
		series := set.At()
		ls := convert(series.Labels())
		for _, b := range r.Catalogue.Bind(ls) {
			if b.Key != s.Key {
				continue
			}
			i := slices.IndexFunc(out, func(g *group) bool { return g.id == b.Group })
			if i < 0 {
				i, out = len(out), append(out, newGroup(rule, b.Group))
			}
			out[i].cursors = append(out[i].cursors, &cursor{input: b.Input, it: series.Iterator(nil)})
		}
	}
	return out, set.Err()
}

// matchers select the series that may be inputs of the signal: by the names of the rule's metrics, and by what names the
// entity and its series alike.
func matchers(rule *signal.Rule, s *signal.State) []*labels.Matcher {
	var names []string
	for _, in := range rule.Inputs {
		names = append(names, in.Metrics...)
	}
	slices.Sort(names)
	out := []*labels.Matcher{labels.MustNewMatcher(labels.MatchRegexp, telemetry.MetricName, alternatives(names))}
	known, err := telemetry.ParseSeries(s.Series)
	if err != nil {
		return out
	}
	for name, v := range s.Entity.Labels {
		if known.Get(name) == v {
			out = append(out, labels.MustNewMatcher(labels.MatchEqual, name, v))
		}
	}
	return out
}

// alternatives is a regular expression of metric names, which hold nothing that must be quoted.
func alternatives(names []string) string {
	text := ""
	for i, n := range slices.Compact(names) {
		if i > 0 {
			text += "|"
		}
		text += n
	}
	return text
}

func convert(ls labels.Labels) telemetry.Labels {
	var out []telemetry.Label
	ls.Range(func(l labels.Label) { out = append(out, telemetry.Label{Name: l.Name, Value: l.Value}) })
	return telemetry.NewLabels(out...)
}

// cursor walks along the samples of one input's series.
type cursor struct {
	input  int
	it     chunkenc.Iterator
	value  float64
	millis int64
	// more tells that value and millis are those of a sample to come.
	more bool
}

func (c *cursor) advance() {
	for {
		switch c.it.Next() {
		case chunkenc.ValFloat:
			c.millis, c.value = c.it.At()
			c.more = true
			return
		case chunkenc.ValNone:
			c.more = false
			return
		}
	}
}
