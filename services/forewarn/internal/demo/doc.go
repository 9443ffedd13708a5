// Package demo shows on a simulated finance system what the pipeline does, in a minute or two.
//
// A [Story] makes the samples of six hosts over some weeks: a ledger that fills, a server that leaks, a log that runs
// away, and much that looks alike and must not alarm. The same plan gives the same samples. [Feed] plays them through a
// bus whose clock is simulated ([bus.Settings.Clock]), where the real workers read them, and goes on with the present
// afterwards. An [Account] then says what was told when, beside what today's usual rules would have told.
package demo
