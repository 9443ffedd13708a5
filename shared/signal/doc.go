// Package signal is the catalogue: it tells what a series is good for.
//
// A rule of the catalogue selects series by metric name and label matchers, derives what is used and what
// the limit is, and names the entity. What a rule reads of one entity is a signal; its key is
// <rule id>/<entity id>, the same whoever reported it.
//
//	c, err := signal.Open(signal.Config{})
//	for _, b := range c.Bind(series.Labels) { // once per series; keep the result
//		reading.Hear(b.Input, series.Fingerprint, sample) // of the signal b.Key, sender b.Group
//	}
//	use, limit, ok := reading.Evaluate(sample.TimeMillis) // at every moment; allocates nothing
//
// A [Reading] holds what one sender says of a signal, and reckons rates of counters and sums over series. A [Catalogue] and its
// rules are immutable and safe for concurrent use.
package signal
