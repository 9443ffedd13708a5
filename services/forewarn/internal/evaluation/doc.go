// Package evaluation measures the trend worker and today's usual rules on the same labelled series, in one run.
//
// Every method sees the samples in the order of their arrival and nothing else; it is new for every series, and its
// parameters are those it ships with. Series are worked on in parallel, results keep their order: the same options give
// the same output. [Run] does it all; docs/evaluation.md tells people how to read what it prints.
package evaluation
