package part_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/collector/internal/part"
	"github.com/forewarn/forewarn/shared/obs"
)

func TestReport(t *testing.T) {
	var h obs.Health
	p := part.New("scrape", zap.NewNop(), &h, prometheus.NewCounter(prometheus.CounterOpts{Name: "panics"}))
	f := func(state obs.State, message string) {
		t.Helper()
		c := h.Checks()
		if len(c) != 1 || c[0].Name != "collector/scrape" || c[0].State != state || c[0].Message != message {
			t.Errorf("checks = %+v, want one in state %s saying %q", c, state, message)
		}
	}
	f(obs.Starting, "")
	p.Report("a", "")
	f(obs.OK, "")
	p.Report("b", "is down")
	f(obs.Degraded, "1 of 2 in trouble. b: is down")
	for _, m := range []string{"c", "d", "e"} {
		p.Report(m, "too")
	}
	f(obs.Degraded, "4 of 5 in trouble. b: is down; c: too; d: too; and 1 more")
	for _, m := range []string{"b", "c", "d", "e"} {
		p.Report(m, "")
	}
	f(obs.OK, "")
}

func TestRunStartsAgainAfterAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h obs.Health
		panics := prometheus.NewCounter(prometheus.CounterOpts{Name: "panics"})
		p := part.New("scrape", zap.NewNop(), &h, panics)
		ctx, cancel := context.WithCancel(t.Context())
		began, calls := time.Now(), 0
		p.Run(ctx, "a", func(context.Context) error {
			switch calls++; calls {
			case 1:
				panic("no such thing")
			case 2:
				return errors.New("not yet")
			case 3:
				if m := h.Checks()[0].Message; !strings.Contains(m, "not yet") {
					t.Errorf("message = %q, want the last error", m)
				}
			}
			cancel()
			return nil
		})
		var m dto.Metric
		if err := panics.Write(&m); err != nil || m.Counter.GetValue() != 1 {
			t.Errorf("panics = %v, %v, want 1", m.Counter.GetValue(), err)
		}
		if calls != 3 || time.Since(began) != 3*time.Second {
			t.Errorf("%d calls in %v, want 3, after 1 s and 2 s", calls, time.Since(began))
		}
	})
}
