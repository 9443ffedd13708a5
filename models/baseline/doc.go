// Package baseline learns what is usual of a series whose level has no limit that could be reached (a latency, a rate, a
// share of errors, any gauge) and tells how unusual each sample is.
//
// A [Series] holds all that is remembered, 400 bytes without a pointer. [Series.Observe] compares a sample with what is
// expected of its moment: a slow level, what is usual of the hour on working days and on days of rest, and what the closes
// of the books add to it, learnt from earlier ones. The deviation is measured by how much this series scatters above and
// below, and by how much that hour does. Four detectors, each with its share of the budget, decide whether it is worth
// saying:
//
//   - persistence: deviations of one sign add up (a clipped cumulative sum; Page, Biometrika 41, 1954),
//   - innovation: what the deviation before does not explain, confirmed by the next sample,
//   - the short mean of an hour, for plain noise on which the other two are weak,
//   - records: what stays several times as high as ever for a quarter of an hour to half an hour, by how far apart the highest of the days
//     before lie (Weissman, J. Am. Stat. Assoc. 73, 1978).
//
// No one of them suffices: persistence is blind on autocorrelated noise, innovation on heavy tails, and all three on small
// numbers, which scatter by large ratios. The threshold of each follows from a budget of false alarms per series and week, that of
// the first three by peaks over a threshold (Siffer et al., KDD 2017), whose tail no flagged sample enters; no day with one
// enters the records. A series is silent for its first day, needs much until day 14, and has its whole budget
// from day 21 on. A level that stays changed becomes the usual one, which is said once.
//
// Every sample has a score from 0 to 1. The beginning of something unlike what the series did before scores above [Onset];
// what goes on, or is rare but has been alike before, below.
//
// What is steady, or 0 nearly always, has a floor: by [Terms].Least a deviation is as many standard deviations as it has least
// ones, at most, and what is near nothing is told from what has ratios.
//
// [Events] judges what happens now and then, by how often: in a period and in an hour, by [Counts]. It knows no hours of the day.
// [Silence] tells a series that stops. Time comes from the samples: nothing here reads
// a clock, so that a replay gives the same answers. The interval of a series may be from seconds to a day.
package baseline
