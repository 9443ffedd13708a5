package scorebook

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/outcome"
)

func judged(signal string, p float64, what finding.What, at time.Time, lead time.Duration) *incident.Incident {
	return &incident.Incident{
		Kind: finding.Exhaustion, Signal: signal, Predicted: &incident.Prediction{Probability: p},
		Outcome: &finding.Outcome{What: what, Time: at, LeadSeconds: int64(lead.Seconds())},
	}
}

func TestCount(t *testing.T) {
	nov := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	oct := time.Date(2026, 10, 31, 20, 0, 0, 0, time.UTC) // November already in Shanghai
	all := []*incident.Incident{
		judged("disk/a", 0.93, finding.Reached, nov, 4*time.Hour),
		judged("disk/b", 0.8, finding.Reached, nov, 2*time.Hour),
		judged("disk/c", 0.79, finding.Reached, oct, 10*time.Hour),
		judged("heap/d", 0.95, finding.Prevented, nov, 0),
		judged("heap/e", 0.6, finding.Enlarged, oct, 0),
		judged("heap/f", 0.9, finding.Faded, nov, 0),
		judged("heap/g", 0.9, finding.Unknown, nov, 0),
		judged("heap/h", 0.3, finding.Reached, nov, time.Hour), // told by a fixed limit rather than a forecast
		{Kind: finding.Log, Signal: "log/x"},
	}
	want := outcome.Tally{
		Name:      "all",
		AtLeast80: outcome.Kept{CameTrue: 2, Prevented: 1, Wrong: 1, Unknown: 1, Lead: &outcome.Quartiles{Count: 2, P25: 7200, P50: 7200, P75: 14400}},
		AtLeast50: outcome.Kept{
			CameTrue: 3, Prevented: 2, Wrong: 1, Unknown: 1, Lead: &outcome.Quartiles{Count: 3, P25: 7200, P50: 14400, P75: 36000},
		},
	}
	if diff := cmp.Diff(want, Count("all", all)); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
	shanghai := time.FixedZone("", 8*3600)
	for name, c := range map[string]struct {
		group Group
		want  []string
	}{
		"kind":               {ByKind, []string{"exhaustion/disk", "exhaustion/heap"}},
		"month":              {ByMonth(time.UTC), []string{"2026-10", "2026-11"}},
		"month, in Shanghai": {ByMonth(shanghai), []string{"2026-11"}},
		"week":               {ByWeek(time.UTC), []string{"2026-W44", "2026-W47"}},
	} {
		var got []string
		for _, part := range Split(all, c.group) {
			got = append(got, part.Name)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("by %s (-want +got):\n%s", name, diff)
		}
	}
}

// TestSplitAddsUp: however incidents are split, the parts together are the whole.
func TestSplitAddsUp(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	whats := []finding.What{finding.Reached, finding.Prevented, finding.Enlarged, finding.Faded, finding.Unknown}
	for range 200 {
		var all []*incident.Incident
		for range r.IntN(60) {
			at := time.Date(2026, 1, 1+r.IntN(300), 0, 0, 0, 0, time.UTC)
			all = append(all, judged([]string{"disk/a", "heap/b", "cpu/c"}[r.IntN(3)], r.Float64(), whats[r.IntN(len(whats))], at, time.Duration(r.IntN(1e6))*time.Second))
		}
		whole := Count("", all)
		for _, group := range []Group{ByKind, ByWeek(time.UTC), ByMonth(time.UTC)} {
			var sum outcome.Kept
			for _, part := range Split(all, group) {
				k := part.AtLeast50
				sum.CameTrue, sum.Prevented, sum.Wrong, sum.Unknown = sum.CameTrue+k.CameTrue, sum.Prevented+k.Prevented, sum.Wrong+k.Wrong, sum.Unknown+k.Unknown
				if part.AtLeast80.Told() > k.Told() {
					t.Fatalf("more at 80 %% than at 50 %%: %+v", part)
				}
			}
			sum.Lead = whole.AtLeast50.Lead
			if sum != whole.AtLeast50 {
				t.Fatalf("parts %+v, whole %+v", sum, whole.AtLeast50)
			}
		}
		if q := whole.AtLeast50.Lead; q != nil && (q.P25 > q.P50 || q.P50 > q.P75 || q.Count != whole.AtLeast50.CameTrue) {
			t.Fatalf("lead %+v", q)
		}
	}
}
