// Package models is the root of the learning core: pure functions of samples, without I/O, clock, logger or
// goroutine, so that the same samples give the same answers live, on replay and in a back-test.
//
// Each model has a package of its own; see [github.com/forewarn/forewarn/models/exhaustion].
package models
