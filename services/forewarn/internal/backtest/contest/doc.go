// Package contest counts what Forewarn and today's rules said about the same samples, beside what came true.
//
// A [Tally] follows the signals of one worker: it plays every rule of [peer.Usuals] on the observations that the worker
// took, and notes when a limit was reached. [Standings] then judges all methods alike, by package score. What is a
// failure, and when its trouble began, is known from the whole course only, in hindsight; no method is told.
//
// Two signals of one series, such as memory that runs out and memory that leaks, are one subject: people are warned of
// it once. Signals without a limit take no part, since no rule can watch them.
package contest
