// Package signal is the catalogue: it tells what a series is good for.
//
// A rule of the catalogue selects series by metric name and label matchers, derives what is used and what
// the limit is, and names the entity. What a rule reads of one entity is a signal; its key is
// <rule id>/<entity id>, the same whoever reported it.
//
//	c, err := signal.Open(signal.Config{})
//	for _, b := range c.Bind(series.Labels) { // once per series; keep the result
//		values[b.Input] = sample.Value // of the signal b.Key, sender b.Group
//	}
//	use, limit, ok := rule.Evaluate(values) // at every sample; allocates nothing
//
// A [Catalogue] and its rules are immutable and safe for concurrent use.
package signal
