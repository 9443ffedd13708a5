// Package playback plays simulated time through a bus that the real workers read.
//
// A [Clock] is that of the bus ([bus.Settings.Clock]): whoever plays sets it, publishes what has happened until then, and ticks.
// [Settler.Settle] then waits until everybody is done, so that what the workers say to each other comes at the same place every
// time.
package playback
