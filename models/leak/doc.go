// Package leak finds what is taken and never given back: resident memory, heap after collections, handles, threads,
// connections.
//
// A [Detector] holds all that is remembered of one process and of its successors in the same place, in a fixed-size,
// pointer-free struct of less than 300 bytes. It is fed with [Detector.Observe] and asked with [Detector.Verdict]; both
// are allocation-free. Time comes from the samples: nothing here reads a clock, so that a replay gives the same answers.
//
// Only floors are looked at: the lowest sample of an hour, the lowest hour of six, the third-lowest hour of a day. What
// a collector gives back, what a batch takes for some hours and what comes and goes with the load does not move them.
// Floors that grow are a leak if the growth is more than chance (Mann & Kendall, allowing for autocorrelation after Hamed
// & Rao), more than noise, more than a random walk would have wandered, not made by a few steps, not slackening as a
// warm-up or a cache does, and enough to matter within a week. A restart begins another segment, and the counts of the
// segments are added up, so that a leak which is restarted every other day is still found.
//
// Days find slow leaks, quarters of a day those that take days, hours those that take less, once the signal has been
// known for three days. What began late in a flat history is looked at from there on. Growth that has lasted for less than
// a week may also be a cache on the way to its bound, or the load of a week: [Verdict.Sure] waits until it has lasted longer
// and is clear of the noise, or the limit is less than sixteen hours away (a day of what comes and goes with the load, which
// by night is no higher than before), and until it is higher than before. What has not grown for some hours in which it
// usually does is waited for, and what has not for a day and a quarter has stopped. A cache whose bound is within sixteen
// hours' growth of the limit cannot be told from a leak before it is full.
//
// The date is that of the peaks: the pace since growth last changed, the hours of the newest day in which it grew or stood
// high, and what usual peaks add to the floor. Its interval holds the error of the pace, the noise and the wandering. Without
// a limit, growth is told but no date; a limit, a start time and values from after a collection each make the answer better,
// none is needed. Without a start time a fall by half after most of a day counts
// as a restart: a collector that runs once a day and then gives back more than half looks like one.
//
// [Fleet] compares the versions of a component.
//
// The zero value of a Detector is ready to use. It is not safe for concurrent use.
//
//	var d leak.Detector
//	d.Observe(leak.Sample{TimeMillis: t, Used: used, Limit: limit})
//	if v := d.Verdict(); v.Leaking && v.Within[2] > 0.5 { // half likely to be full within a week
//	}
package leak
