// Package peer plays the rules by which most operators are warned today, so that a model is measured beside them on the
// same samples.
//
// Each rule watches one signal. It is fed with [Sample]s in the order of time and answers with a [Reading]: does its
// alert fire, and when does it expect the limit. Windows are running sums: a sample costs O(1), amortised. Nothing reads
// a clock; equal samples give equal readings. Rules are not safe for concurrent use.
//
//	rule := peer.NodeMixin()
//	reading := rule.Observe(peer.Sample{Time: 0, Value: 40e9, Limit: 100e9, Free: true})
package peer
