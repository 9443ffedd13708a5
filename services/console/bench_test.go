//go:build unix

package console

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/inventory"
	"github.com/forewarn/forewarn/shared/outcome"
	"github.com/forewarn/forewarn/shared/plan"
	"github.com/forewarn/forewarn/shared/signal"
)

// crowd is what a thousand targets send, most of which no rule reads.
func crowd() *stock {
	s := &stock{}
	for i := range 1000 {
		s.targets = append(s.targets, inventory.Target{Job: "node", Instance: fmt.Sprintf("erp-%04d:9100", i), SeenAt: time.Now(), Up: i%50 != 0})
		s.names = append(s.names, fmt.Sprintf("erp_metric_%04d", i))
	}
	return s
}

// processorTime is what this process has used: it says what a request costs on a machine that others use as well.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkPages measures whole requests with 10,000 signals, as many plans, and 500 open and 500 resolved incidents; the aim
// is a p95 of 100 ms and 300 KB a page. Times hold on a machine that does nothing else; cpu-ms/op, in which client, bus and
// planner are included, holds on others, too.
func BenchmarkPages(b *testing.B) {
	var signals []signal.State
	for i := range 10_000 {
		signals = append(signals, volume(fmt.Sprintf("erp-%04d", i/10), fmt.Sprintf("/u%02d", i%10), float64(i%100)/100, 0))
	}
	var plans []plan.Plan
	for i := range 10_000 {
		plans = append(plans, planOf(signals[i], i/10))
	}
	f := start(b, signals, nil, withHistory(&climb{}), withArrivals(crowd()), withLosses)
	f.keep(plan.Keeper, planner(plans))
	f.keep(outcome.Keeper, func([]byte) any { return score() })
	var id string
	for i := range 500 {
		id = f.open(fault(signals[i], finding.Warning, time.Duration(i+1)*time.Minute)).ID
		past := fault(signals[i+500], finding.Warning, time.Duration(i+600)*time.Minute)
		at := past.OpenedAt.Add(time.Minute)
		past.State, past.ResolvedAt, past.Outcome = incident.Resolved, &at, &finding.Outcome{What: finding.Reached, Time: at}
		past.Predicted = &incident.Prediction{Time: past.OpenedAt, Horizons: past.Horizons, ETA: past.ETA}
		f.open(past)
	}
	signal := url.PathEscape(signals[7].Key)
	for _, path := range []string{
		"/", "/signals", "/signals?q=erp-09&stage=ready", "/incidents", "/incidents?q=erp-001", "/incidents/" + id,
		"/incidents/" + id + "/chart.svg", "/incidents/" + id + "/chart.png", "/signals/" + signal, "/signals.csv",
		"/entities", "/entities?q=erp-09&type=volume", entityAddress("host:erp-0007"), "/entities.csv", "/capacity", "/capacity?due=90&q=erp-00",
		"/capacity/" + signal, "/capacity/" + signal + "/chart.svg", "/capacity.csv", "/record", "/record?outcome=reached", "/record/chart.svg",
		"/pipeline", "/pipeline/targets", "/pipeline/unread", "/pipeline/letters",
		"/api/v1/signals?limit=1000", "/api/v1/incidents", "/api/v1/health",
	} {
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			var took []time.Duration
			var size int64
			before := processorTime(b)
			for b.Loop() {
				from := time.Now()
				resp, err := http.Get(f.URL + path)
				if err != nil {
					b.Fatal(err)
				}
				n, err := io.Copy(io.Discard, resp.Body)
				if err != nil || resp.StatusCode != http.StatusOK {
					b.Fatalf("status %d, %v", resp.StatusCode, err)
				}
				resp.Body.Close()
				size = n
				took = append(took, time.Since(from))
			}
			b.ReportMetric(1000*(processorTime(b)-before).Seconds()/float64(len(took)), "cpu-ms/op")
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
			b.ReportMetric(float64(size)/1000, "KB/page")
		})
	}
}
