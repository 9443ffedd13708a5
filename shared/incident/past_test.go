package incident_test

import (
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

func TestAsOf(t *testing.T) {
	_, b := newStore(t)
	i, other := sample(0), sample(1)
	opened := i.OpenedAt
	for v := 1; v <= 3; v++ {
		i.Version, i.Used = v, float64(v)
		for _, in := range []*incident.Incident{i, other} {
			in.Version = v
			e := incident.NewEvent(in, incident.Change{Time: opened.Add(time.Duration(v-1) * time.Hour), Version: v, Action: finding.Updated})
			if err := incident.PublishEvent(t.Context(), b.JetStream(), e); err != nil {
				t.Fatal(err)
			}
		}
	}
	for after, want := range map[time.Duration]float64{-time.Minute: 0, 0: 1, 90 * time.Minute: 2, 2 * time.Hour: 3, 48 * time.Hour: 3} {
		got, err := incident.AsOf(t.Context(), b.JetStream(), i.ID, opened.Add(after))
		if err != nil {
			t.Fatal(err)
		}
		if want == 0 && got != nil || want > 0 && (got == nil || got.Used != want || got.ID != i.ID) {
			t.Errorf("after %v: %+v, want use %v", after, got, want)
		}
	}
}
