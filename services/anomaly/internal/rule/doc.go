// Package rule reads alerting and recording rules in the format of Prometheus' rule files, and says of each where it is to be
// evaluated: from the samples of a partition as they come ([Stream]), or by queries of the history ([History]).
//
// The format is Prometheus' own, checked by Prometheus' own code, so that what `promtool check rules` accepts is accepted, and
// what is accepted here can be given to a Prometheus. An error names file, line, group, rule and key, and what to do; all of a
// file come at once.
package rule
