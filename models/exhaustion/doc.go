// Package exhaustion forecasts when something that has a limit runs out of it: disks, inodes, memory,
// connections, file descriptors.
//
// A [Forecaster] holds all that is remembered of one signal, in a fixed-size, pointer-free struct of less than 700 bytes.
// It is fed with [Forecaster.Observe] and asked with [Forecaster.Forecast]; both are allocation-free. Time comes from the
// samples: nothing here reads a clock, so that a replay gives the same answers.
//
// Three paths look at the same signal. The fast path fits the present run-up at five resolutions, from 5 seconds to two
// hours, and speaks when it is unlike anything remembered and has eaten a good part of what was left. The slow path fits
// the maxima of the days, which the saw-teeth of rotations and clean-ups do not move, in a time of its own: a day on which
// the signal grows twice as much as usual, such as one of a month's close, is two days long, and a night in which it
// rests is short; of clean-ups that come once in days it fits the peaks. The path of the tooth tells whether the present
// tooth of a saw-tooth will end below the limit, and when a load that comes and goes meets it on top of what it keeps of
// itself: by the quiet hours of the last day against those before, and by what days of each kind usually add. A climb that
// such a load explains is not looked at by the fast path. Each answers with the closed-form first passage of a Brownian motion
// with drift (the inverse-Gaussian law), widened by how badly the drift is known. No path looks further ahead than a small
// multiple of the time that it has seen, growth that dies away is not carried on, and nothing of the future is ever certain.
//
// The zero value of a Forecaster is ready to use. It is not safe for concurrent use.
package exhaustion
