package intake

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/finding"
)

// openAgain is a note that came the days before, a host on which one trouble follows soon after the end of another, and two incidents of
// hosts that turn out to be one as one rule tells of both.
func openAgain() []*finding.Finding {
	const day = 24 * 60
	daily := func(n int) *finding.Finding {
		f := odd(n*day, open, info, "db-01")
		f.Episode = fmt.Sprint("daily", n)
		return f
	}
	return []*finding.Finding{
		daily(0),
		daily(1),
		odd(2*day-60, open, warn, "other"),
		odd(2*day-20, end, warn, "other"),
		by("evicted", odd(2*day-1, open, crit, "other")),
		by("evicted", odd(2*day+5, end, crit, "other")),
		by("errors", odd(2*day+6, open, warn, "app-01")),
		by("slow", odd(2*day+7, open, warn, "web-01")),
		odd(2*day+8, open, warn, "web-01"),
		odd(2*day+9, open, crit, "app-01"),
		daily(2),
		by("errors", odd(2*day+50, end, warn, "app-01")),
	}
}

// TestSiblings: one rule that tells of two places which rest on the same is of one fault, though nothing is known of what they share; so are
// the incidents that there are in both by then.
func TestSiblings(t *testing.T) {
	web := func(minute int) *finding.Finding { return odd(minute, open, warn, "web-01") }
	slow := func(minute int, host string) *finding.Finding { return by("slow", odd(minute, open, warn, host)) }
	for _, c := range []struct {
		name  string
		story []*finding.Finding
		open  int
	}{
		{"the same rule", []*finding.Finding{odd(0, open, warn, "app-01"), web(9)}, 1},
		{"too long after", []*finding.Finding{odd(0, open, warn, "app-01"), web(70)}, 2},
		{"other rules", []*finding.Finding{slow(0, "app-01"), web(9)}, 2},
		{"what rests on nothing", []*finding.Finding{odd(0, open, warn, "app-01"), odd(9, open, warn, "other")}, 2},
		{"both are in trouble already", []*finding.Finding{by("errors", odd(0, open, warn, "app-01")), slow(2, "web-01"), odd(5, open, warn, "app-01"), web(9)}, 1},
	} {
		a, b := newApplier(t)
		near(a)
		play(t, a, c.story)
		w := look(t, b, a.Store)
		if len(w.Open) != c.open {
			t.Errorf("%s: %d open, want %d", c.name, len(w.Open), c.open)
			continue
		}
		if i := byID(t, w, w.Open[0]); c.open == 1 && len(i.Episodes) != len(c.story) {
			t.Errorf("%s: %d episodes of %d", c.name, len(i.Episodes), len(c.story))
		}
	}
}

// TestOpenAgainByAnother: what follows on the same host soon after an incident has ended opens it again, about what is there now.
func TestOpenAgainByAnother(t *testing.T) {
	for _, c := range []struct {
		name string
		next *finding.Finding
		want Result
	}{
		{"soon after, on the same host", by("evicted", odd(70, open, crit, "other")), ReopenedIncident},
		{"later", by("evicted", odd(90, open, crit, "other")), OpenedIncident},
		{"elsewhere", by("evicted", odd(70, open, crit, "app-01")), OpenedIncident},
		{"a note", by("evicted", odd(70, open, info, "other")), Noted},
	} {
		a, b := newApplier(t)
		near(a)
		story := []*finding.Finding{odd(0, open, warn, "other"), odd(50, end, warn, "other"), c.next}
		if got := play(t, a, story); got[2] != c.want {
			t.Errorf("%s: %s, want %s", c.name, got[2], c.want)
		}
		w := look(t, b, a.Store)
		if c.want == ReopenedIncident {
			i := byID(t, w, w.Open[0])
			if len(w.Incidents) != 1 || i.Signal != c.next.Signal || i.Severity != crit || i.Reopened != 1 || !strings.HasPrefix(i.Timeline[2].Text.En, "Open again 20 min") {
				t.Errorf("%s: %+v", c.name, i)
			}
		}
		play(t, a, story)
		if diff := cmp.Diff(w, look(t, b, a.Store), sameWorld); diff != "" {
			t.Errorf("%s: after a replay (-once +twice):\n%s", c.name, diff)
		}
	}
}

// TestOrdinaryNote: what is noted of the database on most days is not the cause of what happens today; what is new is.
func TestOrdinaryNote(t *testing.T) {
	const day = 24 * 60
	for _, days := range []int{0, 14} {
		a, b := newApplier(t)
		near(a)
		for n := range days {
			f := odd(n*day, open, info, "db-01")
			f.Episode = fmt.Sprint("daily", n)
			apply(t, a, f)
		}
		play(t, a, []*finding.Finding{odd(14*day, open, info, "db-01"), odd(14*day+6, open, warn, "app-01"), odd(14*day+9, open, warn, "app-02")})
		w := look(t, b, a.Store)
		i := byID(t, w, w.Open[0])
		if known := i.Causes[0].Entity.ID == "host:db-01"; known != (days == 0) || strings.Contains(fmt.Sprint(i.Causes), "db-01") != known {
			t.Errorf("noted on %d days before: %+v", days, i.Causes)
		}
	}
}
