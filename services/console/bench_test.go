package console

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
)

// BenchmarkPages measures whole requests with 10,000 signals and 500 open incidents; the aim is a p95 of 100 ms and 300 KB a page.
func BenchmarkPages(b *testing.B) {
	var signals []signal.State
	for i := range 10_000 {
		signals = append(signals, volume(fmt.Sprintf("erp-%04d", i/10), fmt.Sprintf("/u%02d", i%10), float64(i%100)/100, 0))
	}
	f := start(b, signals, nil, withHistory(&climb{}))
	var id string
	for i := range 500 {
		id = f.open(fault(signals[i], finding.Warning, time.Duration(i+1)*time.Minute)).ID
	}
	for _, path := range []string{
		"/", "/signals", "/signals?q=erp-09&stage=ready", "/incidents", "/incidents?q=erp-001", "/incidents/" + id,
		"/incidents/" + id + "/chart.svg", "/incidents/" + id + "/chart.png", "/signals/" + url.PathEscape(signals[7].Key), "/signals.csv",
		"/api/v1/signals?limit=1000", "/api/v1/incidents", "/api/v1/health",
	} {
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			var took []time.Duration
			var size int64
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
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
			b.ReportMetric(float64(size)/1000, "KB/page")
		})
	}
}
