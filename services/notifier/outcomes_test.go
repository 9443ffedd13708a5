package notifier_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/forewarn/forewarn/models/calibration"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/outcome"
)

// outcomes returns a summary of so many predictions that came true.
func outcomes(t *testing.T, seq uint64, n int) []byte {
	t.Helper()
	var l calibration.Ledger
	for range n {
		if err := l.Add(calibration.Outcome{Kind: "exhaustion/disk", Horizon: 1, Predicted: 0.85, What: calibration.Reached}); err != nil {
			t.Fatal(err)
		}
	}
	ledger, err := json.Marshal(&l)
	if err != nil {
		t.Fatal(err)
	}
	data, err := outcome.Encode(&outcome.Summary{
		ID: fmt.Sprintf("trend:00:%d:0", seq), Source: "trend:00", Seq: seq, Until: start.Add(time.Duration(seq) * time.Hour),
		Basis: calibration.Shipped().Basis, Raw: ledger, Told: ledger,
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func scorecard(ctx context.Context, b *bus.Bus) (*outcome.Scorecard, error) {
	data, err := b.Query(ctx, outcome.Keeper, 0, []byte(outcome.QueryScorecard))
	if err != nil {
		return nil, err
	}
	var card outcome.Scorecard
	return &card, json.Unmarshal(data, &card)
}

// TestOutcomesReachTheScore: summaries among the findings are counted once, also when they come again after a restart
// that had to begin from the start of the stream, and findings around them are applied as ever.
func TestOutcomesReachTheScore(t *testing.T) {
	r := newRig(t)
	r.find(t, say(0, finding.Opened, finding.Warning, "1", "space/volume:a:/"))
	stop := r.start(t)
	for seq := uint64(1); seq <= 3; seq++ {
		r.publish(t, fmt.Sprint("first ", seq), outcomes(t, seq, 10))
	}
	r.find(t, say(1, finding.Resolved, finding.Warning, "1", "space/volume:a:/"))
	r.publish(t, "no ledgers", []byte(`{"schema":1,"type":"outcomes","id":"x","source":"trend:00","seq":9,"basis":"`+calibration.Shipped().Basis+`","until":"2027-01-01T00:00:00Z"}`))
	r.quiet(t)
	bustest.Until(t, 10*time.Second, "three summaries and a poison are counted", func() bool {
		return testutil.CollectAndCount(r.reg, "forewarn_notifier_findings_total") == 4
	})
	stop()
	if err := r.bus.JetStream().DeleteConsumer(t.Context(), bus.StreamFindings, "notifier"); err != nil {
		t.Fatal(err)
	}
	r.start(t)
	r.publish(t, "second 2", outcomes(t, 2, 10))
	r.publish(t, "second 4", outcomes(t, 4, 10))
	r.quiet(t)
	card, err := scorecard(t.Context(), r.bus)
	if err != nil {
		t.Fatal(err)
	}
	if told := card.Kinds[0].Horizons[1].AtLeast80; told.CameTrue != 40 || told.Wrong != 0 {
		t.Errorf("at 80 %% and more: %+v, want 40 that came true", told)
	}
	if got := r.count(t, bus.StreamDeadLetters); got == 0 {
		t.Error("the summary without ledgers is in no dead letter")
	}
	if _, err := r.bus.Query(t.Context(), outcome.Keeper, 0, []byte("anything")); err == nil {
		t.Error("a query that is not known is answered")
	}
}

// TestIncidentKeepsItsPrediction: what was predicted at the opening and what became of it stay on the incident.
func TestIncidentKeepsItsPrediction(t *testing.T) {
	r := newRig(t)
	r.start(t)
	date := start.Add(5 * time.Hour)
	opened := say(0, finding.Opened, finding.Warning, "1", "space/volume:a:/")
	opened.Probability, opened.Calibration, opened.ETA.P50 = 0.9, 3, &date
	updated := say(5, finding.Updated, finding.Critical, "1", "space/volume:a:/")
	updated.Probability = 0.99
	resolved := say(9, finding.Resolved, finding.Critical, "1", "space/volume:a:/")
	resolved.Outcome = &finding.Outcome{What: finding.Prevented, Time: resolved.Time}
	r.find(t, opened, updated, resolved)
	r.quiet(t)
	kv, err := r.bus.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	got, err := incident.NewStore(kv).Get(t.Context(), incident.NewID(opened.Time, opened.ID))
	if err != nil {
		t.Fatal(err)
	}
	if p := got.Predicted; p == nil || p.Probability != 0.9 || p.Calibration != 3 || p.ETA.P50 == nil || !p.ETA.P50.Equal(date) || !p.Time.Equal(opened.Time) {
		t.Errorf("predicted: %+v", p)
	}
	if got.Outcome == nil || got.Outcome.What != finding.Prevented || !got.Outcome.Time.Equal(resolved.Time) {
		t.Errorf("outcome: %+v", got.Outcome)
	}
}
