package e2e

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/machinetest"
)

// TestFillingDisk fills a real file system at a steady rate: the incident opens before it is full, its date is
// right at half time, the webhook hears of it once, and it resolves after the clean-up.
func TestFillingDisk(t *testing.T) {
	t.Parallel()
	const (
		size  = 64 << 20
		whole = 3 * time.Minute // from empty to full
	)
	mount := machinetest.Disk(t, strconv.Itoa(size))
	hook := newReceiver(t, "e2e-secret-of-the-webhook")
	p := up(t, t.TempDir(), fmt.Sprintf(`
collector:
  host: {interval: 1s}
trend:
  resolve_after: 10s
notifier:
  channels:
    - {name: hook, type: webhook, url: %q, secret: e2e-secret-of-the-webhook}
`, hook.URL))
	eventually(t, 30*time.Second, func() error { return p.watches(mount) })

	began := time.Now()
	full := began.Add(whole)
	fill(t, mount, size, whole, whole/2)
	opened := p.openIncident(t, mount)
	left := time.Until(full)
	off := math.Abs(time.Until(*opened.ETA.P50).Seconds()/left.Seconds() - 1)
	t.Logf("opened %v after the start, %v before the end; at half time p50 is off by %.1f %% (p10 %v, p90 %v, truth %v)",
		opened.OpenedAt.Sub(began).Round(time.Second), full.Sub(opened.OpenedAt).Round(time.Second), 100*off,
		*opened.ETA.P10, *opened.ETA.P90, full)
	if off > 0.25 {
		t.Errorf("at half time the date is off by %.0f %%, want at most 25 %%", 100*off)
	}

	fill(t, mount, size, whole, whole/3) // on to 83 %
	if err := os.RemoveAll(filepath.Join(mount, "data")); err != nil {
		t.Fatal(err)
	}
	eventually(t, time.Minute, func() error {
		list, err := p.incidents(mount)
		if err == nil && (len(list) != 1 || list[0].State != "resolved") {
			err = fmt.Errorf("incidents: %+v", list)
		}
		return err
	})
	eventually(t, 10*time.Second, func() error {
		if count(hook.about(mount), "resolved") != 1 {
			return errors.New("the webhook has not heard of the resolution")
		}
		return nil
	})
	if n := count(hook.about(mount), "opened"); n != 1 {
		t.Errorf("the webhook heard %d times that the incident was opened, want once", n)
	}
	for _, word := range []string{"CRITICAL", "RESOLVED"} {
		if !strings.Contains(p.said(), word+"  "+mount+" on ") {
			t.Errorf("the terminal does not say %s of %s", word, mount)
		}
	}
	if problems := hook.refused(); len(problems) != 0 {
		t.Errorf("the webhook refused deliveries: %q", problems)
	}
	p.stop()
}

// watches returns nil once the signal of the mount is known.
func (p *program) watches(mount string) error {
	var list struct {
		Signals []struct{ Key string } `json:"signals"`
	}
	if err := p.get("/api/v1/signals?limit=500", &list); err != nil {
		return err
	}
	for _, s := range list.Signals {
		if s.Key == "filesystem-space/volume:"+hostname()+":"+mount {
			return nil
		}
	}
	return fmt.Errorf("%s is not among %v", mount, list.Signals)
}

// openIncident returns the one incident about the mount, which must be open and have a date.
func (p *program) openIncident(t *testing.T, mount string) incidentView {
	t.Helper()
	list, err := p.incidents(mount)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].State != "open" || list[0].ETA.P50 == nil || list[0].ETA.P10 == nil || list[0].ETA.P90 == nil {
		t.Fatalf("at half time: %+v", list)
	}
	return list[0]
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return err.Error()
	}
	return name
}

// fill writes for the time at the rate that fills size within whole. What is due is counted by the clock: a slow machine
// loses ticks, and the rate must be right nevertheless.
func fill(t *testing.T, mount string, size int, whole, during time.Duration) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(mount, "data"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // memory
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	written := 0
	for began := time.Now(); ; <-tick.C {
		elapsed := min(time.Since(began), during)
		due := int(float64(size) * elapsed.Seconds() / whole.Seconds())
		if _, err := f.Write(make([]byte, due-written)); err != nil {
			t.Fatal(err)
		}
		if written = due; elapsed == during {
			return
		}
	}
}
