// Package robust holds the robust statistics that the models share and that gonum lacks: location and spread that
// half of the samples may spoil, a slope that 29 % of them may, and a test for trend that asks for no distribution.
//
// Everything works on slices that the caller owns and allocates nothing, because the models run it for every signal.
// A function that reorders its argument says "in place"; one that needs room takes scratch. No function keeps a slice.
//
// NaN has no place in an order: samples must be finite, and the caller drops those that are not. Nothing panics on
// NaN, but the answer means nothing. Functions of a slice that may be empty say what they return for it.
//
//	slopes := robust.Slopes(scratch[:0], hours, floors)
//	perHour := robust.Median(slopes)
//	trend := robust.MannKendall(floors, scratch)
//	rising := trend.Z(robust.HamedRao(residuals, scratch)) > 2.6
package robust
