package calibration

import (
	"testing"
	"time"
)

// TestShipped: the prior that the release is built with can be read, says where it comes from, and has something to say
// of both models that is neither absurd nor that of the other.
func TestShipped(t *testing.T) {
	p := Shipped()
	if _, err := time.Parse(time.DateOnly, p.Made); err != nil || p.Revision == "" || p.Series < 100 || p.Outcomes < 5000 || p.Fitted == p.Checked {
		t.Errorf("provenance: made %q of %q on seeds %d and %d: %d outcomes of %d series", p.Made, p.Revision, p.Fitted, p.Checked, p.Outcomes, p.Series)
	}
	if again := Shipped(); p.Basis == "" || p.Basis != again.Basis {
		t.Errorf("basis %q, then %q", p.Basis, again.Basis)
	}
	for _, kind := range []string{"exhaustion", "leak"} {
		if p.Table.find(kind) == nil {
			t.Errorf("nothing is said of %s, so that it would be mapped like others", kind)
		}
		for h := range Horizons {
			if low, high := p.Table.Probability(kind, h, 0.01), p.Table.Probability(kind, h, 0.95); low > 0.2 || high < 0.6 {
				t.Errorf("%s at horizon %d: 0.01 becomes %.2f and 0.95 %.2f", kind, h, low, high)
			}
		}
		lower, middle, upper := p.Table.Interval(kind, 20*hour, 24*hour, 30*hour)
		if lower < 2*hour || middle < 12*hour || middle > 48*hour || upper > 10*24*hour {
			t.Errorf("%s: 20 h, 24 h, 30 h become %v, %v, %v", kind, lower, middle, upper)
		}
	}
}
