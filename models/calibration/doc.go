// Package calibration learns from what became of earlier forecasts how far the next ones are to be believed.
//
// A [Ledger] counts outcomes in bins of fixed size, so that years of them cost kilobytes. [Ledger.Fit] (or [Fit],
// where the outcomes are at hand) makes a [Table] of it, which is applied to what a model says: [Table.Probability]
// maps a probability, [Table.Interval] moves the quantiles of a date.
//
// Guarantees:
//
//  1. The order of outcomes does not matter: equal sets of outcomes give equal ledgers, tables and bytes.
//  2. A mapped probability grows with the probability that goes in; [Table.Probabilities] also keeps those of a
//     longer horizon at or above those of a shorter one.
//  3. Where nothing is known, nothing is changed: the zero Table is the identity.
//  4. An outcome that a person prevented is no false alarm. See [Censored] for what it counts for.
//
// What is shipped ([Shipped]) comes from an evaluation on scenarios and says so: it is the first table of an install, and
// the prior of those that are fitted to the install's own outcomes.
//
// Every resolved outcome goes into a ledger, and now and then a new table comes out:
//
//	err := ledger.Add(calibration.Outcome{Kind: "disk", Horizon: 1, Predicted: 0.8, What: calibration.Reached, After: day})
//	table := ledger.Fit(prior)
//	within := table.Probabilities("disk", forecast.Within)
//
// Probabilities: isotonic regression by pooling adjacent violators (Barlow, Bartholomew, Bremner & Brunk, Statistical
// Inference under Order Restrictions, 1972; Zadrozny & Elkan, KDD 2002) with the centres of the pooled blocks joined
// by lines (Oron & Flournoy, 2017). Dates: split conformal prediction on quantiles (Vovk, Gammerman & Shafer,
// Algorithmic Learning in a Random World, 2005; Romano, Patterson & Candès, Conformalized Quantile Regression, 2019)
// of the logarithm of the time to failure.
package calibration
