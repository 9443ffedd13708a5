// Package score judges what a method said about labelled series: was the warning there in time, how often was it
// false, how far off were date and probability.
//
// [Judge] reduces what was said about one series to a [Result] of fixed size; [Summarize] puts the results of many
// together. The unit is the event, a spell during which an episode stands at warning or worse, not the sample. Only the
// past of a forecast is known to it, and what people avoided counts as avoided, not as false. Nothing here depends on
// the order in which series are judged, only on that in which results are given.
//
//	results = append(results, score.Judge(&series.Truth, &said))
//	summary := score.Summarize(results, seed)
package score
