package console

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
)

// BenchmarkPages measures whole requests with 10,000 signals and 50 open incidents; the aim is a p95 of 100 ms.
func BenchmarkPages(b *testing.B) {
	var signals []signal.State
	for i := range 10_000 {
		signals = append(signals, volume(fmt.Sprintf("erp-%04d", i/10), fmt.Sprintf("/u%02d", i%10), float64(i%100)/100, 0))
	}
	f := start(b, signals, nil)
	var id string
	for i := range 50 {
		id = f.open(fault(signals[i], finding.Warning, time.Duration(i)*time.Minute)).ID
	}
	for _, path := range []string{"/", "/signals?q=erp-09", "/incidents/" + id, "/api/v1/signals?limit=1000", "/api/v1/incidents", "/api/v1/health"} {
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			var took []time.Duration
			for b.Loop() {
				from := time.Now()
				resp, err := http.Get(f.URL + path)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
					b.Fatalf("status %d, %v", resp.StatusCode, err)
				}
				resp.Body.Close()
				took = append(took, time.Since(from))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
		})
	}
}
