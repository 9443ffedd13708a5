package life

import (
	"testing"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// TestKeepScore: an incident says what became of it once that is known; that its limit was reached outlasts all else; what
// is opened for what is there already predicts nothing.
func TestKeepScore(t *testing.T) {
	f := func(name string, want finding.What, predicted bool, findings ...*finding.Finding) {
		t.Helper()
		var cur *incident.Incident
		for _, x := range findings {
			if step := usual.Apply(cur, x, Scene{}); step != nil {
				cur = step.Incident
			}
		}
		got := finding.What("")
		if cur.Outcome != nil {
			got = cur.Outcome.What
		}
		if got != want || (cur.Predicted != nil) != predicted {
			t.Errorf("%s: outcome %q and prediction %+v, want %q and %t", name, got, cur.Predicted, want, predicted)
		}
	}
	became := func(x *finding.Finding, what finding.What) *finding.Finding {
		x.Outcome = &finding.Outcome{What: what, Time: x.Time}
		return x
	}
	static := say(0, op, warn, "1", 0)
	static.Probability = 0
	f("open", "", true, say(0, op, warn, "1", 0))
	f("open for its share", "", false, static)
	f("prevented", finding.Prevented, true, say(0, op, warn, "1", 0), became(say(9, end, warn, "1", 0), finding.Prevented))
	f("reached", finding.Reached, true, say(0, op, warn, "1", 0), became(say(5, up, crit, "1", 0), finding.Reached), say(9, end, warn, "1", 0))
	f("open again", "", true, say(0, op, warn, "1", 0), became(say(9, end, warn, "1", 0), finding.Faded), say(12, op, warn, "2", 0))
	f("reached before it was open again", finding.Reached, true, say(0, op, warn, "1", 0), became(say(9, end, warn, "1", 0), finding.Reached),
		say(12, op, warn, "2", 0), became(say(15, end, warn, "2", 0), finding.Faded))
	opened := usual.Apply(nil, say(0, op, warn, "1", 0), Scene{}).Incident
	f("unheard", finding.Unknown, true, say(0, op, warn, "1", 0), Silence(opened, start.AddDate(0, 0, 9)))
}
