// Package models is the root of the learning core: pure functions of samples, without I/O, clock, logger or
// goroutine, so that the same samples give the same answers live, on replay and in a back-test.
//
// Each model has a package of its own: exhaustion forecasts when a limit is reached, leak finds what is taken and never
// given back, baseline tells what is unusual of a series without a limit, calibration learns from outcomes how far a
// forecast is to be believed, capacity plans half a year ahead, pattern finds what the lines of a log have in common,
// signature knows log messages that say what is wrong. They share the statistics of package robust and the business days
// of package calendar.
package models
