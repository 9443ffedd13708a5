package console

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/outcome"
)

// TestScorecard: the score of who keeps it is shown as it is; while nobody answers that is said.
func TestScorecard(t *testing.T) {
	f := start(t, nil, nil)
	if resp, body := f.get("/api/v1/scorecard"); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("without a notifier: status %d: %s", resp.StatusCode, body)
	}
	mean, brier, lead := 0.9, 0.08, int64(90_000)
	want := outcome.Scorecard{Calibration: 4, Kinds: []outcome.KindScore{{
		Kind: "all", Episodes: outcome.EpisodeScore{Reached: 2, Prevented: 5, LeadSeconds: &lead},
		Horizons: []outcome.HorizonScore{{Horizon: "24h", Resolved: 40, Reached: 33, Brier: &brier, AtLeast80: outcome.Told{From: 0.8, Mean: &mean, CameTrue: 33, Wrong: 7}}},
	}}}
	f.run(func(ctx context.Context) error {
		return f.Bus.Answer(ctx, outcome.Keeper, 0, func(request []byte) ([]byte, error) {
			if string(request) != outcome.QueryScorecard {
				t.Errorf("asked for %q", request)
			}
			return json.Marshal(&want)
		})
	})
	bustest.Until(t, 10*time.Second, "somebody keeps score", func() bool {
		_, err := f.Bus.Query(t.Context(), outcome.Keeper, 0, []byte(outcome.QueryScorecard))
		return err == nil
	})
	var got outcome.Scorecard
	f.getJSON("/api/v1/scorecard", &got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("scorecard (-want +got):\n%s", diff)
	}
}
