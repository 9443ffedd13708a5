package edge

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// tally counts series by metric name, of at most 1,000 metrics.
type tally map[string]int

func (t tally) add(metric string) {
	if _, ok := t[metric]; ok || len(t) < 1000 {
		t[metric]++
	}
}

// most names the three metrics with the most series.
func (t tally) most() string {
	names := slices.Collect(maps.Keys(t))
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(t[b], t[a]), cmp.Compare(a, b)) })
	names = names[:min(3, len(names))]
	for i, name := range names {
		names[i] = fmt.Sprintf("%s (%d)", name, t[name])
	}
	return strings.Join(names, ", ")
}

// judge says once when the source begins to exceed a limit of series, and once when it no longer does.
func (s *Source) judge() {
	if s.result == (Round{}) {
		return // nothing was heard of the source
	}
	before := s.trouble() != ""
	s.judgeSeries()
	s.judgeNew()
	switch after := s.trouble() != ""; {
	case after && !before:
		s.edge.Metrics.overfull.Inc()
	case before && !after:
		s.edge.Metrics.overfull.Dec()
	}
}

// trouble is what is said of the source at present, "" if nothing.
func (s *Source) trouble() string {
	if s.limit != "" && s.churn != "" {
		return s.limit + "; " + s.churn
	}
	return s.limit + s.churn
}

func (s *Source) judgeSeries() {
	over := s.result.OverSeries > 0
	logger := s.edge.Logger.With(zap.String("source", s.name))
	switch {
	case over && s.limit == "":
		s.limit = fmt.Sprintf("more than %d series, most of %s; drop labels or metrics by metric_relabel, "+
			"or raise limits.series", s.edge.Limits.Series, s.offenders())
		logger.Warn("source exceeds its series limit", zap.String("problem", s.limit),
			zap.Int("refused", s.result.OverSeries))
	case !over && s.limit != "":
		s.limit = ""
		logger.Info("source is within its series limit again", zap.Int("series", len(s.ids)))
	}
}

func (s *Source) judgeNew() {
	over := s.result.OverNew > 0
	limits := &s.edge.Limits
	logger := s.edge.Logger.With(zap.String("source", s.name))
	switch {
	case over && s.churn == "":
		s.churn = fmt.Sprintf("more than %d new series in an hour, now most of %s; a label changes too often, "+
			"drop it by metric_relabel, or raise limits.new_series", limits.NewSeries, s.fresh.most())
		logger.Warn("source exceeds its limit of new series", zap.String("problem", s.churn),
			zap.Int("refused", s.result.OverNew))
	case !over && s.churn != "" && s.budget.calm(limits):
		s.churn = ""
		logger.Info("source is within its limit of new series again", zap.Int("series", len(s.ids)))
	}
}

// offenders names the three metrics with the most series, kept and refused.
func (s *Source) offenders() string {
	count := tally{}
	for _, ref := range s.ids {
		count.add(ref.series.Labels.Get(telemetry.MetricName))
	}
	for name, n := range s.overflow {
		count[name] += n
	}
	return count.most()
}

// evict forgets keys that have not been seen for some rounds, and the series that no key stands for. It
// costs nothing while every key is seen in every round.
func (s *Source) evict() {
	before := s.known
	if s.seen < len(s.keys) || len(s.ids) > len(s.keys) {
		s.sweep()
	}
	s.known = len(s.ids)
	s.edge.Metrics.series.Add(float64(s.known - before))
}

func (s *Source) sweep() {
	alive := make(map[*Ref]struct{}, len(s.ids))
	for key, e := range s.keys {
		switch {
		case e.seen+keepRounds > s.round:
			alive[e.ref] = struct{}{}
		default:
			if e.ref.series == nil {
				s.ignored--
			}
			delete(s.keys, key)
		}
	}
	for id, ref := range s.ids {
		if _, ok := alive[ref]; !ok && ref.put+keepRounds <= s.round {
			delete(s.ids, id)
			s.budget.forget(id, &s.edge.Limits)
		}
	}
}
