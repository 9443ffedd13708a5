package console

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// slow is the signal of a latency that is unusual since half an hour ago.
func slow() signal.State {
	now := time.Now().UTC()
	opened := now.Add(-30 * time.Minute)
	return signal.State{
		Key: "http-latency/application:erp-01:8080", Rule: "http-latency", Kind: signal.Behaviour, Unit: "seconds",
		Series: `http_server_requests_seconds_sum{instance="erp-01:8080"}`, Used: 1.4, UpdatedAt: now, Since: now.AddDate(0, 0, -40),
		Entity: entity.Entity{ID: "application:erp-01:8080", Type: "application", Root: "host:erp-01", Name: "8080 on erp-01"},
		Stage:  signal.Ready, Warmup: 1, Episode: "e1", OpenedAt: &opened, Expected: &signal.Expected{Low: 0.1, Usual: 0.2, High: 0.4},
	}
}

// slowing is a history of a latency that is as usual until half an hour before its end.
type slowing struct{}

func (slowing) Course(_ context.Context, _, _ string, from, to time.Time) (used, limit []telemetry.Sample, err error) {
	for at := from; at.Before(to); at = at.Add(10 * time.Minute) {
		v := 0.25
		if to.Sub(at) < 30*time.Minute {
			v = 1.4
		}
		used = append(used, telemetry.Sample{TimeMillis: at.UnixMilli(), Value: v})
	}
	return used, nil, nil
}

// keepHabits answers what anomaly answers of one signal.
func (f *fixture) keepHabits(s signal.State) {
	f.t.Helper()
	answer := func(request []byte) ([]byte, error) {
		var q signal.PageRequest
		if err := json.Unmarshal(request, &q); err != nil {
			return nil, err
		}
		page := signal.Page{Signals: []signal.State{s}}
		if q.Key == s.Key {
			page.Band = &signal.Band{}
			for at := q.From; at.Before(q.To); at = at.Add(time.Hour) {
				page.Band.Times = append(page.Band.Times, at)
				page.Band.Low, page.Band.Usual, page.Band.High = append(page.Band.Low, 0.1), append(page.Band.Usual, 0.2), append(page.Band.High, 0.4)
			}
		}
		return json.Marshal(page)
	}
	number := f.Bus.PartitionOf(s.Entity.Root)
	f.run(func(ctx context.Context) error { return f.Bus.Answer(ctx, "anomaly-metrics", number, answer) })
	bustest.Until(f.t, 10*time.Second, "habits are answered", func() bool {
		_, err := f.Bus.Query(f.t.Context(), "anomaly-metrics", number, []byte("{}"))
		return err == nil
	})
}

// TestPagesOfHabits: a signal with a habit has a page that says between what it is usual, and charts with the band on it and on
// the page of its incident, in both languages.
func TestPagesOfHabits(t *testing.T) {
	cat, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	f := start(t, []signal.State{volume("erp-01", "/u01", 0.5, 0.01)}, nil, withHistory(slowing{}), func(_ *Config, s *Settings) { s.Catalogue = cat })
	s := slow()
	f.keepHabits(s)
	in := fault(s, finding.Warning, 30*time.Minute)
	in.Kind, in.ETA, in.Limit = finding.Anomaly, finding.ETA{}, 0
	in = f.open(in)
	bustest.Until(t, 20*time.Second, "the signal is listed", func() bool {
		_, body := f.get("/signals?kind=behaviour&lang=en")
		return strings.Contains(body, "8080 on erp-01")
	})
	has := func(body string, wants ...string) {
		t.Helper()
		for _, want := range wants {
			if !strings.Contains(strings.ReplaceAll(body, "\u00a0", " "), want) {
				t.Errorf("%q is missing in %s", want, body)
			}
		}
	}
	const page = "/signals/http-latency%2Fapplication:erp-01:8080"
	_, body := f.get(page + "?lang=en")
	has(body, "time of a request", "usual at this hour: 0.1 seconds to 0.4 seconds", "unusual", "Value,", page+"/chart.svg")
	_, body = f.get(page + "?lang=zh-CN")
	has(body, "请求耗时", "此时的正常范围：0.1 秒 至 0.4 秒", "异常", "当前值")
	has(f.svg(page+"/chart.svg?lang=en"), "expected", "not as expected", "unusual since")
	has(f.svg(page+"/chart.svg?lang=zh-CN&dark=1&width=358"), "预期范围", "超出预期")
	has(f.svg("/incidents/"+in.ID+"/chart.svg?lang=en"), "expected", "not as expected")
	if resp, _ := f.get("/incidents/" + in.ID + "/chart.png"); resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "image/png" {
		t.Errorf("the picture for chats: %d", resp.StatusCode)
	}
	var list struct{ Signals []signal.State }
	f.getJSON("/api/v1/signals?kind=behaviour", &list)
	if len(list.Signals) != 1 || list.Signals[0].Expected == nil || list.Signals[0].Expected.High != 0.4 {
		t.Errorf("the API lists %+v", list.Signals)
	}
}
