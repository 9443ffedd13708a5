package backtest

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/anomaly"
	"github.com/forewarn/forewarn/shared/promapi"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Remote says what is read from a server.
type Remote struct {
	Client *promapi.Client
	// Queries are selectors; none asks for all that the catalogue's rules read, and those that people wrote.
	Queries  []string
	From, To time.Time
	Step     time.Duration
}

func (r *Remote) check() error {
	switch {
	case r.Step < time.Second || r.Step%time.Millisecond != 0:
		return fmt.Errorf("--step: %s is too short; take at least 1s, such as the scrape interval", r.Step)
	case r.From.UnixMilli() < 0 || r.To.Unix() > maxSeconds:
		return errors.New("--from, --to: lie outside of the years 1970 to 2199")
	case !r.From.Before(r.To):
		return fmt.Errorf("--from %s is not before --to %s", r.From.Format(time.RFC3339), r.To.Format(time.RFC3339))
	}
	return nil
}

// Selectors ask for every metric that a rule on limits and leaks reads, for those that say what runs behind leaks, and for what the
// rules that people wrote read, if there are any.
func Selectors(c *signal.Catalogue, rules *anomaly.Rules) []string {
	metrics, others := rules.Selects()
	names := make([]string, 0, len(metrics))
	for _, name := range metrics {
		names = append(names, regexp.QuoteMeta(name))
	}
	for _, r := range c.Rules() {
		if r.Kind != signal.Saturation && r.Kind != signal.Leak {
			continue
		}
		for _, in := range r.Inputs {
			for _, name := range in.Metrics {
				names = append(names, regexp.QuoteMeta(name))
			}
		}
	}
	for _, name := range c.InfoMetrics() {
		end, many := strings.CutPrefix(name, "*")
		if name = regexp.QuoteMeta(end); many {
			name = ".*" + name
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return append([]string{fmt.Sprintf("{__name__=~%q}", strings.Join(slices.Compact(names), "|"))}, others...)
}

// server reads from a server, one stretch of time after the other.
type server struct {
	Remote
	book  *book
	meter *meter
	bad   *complaints

	at      time.Time // of the next query
	steps   int64     // of the next stretch
	stretch []record  // in the order of time
	given   int       // how many of them are returned
	mark    int       // where the present query's records begin
	leftOut int       // samples of the present query that no rule reads
}

var (
	_ input           = (*server)(nil)
	_ promapi.Visitor = (*server)(nil)
)

// How much is asked for at once: some steps at first, then up to four times as much as before, about so many samples.
const (
	firstSteps = 10
	atOnce     = 500_000
)

func newServer(r Remote, b *book, m *meter, bad *complaints) *server {
	if len(r.Queries) == 0 {
		r.Queries = Selectors(b.catalogue, b.rules)
	}
	m.total.Add(r.To.Sub(r.From).Milliseconds())
	return &server{Remote: r, book: b, meter: m, bad: bad, at: r.From, steps: firstSteps}
}

func (s *server) close() error { return nil }

func (s *server) next(ctx context.Context) (row, bool, error) {
	for s.given == len(s.stretch) {
		if s.at.After(s.To) {
			return row{}, false, nil
		}
		if err := s.fetch(ctx); err != nil {
			return row{}, false, err
		}
	}
	r := &s.stretch[s.given]
	s.given++
	return row{s.book.sources[r.source], telemetry.Sample{TimeMillis: r.millis, Value: r.value}}, true, nil
}

// fetch asks for the next stretch, a shorter one where that is too much for the server.
func (s *server) fetch(ctx context.Context) error {
	for {
		last := s.at.Add(time.Duration(s.steps-1) * s.Step)
		if last.After(s.To) {
			last = s.To
		}
		err := s.ask(ctx, last)
		if err == nil {
			s.adapt(last)
			return nil
		}
		if !errors.Is(err, promapi.ErrTooMuch) || s.steps == 1 {
			return err
		}
		s.steps = max(1, s.steps/4)
	}
}

// ask asks every query for the times up to the last.
func (s *server) ask(ctx context.Context, last time.Time) error {
	s.stretch, s.given, s.mark = s.stretch[:0], 0, 0
	for _, text := range s.Queries {
		warnings, err := s.Client.Range(ctx, promapi.Query{Text: text, From: s.at, To: last, Step: s.Step}, s)
		if err != nil {
			return fmt.Errorf("--prometheus: %.60s: %w", text, err)
		}
		for _, w := range warnings {
			s.bad.warn("the server warns: " + w)
		}
		s.mark, s.book.unread = len(s.stretch), s.book.unread+s.leftOut
	}
	slices.SortFunc(s.stretch, record.compare)
	return nil
}

// Begin drops what an attempt before brought.
func (s *server) Begin() { s.stretch, s.leftOut = s.stretch[:s.mark], 0 }

// Series keeps the samples of a series.
func (s *server) Series(ls telemetry.Labels, samples []telemetry.Sample) error {
	if ls.Get(telemetry.MetricName) == "" {
		return fmt.Errorf("%s has no metric name, so that no rule knows it; ask for series, such as node_filesystem_avail_bytes{job=\"node\"}, not for sums of them", ls)
	}
	from, err := s.book.source([]byte(ls.String()))
	if err != nil {
		s.bad.add(err.Error())
	}
	for _, x := range samples {
		if from.read {
			s.stretch = append(s.stretch, record{x.TimeMillis, x.Value, uint32(from.number), uint32(len(s.stretch))}) //nolint:gosec // memory ends before them
		}
	}
	if from.series != nil && !from.read {
		s.leftOut += len(samples)
	}
	return nil
}

// adapt moves on behind the last time asked for, by as many steps as what that brought lets expect.
func (s *server) adapt(last time.Time) {
	asked := int64(last.Sub(s.at)/s.Step) + 1
	s.at = s.at.Add(time.Duration(asked) * s.Step)
	s.meter.done.Add(asked * s.Step.Milliseconds())
	s.steps = min(asked*atOnce/max(int64(len(s.stretch)), 1), 4*asked, promapi.MaxPoints-1)
	s.steps = max(1, s.steps)
}
