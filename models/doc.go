// Package models is the root of the learning core: pure functions of samples, without I/O, clock, logger or
// goroutine, so that the same samples give the same answers live, on replay and in a back-test.
//
// Each model has a package of its own: exhaustion for what has a limit, leak for what is taken and never given back.
// They share the statistics of package robust.
package models
