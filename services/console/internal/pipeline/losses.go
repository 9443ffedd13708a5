package pipeline

import (
	"cmp"
	"slices"

	dto "github.com/prometheus/client_model/go"
)

// Loss is what this process has refused, dropped or not understood since it started, of one sort.
type Loss struct {
	// Metric is the counter; Reason the value of its label that tells sorts apart, "" where there is none.
	Metric, Reason string
	Count          float64
}

// counter is one that counts losses, and the label by which it tells their sorts apart.
type counter struct{ metric, label string }

// lossCounters are those of all services that count what does not reach its end, in the order of its way.
func lossCounters() []counter {
	return []counter{
		{"forewarn_collector_malformed_lines_total", ""},
		{"forewarn_collector_samples_refused_total", "reason"},
		{"forewarn_collector_samples_lost_total", ""},
		{"forewarn_bus_spool_dropped_total", ""},
		{"forewarn_bus_spool_corrupt_total", ""},
		{"forewarn_bus_spool_failures_total", ""},
		{"forewarn_bus_lost_messages_total", "service"},
		{"forewarn_bus_poison_total", "service"},
		{"forewarn_trend_samples_ignored_total", "reason"},
		{"forewarn_historian_malformed_batches_total", ""},
		{"forewarn_historian_samples_total", "result"},
	}
}

// notLost is the value of a label that stands for what did reach its end.
const notLost = "stored"

// Losses returns what was lost since the start of this process, none that is zero; what is counted elsewhere is not known.
func (s *Source) Losses() []Loss {
	if s.settings.Gatherer == nil {
		return nil
	}
	families, err := s.settings.Gatherer.Gather()
	if err != nil && len(families) == 0 {
		return nil
	}
	var out []Loss
	for _, c := range lossCounters() {
		i, ok := slices.BinarySearchFunc(families, c.metric, func(f *dto.MetricFamily, name string) int { return cmp.Compare(f.GetName(), name) })
		if ok {
			out = append(out, c.losses(families[i])...)
		}
	}
	return out
}

// losses adds up the counts of a family by their sort.
func (c counter) losses(f *dto.MetricFamily) (out []Loss) {
	for _, m := range f.GetMetric() {
		n, reason := m.GetCounter().GetValue(), ""
		for _, l := range m.GetLabel() {
			if l.GetName() == c.label {
				reason = l.GetValue()
			}
		}
		if n == 0 || reason == notLost {
			continue
		}
		i := slices.IndexFunc(out, func(l Loss) bool { return l.Reason == reason })
		if i < 0 {
			out = append(out, Loss{Metric: c.metric, Reason: reason})
			i = len(out) - 1
		}
		out[i].Count += n
	}
	slices.SortFunc(out, func(a, b Loss) int { return cmp.Compare(b.Count, a.Count) })
	return out
}
