package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/plan"
	"github.com/forewarn/forewarn/shared/telemetry"
)

const (
	gib = float64(1 << 30)
	// ledgerSize is the size of a volume that grows by ledgerBase a week and by perVoucher for each voucher a day.
	ledgerSize = 1000 * gib
	ledgerBase = 3 * gib
	perVoucher = 0.004 * gib
)

// TestCapacity keeps 40 weeks of history, shows the program that volume as it is now, and asks for its plan: the
// growth, the date and what to buy are those of the arithmetic, where as many vouchers are booked as in busy weeks.
func TestCapacity(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	monday := time.Now().UTC().Truncate(7 * 24 * time.Hour)
	used := ledgerOf40Weeks(t, filepath.Join(dir, "history"), monday)
	exporter := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for metric, v := range map[string]float64{"avail": ledgerSize - used, "size": ledgerSize} {
			fmt.Fprintf(w, "node_filesystem_%s_bytes{mountpoint=\"/ledger\",fstype=\"xfs\"} %.0f\n", metric, v)
		}
	}))
	defer exporter.Close()
	p := up(t, dir, fmt.Sprintf(`
collector:
  host: {enabled: false}
  scrape:
    - {url: %q, interval: 1s, job: erp, labels: {host: erp-01}}
capacity:
  reserve_months: 24
  drivers:
    - name: vouchers
      query: sum(last_over_time(erp_vouchers_of_day[1d]))
      rules: [filesystem-space]
      entities: "volume:erp-01:.*"
`, exporter.URL))

	const key = "filesystem-space/volume:erp-01:/ledger"
	var list struct{ Plans []plan.Plan }
	eventually(t, time.Minute, func() error {
		if err := p.get("/api/v1/capacity?rule=filesystem-space&q=ledger", &list); err != nil {
			return err
		}
		if len(list.Plans) != 1 || list.Plans[0].Outlook == nil {
			return fmt.Errorf("plans: %+v", list.Plans)
		}
		return nil
	})
	carried := list.Plans[0]
	if carried.Signal != key || carried.Step != "week" || carried.Basis.R2 < 0.95 {
		t.Errorf("plan %s by %s, R2 %v: %s", carried.Signal, carried.Step, carried.Basis.R2, carried.Basis.Formula)
	}
	vouchers := slices.IndexFunc(carried.Basis.Terms, func(term plan.Term) bool { return term.Name == "vouchers" })
	if vouchers < 0 || math.Abs(carried.Basis.Terms[vouchers].Coefficient/perVoucher-1) > 0.05 {
		t.Fatalf("a voucher a day should cost %.0f bytes a week: %+v", perVoucher, carried.Basis.Terms)
	}

	var booked plan.Plan
	if err := p.get("/api/v1/capacity/"+key+"?driver.vouchers=1500", &booked); err != nil {
		t.Fatal(err)
	}
	weekly := ledgerBase + 1500*perVoucher
	days := (ledgerSize - used) / weekly * 7
	due := monday.AddDate(0, 0, int(days))
	t.Logf("%s", booked.Words.En)
	t.Logf("arithmetic: full on %s at %.1f GiB a week", due.Format(time.DateOnly), weekly/gib)
	if at := booked.Full.P50; at == nil || at.Sub(due).Abs() > 14*24*time.Hour {
		t.Errorf("full on %v, want %v within two weeks", at, due)
	}
	if by := booked.Purchase.By; by == nil || by.After(due) || due.Sub(*by) > 35*24*time.Hour {
		t.Errorf("buy by %v, want within the five weeks before %v", by, due)
	}
	want := used + 106*weekly - ledgerSize // two years are 106 weeks
	if got := booked.Purchase.Amount; math.Abs(got/want-1) > 0.1 {
		t.Errorf("buy %.0f GiB, want %.0f within a tenth", got/gib, want/gib)
	}
	p.refuses(t, "/api/v1/capacity/"+key+"?driver.companies=12", http.StatusBadRequest, `is no driver of this signal; it has [\"vouchers\"]`)
	p.refuses(t, "/api/v1/capacity/"+key+"?driver.vouchers=NaN", http.StatusBadRequest, "driver.vouchers")
	p.refuses(t, "/api/v1/capacity/filesystem-space/volume:erp-01:/gone", http.StatusNotFound, "no signal")
	p.stop()
}

// ledgerOf40Weeks writes the history of the volume until monday, a value at noon of each day, and returns what is used.
func ledgerOf40Weeks(t *testing.T, dir string, monday time.Time) (used float64) {
	t.Helper()
	store, err := embedded.Open(history.DefaultConfig(), embedded.Settings{Logger: zap.NewNop(), Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	labels := []string{"host", "erp-01", "mountpoint", "/ledger", "fstype", "xfs"}
	fleet := []*telemetry.Series{
		historytest.Series("node_filesystem_avail_bytes", labels...), historytest.Series("node_filesystem_size_bytes", labels...),
		historytest.Series("erp_vouchers_of_day", "job", "erp"),
	}
	used = 150 * gib
	const days = 40 * 7
	for d := range days {
		vouchers := 1000 + 500*float64(d/21%2) // three busy weeks, three calm ones
		used += (ledgerBase + vouchers*perVoucher) / 7
		var b telemetry.Batch
		for i, v := range []float64{ledgerSize - used, ledgerSize, vouchers} {
			at := monday.AddDate(0, 0, d-days).Add(12 * time.Hour)
			b.Series = append(b.Series, telemetry.TimeSeries{Series: fleet[i], Samples: []telemetry.Sample{{TimeMillis: at.UnixMilli(), Value: v}}})
		}
		if n, err := store.Append(t.Context(), &b); err != nil || n.Refused() > 0 {
			t.Fatalf("append: %+v, %v", n, err)
		}
	}
	if err := errors.Join(store.Sync(), store.Close()); err != nil {
		t.Fatal(err)
	}
	return used
}

// refuses checks that a path answers with the status, and an error that holds the text.
func (p *program) refuses(t *testing.T, path string, status int, text string) {
	t.Helper()
	resp, err := http.Get(p.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status || !json.Valid(body) || !strings.Contains(string(body), text) {
		t.Errorf("GET %s: %s, %v: %s; want %d with %q", path, resp.Status, err, body, status, text)
	}
}
