// Package scenario makes labelled histories of resources that fill up, leak, or only look as if they did.
//
// A [Family] is one way in which production behaves, drawn anew for every seed with parameters in realistic ranges.
// [Family.Make] returns samples and the truth about them: when trouble began and when the limit was reached. The same
// seed gives the same bytes (another processor's architecture may round the last digit otherwise). [WriteCSV] and [WriteTruth] write what other scorers read too;
// [ReadFolder] reads such files back, whoever made them.
//
// Held out are the families marked so and all seeds from [HeldOutSeed] on: models are never tuned on them.
//
//	for _, f := range scenario.Families(false) {
//		s := f.Make(1, 0, scenario.Weekdays)
//		fmt.Println(s.Series, len(s.Samples), s.Failure)
//	}
package scenario
