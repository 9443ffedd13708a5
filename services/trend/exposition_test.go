package trend

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/expfmt"
	names "github.com/prometheus/common/model"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// exposed reads an exposition as Prometheus would: values by series.
func exposed(t *testing.T, text string) map[string]float64 {
	t.Helper()
	parser := expfmt.NewTextParser(names.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for name, f := range families {
		for _, m := range f.Metric {
			ls := []telemetry.Label{{Name: telemetry.MetricName, Value: name}}
			for _, l := range m.Label {
				ls = append(ls, telemetry.Label{Name: l.GetName(), Value: l.GetValue()})
			}
			out[telemetry.NewLabels(ls...).String()] = m.Gauge.GetValue()
		}
	}
	return out
}

// TestExposition reads the forecast of a filling volume from running workers, and gets no half of an answer without them.
func TestExposition(t *testing.T) {
	b := bustest.New(t)
	ask := func() (int, string) {
		w := httptest.NewRecorder()
		Exposition(b).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics/forecasts", nil))
		return w.Code, w.Body.String()
	}
	if code, text := ask(); code != http.StatusServiceUnavailable || !strings.Contains(text, "is a trend worker running?") {
		t.Errorf("without workers: %d %s", code, text)
	}
	defer run(t, b)()
	publisher, err := b.NewPublisher("test")
	if err != nil {
		t.Fatal(err)
	}
	defer publisher.Close() //nolint:errcheck // the test is over
	began := time.Now().Truncate(time.Second).Add(-10 * time.Minute)
	pp := b.PartitionOf(catalogue(t).Root(ledger.avail.Labels, "test"))
	for age := time.Duration(0); age < 5*time.Minute; age += 5 * time.Second {
		data := telemetry.AppendBatch(nil, ledger.at(began.Add(age), age.Seconds()/600))
		if err := publisher.Publish(t.Context(), bus.Metrics, pp, "test", data); err != nil {
			t.Fatal(err)
		}
	}
	labels := `entity="volume:erp-01:/u01",host="erp-01",kind="saturation",mountpoint="/u01",`
	suffix := `rule="filesystem-space",signal="filesystem-space/volume:erp-01:/u01"`
	bustest.Eventually(t, 20*time.Second, func() error {
		code, text := ask()
		if code != http.StatusOK {
			return fmt.Errorf("%d %s", code, text)
		}
		got := exposed(t, text)
		used, left := got["forewarn_signal_used_ratio{"+labels+suffix+"}"], got["forewarn_signal_time_to_limit_seconds{"+labels+`quantile="0.5",`+suffix+"}"]
		soon := got["forewarn_signal_limit_probability{"+labels+suffix+`,within="4h"}`]
		if used < 0.45 || used > 0.5 || left < 200 || left > 400 || soon < 0.9 {
			return fmt.Errorf("used %v, %v s left, probability %v in:\n%s", used, left, soon, text)
		}
		return nil
	})
}

// TestExpose: hostile labels break nothing, what has no limit or fell silent is left out, and the most dangerous come first.
func TestExpose(t *testing.T) {
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	full := at.Add(time.Hour)
	state := func(key string, limit float64, stage signal.Stage) signal.State {
		s := signal.State{Key: key, Rule: "r", Kind: signal.Saturation, Used: 1, Limit: limit, Stage: stage, UpdatedAt: at}
		s.Entity = entity.Entity{ID: "e", Labels: map[string]string{"host": "a\"b\n\\\xff", "service.name": "x", "rule": "theirs"}}
		return s
	}
	dangerous := state("a", 4, signal.Ready)
	dangerous.Episode, dangerous.ETA.P50, dangerous.Probability.D7 = "e1", &full, 0.5
	states := []signal.State{state("limitless", 0, signal.Ready), state("silent", 4, signal.Silent), dangerous}
	var text strings.Builder
	enc := expfmt.NewEncoder(&text, expfmt.NewFormat(expfmt.TypeTextPlain))
	for _, f := range expose(states) {
		if err := enc.Encode(f); err != nil {
			t.Fatal(err)
		}
	}
	got := exposed(t, text.String())
	with := func(name string, more ...telemetry.Label) string {
		ls := append([]telemetry.Label{
			{Name: telemetry.MetricName, Value: name},
			{Name: "signal", Value: "a"},
			{Name: "rule", Value: "r"},
			{Name: "kind", Value: "saturation"},
			{Name: "entity", Value: "e"},
			{Name: "host", Value: "a\"b\n\\\uFFFD"},
		}, more...)
		return telemetry.NewLabels(ls...).String()
	}
	within := func(h string) string {
		return with("forewarn_signal_limit_probability", telemetry.Label{Name: "within", Value: h})
	}
	want := map[string]float64{
		with("forewarn_signal_used_ratio"): 0.25, within("4h"): 0, within("24h"): 0, within("7d"): 0.5, within("30d"): 0,
		with("forewarn_signal_time_to_limit_seconds", telemetry.Label{Name: "quantile", Value: "0.5"}): 3600,
		with("forewarn_signal_episode_open"): 1, "forewarn_signals_not_exposed": 0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}

	many := make([]signal.State, maxExposed+7)
	for i := range many {
		many[i] = state(fmt.Sprint(i), 4, signal.Ready)
	}
	many[maxExposed+5] = dangerous
	families := expose(many)
	if first := families[0].Metric[0].Label[0].GetValue(); first != "a" || len(families[0].Metric) != maxExposed {
		t.Errorf("%d signals are shown, %q first", len(families[0].Metric), first)
	}
	if n := families[len(families)-1].Metric[0].Gauge.GetValue(); n != 7 {
		t.Errorf("%v are said to be left out, want 7", n)
	}
}
