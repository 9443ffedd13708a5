package trend

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	names "github.com/prometheus/common/model"
	"google.golang.org/protobuf/proto"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/query"
	"github.com/forewarn/forewarn/shared/signal"
)

const (
	// maxExposed is of how many signals forecasts are shown, the most dangerous first: each takes up to nine series.
	maxExposed = 10_000
	// askFor is how long a partition may take to answer.
	askFor = 2 * time.Second
)

// Exposition shows the forecasts of all partitions as metrics in Prometheus' text format, for charts and alerts elsewhere:
//
//	forewarn_signal_used_ratio                  use as a share of the limit
//	forewarn_signal_limit_probability{within}   probability of reaching the limit within 4h, 24h, 7d and 30d
//	forewarn_signal_time_to_limit_seconds{quantile}  0.1, 0.5 and 0.9; absent beyond 180 days
//	forewarn_signal_episode_open                1 while an episode is open, else absent
//
// Every series has the labels signal, rule, kind and entity, and those that make the entity. Times run from the newest
// sample. Signals that have no limit, or fell silent, are left out, as are all but the 10,000 most dangerous:
// forewarn_signals_not_exposed counts those. A partition that does not answer within 2 s makes the answer 503, so that a
// gap is not taken for peace.
func Exposition(b *bus.Bus) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		states, err := readAll(r.Context(), b)
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		format := expfmt.NewFormat(expfmt.TypeTextPlain)
		w.Header().Set("Content-Type", string(format))
		buffered := bufio.NewWriter(w)
		enc := expfmt.NewEncoder(buffered, format)
		for _, f := range expose(states) {
			if len(f.Metric) > 0 && enc.Encode(f) != nil {
				return // the client went away
			}
		}
		buffered.Flush() //nolint:errcheck // the client went away
	})
}

// readAll returns what all partitions know of their signals.
func readAll(ctx context.Context, b *bus.Bus) ([]signal.State, error) {
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	all, errs := query.Each(ctx, b, Service, func(ctx context.Context, ask query.Ask) ([]signal.State, error) {
		states, _, err := signal.ReadAll(ctx, maxExposed*10, ask)
		return states, err
	})
	for p, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("partition %d does not tell its forecasts: %w; is a trend worker running?", p, err)
		}
	}
	return slices.Concat(all...), nil
}

// expose makes metrics of states.
func expose(states []signal.State) []*dto.MetricFamily {
	states = slices.DeleteFunc(states, func(s signal.State) bool { return s.Limit <= 0 || s.Stage == signal.Silent })
	slices.SortFunc(states, func(a, b signal.State) int {
		return cmp.Or(cmp.Compare(b.Episode, a.Episode), cmp.Compare(b.Probability.D30, a.Probability.D30), cmp.Compare(a.Key, b.Key))
	})
	shown := states[:min(len(states), maxExposed)]
	used := family("forewarn_signal_used_ratio", "Use as a share of the limit.")
	within := family("forewarn_signal_limit_probability", "Probability of reaching the limit within a time.")
	left := family("forewarn_signal_time_to_limit_seconds", "Quantiles of the time from the newest sample to the limit.")
	open := family("forewarn_signal_episode_open", "1 while an episode is open.")
	missing := family("forewarn_signals_not_exposed", "Signals left out because there are too many.")
	for i := range shown {
		s := &shown[i]
		labels := labelsOf(s)
		add(used, s.Used/s.Limit, labels)
		p := s.Probability
		for _, h := range []struct {
			name  string
			value float64
		}{{"4h", p.H4}, {"24h", p.H24}, {"7d", p.D7}, {"30d", p.D30}} {
			add(within, h.value, labels, pair("within", h.name))
		}
		for _, q := range []struct {
			name string
			at   *time.Time
		}{{"0.1", s.ETA.P10}, {"0.5", s.ETA.P50}, {"0.9", s.ETA.P90}} {
			if q.at != nil {
				add(left, q.at.Sub(s.UpdatedAt).Seconds(), labels, pair("quantile", q.name))
			}
		}
		if s.Episode != "" {
			add(open, 1, labels)
		}
	}
	add(missing, float64(len(states)-len(shown)), nil)
	return []*dto.MetricFamily{used, within, left, open, missing}
}

func family(name, help string) *dto.MetricFamily {
	return &dto.MetricFamily{Name: proto.String(name), Help: proto.String(help), Type: dto.MetricType_GAUGE.Enum()}
}

func add(f *dto.MetricFamily, value float64, labels []*dto.LabelPair, more ...*dto.LabelPair) {
	f.Metric = append(f.Metric, &dto.Metric{Label: slices.Concat(labels, more), Gauge: &dto.Gauge{Value: proto.Float64(value)}})
}

// labelsOf returns what names a signal. Labels of its entity give way to ours.
func labelsOf(s *signal.State) []*dto.LabelPair {
	out := []*dto.LabelPair{pair("signal", s.Key), pair("rule", s.Rule), pair("kind", string(s.Kind)), pair("entity", s.Entity.ID)}
	for _, name := range slices.Sorted(maps.Keys(s.Entity.Labels)) {
		switch name {
		case "signal", "rule", "kind", "entity", "within", "quantile", "job", "instance":
			continue // job and instance are those of the exposition
		}
		if !names.LegacyValidation.IsValidLabelName(name) {
			continue // "service.name": older readers refuse the whole exposition for it
		}
		out = append(out, pair(name, s.Entity.Labels[name]))
	}
	return out
}

func pair(name, value string) *dto.LabelPair {
	return &dto.LabelPair{Name: proto.String(name), Value: proto.String(strings.ToValidUTF8(value, "\uFFFD"))}
}
