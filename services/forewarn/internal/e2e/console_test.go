package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// climber is an exporter of a host of which one volume fills at a steady rate, and others rest.
func climber(t *testing.T, whole time.Duration) *httptest.Server {
	t.Helper()
	began := time.Now()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		const gib = 1 << 30
		share := 0.35 + 0.65*min(1, time.Since(began).Seconds()/whole.Seconds())
		for _, v := range []struct {
			mount      string
			size, used float64
		}{{"/", 50 * gib, 0.46}, {"/u01", 250 * gib, share}, {"/u02", 400 * gib, 0.71}, {"/var/log", 20 * gib, 0.28}} {
			labels := fmt.Sprintf(`{device="/dev/mapper/vg%s",fstype="xfs",mountpoint=%q}`, strings.ReplaceAll(v.mount, "/", "-"), v.mount)
			fmt.Fprintf(w, "node_filesystem_avail_bytes%s %.0f\nnode_filesystem_size_bytes%s %.0f\n", labels, v.size*(1-v.used), labels, v.size) //nolint:errcheck // the scraper went away
		}
		fmt.Fprintf(w, "node_memory_MemAvailable_bytes %d\nnode_memory_MemTotal_bytes %d\n", 21*gib, 64*gib) //nolint:errcheck // as above
	}))
	t.Cleanup(s.Close)
	return s
}

// TestConsolePage is what somebody sees who leaves the page open: a risk appears by itself, its incident has a chart, what he says of it
// is on the track record, nothing is asked of anybody but the console, and no script fails.
func TestConsolePage(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	exporter := climber(t, 4*time.Minute)
	p := up(t, t.TempDir(), fmt.Sprintf(`
collector:
  host: {enabled: false}
  scrape:
    - {job: node, url: "%s/metrics", interval: 1s, labels: {host: erp-01}}
`, exporter.URL))
	asked, failed := requests(ctx, t), failures(ctx, t)
	do(ctx, t, chromedp.EmulateViewport(1440, 900))
	do(ctx, t, chromedp.Navigate(p.url+"/?lang=en&tz=Asia/Shanghai"))
	do(ctx, t, chromedp.Evaluate[bool]("window.stayed = true"))
	eventually(t, 4*time.Minute, func() error {
		if do(ctx, t, chromedp.Evaluate[int]("document.querySelectorAll('.incidents a[href^=\"/incidents/\"]').length")) == 0 {
			return errors.New("no incident on the page")
		}
		return nil
	})
	if !do(ctx, t, chromedp.Evaluate[bool]("window.stayed === true")) {
		t.Error("the page was loaded again for the risk to appear")
	}
	saysAll(ctx, t, "What breaks next", "/u01 on erp-01", "Limit reached", "Probability")
	shoot(ctx, t, p.url+"/", "overview")

	link := do(ctx, t, chromedp.Evaluate[string]("document.querySelector('.incidents a[href^=\"/incidents/\"]').getAttribute('href')"))
	do(ctx, t, chromedp.Click(chromedp.CSS(".incidents h3 a")))
	do(ctx, t, chromedp.WaitVisible(chromedp.CSS(".timeline")))
	drawn(ctx, t)
	saysAll(ctx, t, "/u01 on erp-01", "When, and how sure", "Predicted when it opened", "Timeline")
	do(ctx, t, chromedp.Click(chromedp.CSS("button[name='verdict'][value='useful']")))
	eventually(t, 10*time.Second, func() error {
		if text := do(ctx, t, chromedp.Evaluate[string]("document.querySelector('.timeline')?.innerText ?? ''")); !strings.Contains(text, "Verdict: useful") {
			return errors.New("the timeline shows no verdict: " + text)
		}
		return nil
	})
	do(ctx, t, chromedp.Click(chromedp.CSS("a[hreflang='zh-CN']")))
	eventually(t, 10*time.Second, func() error {
		if lang := do(ctx, t, chromedp.Evaluate[string]("document.documentElement?.lang ?? ''")); lang != "zh-CN" {
			return fmt.Errorf("the page speaks %q", lang)
		}
		return nil
	})
	drawn(ctx, t)
	saysAll(ctx, t, "时间与把握", "时间线")
	do(ctx, t, chromedp.Click(chromedp.CSS(".facts a[href^='/signals/']")))
	do(ctx, t, chromedp.WaitVisible(chromedp.CSS("#h-incidents")))
	drawn(ctx, t)
	shoot(ctx, t, do(ctx, t, chromedp.Evaluate[string]("location.href")), "signal")
	for _, path := range []string{
		"/signals", "/incidents", "/entities", "/entities/host:erp-01", "/capacity", "/record", "/digest", "/pipeline", "/pipeline/targets", "/pipeline/unread?kind=all",
	} {
		shoot(ctx, t, p.url+path, "list"+strings.NewReplacer("/", "-", ":", "-", "?", "-").Replace(path))
	}
	do(ctx, t, chromedp.Navigate(p.url+"/record"))
	saysAll(ctx, t, "人员评价", "仅代表个人意见", "有用", "误报")
	do(ctx, t, chromedp.Navigate(p.url+"/record?lang=en"))
	saysAll(ctx, t, "What people said", "These are opinions", "useful", "false alarm", "exhaustion")
	shoot(ctx, t, p.url+link+"?lang=en", "incident") // late, when some of what was foretold has come true
	for _, url := range asked() {
		if !strings.HasPrefix(url, p.url+"/") {
			t.Errorf("the page asks for %s", url)
		}
	}
	if all := failed(); len(all) > 0 {
		t.Errorf("scripts fail: %q", all)
	}
	p.stop()
}

// saysAll checks that the page says all words.
func saysAll(ctx context.Context, t *testing.T, words ...string) {
	t.Helper()
	text := do(ctx, t, chromedp.Text(chromedp.CSS("body")))
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("the page does not say %q:\n%s", w, text)
		}
	}
}

// drawn waits until the chart of a page is there.
func drawn(ctx context.Context, t *testing.T) {
	t.Helper()
	eventually(t, 10*time.Second, func() error {
		const loaded = "(i => i !== null && i.complete && i.naturalWidth > 0)(document.querySelector('.chart img'))"
		if !do(ctx, t, chromedp.Evaluate[bool](loaded)) {
			return errors.New("the chart is not drawn")
		}
		return nil
	})
}

// shoot looks at a page on a telephone and on a desk, by day and by night, and checks that nothing is wider than it.
func shoot(ctx context.Context, t *testing.T, url, name string) {
	t.Helper()
	for _, width := range []int64{390, 1440} {
		for _, scheme := range []string{"light", "dark"} {
			do(ctx, t, chromedp.EmulateViewport(width, 900))
			media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
			if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media); err != nil {
				t.Fatal(err)
			}
			do(ctx, t, chromedp.Navigate(url))
			eventually(t, 10*time.Second, func() error {
				if !do(ctx, t, chromedp.Evaluate[bool]("[...document.images].every(i => i.complete)")) {
					return errors.New("a picture is not loaded")
				}
				return nil
			})
			if wide := do(ctx, t, chromedp.Evaluate[int64]("document.documentElement.scrollWidth")); wide > width {
				t.Errorf("%s: %d pixels wide at %d", name, wide, width)
			}
			keep(t, fmt.Sprintf("console-%s-%d-%s.png", name, width, scheme), do(ctx, t, chromedp.FullScreenshot(100)))
		}
	}
	do(ctx, t, chromedp.EmulateViewport(1440, 900))
}
