package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	chromium "github.com/forewarn/forewarn/services/forewarn/internal/browser"
	"github.com/forewarn/forewarn/shared/machinetest"
)

// browser starts a real one that may ask for nothing by itself.
func browser(t *testing.T) context.Context {
	t.Helper()
	ctx, done, err := chromium.Start(t.Context(), machinetest.Program(t, "chromium", "chromium"), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(done)
	return ctx
}

// requests collects what a browser asks for.
func requests(ctx context.Context, t *testing.T) func() []string {
	t.Helper()
	var mu sync.Mutex
	var asked []string
	err := chromedp.Listen(ctx, func(event any) {
		if r, ok := event.(*network.EventRequestWillBeSent); ok {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, r.Request.URL)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return asked
	}
}

// failures collects what goes wrong in the scripts of pages.
func failures(ctx context.Context, t *testing.T) func() []string {
	t.Helper()
	var mu sync.Mutex
	var failed []string
	err := chromedp.Listen(ctx, func(event any) {
		if e, ok := event.(*runtime.EventExceptionThrown); ok {
			mu.Lock()
			defer mu.Unlock()
			what := e.ExceptionDetails.Text
			if x := e.ExceptionDetails.Exception; x != nil {
				what += ": " + x.Description
			}
			failed = append(failed, what)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return failed
	}
}

// page writes the page of a back-test and returns its file.
func page(t *testing.T, language string, inputs ...string) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "backtest", "--output", "html", "--timezone", "Asia/Shanghai", "--input", strings.Join(inputs, ","))
	cmd.Env = append(os.Environ(), "LC_ALL="+language)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("backtest: %v\n%s", err, stderr.String())
	}
	name := filepath.Join(t.TempDir(), "backtest.html")
	if err := os.WriteFile(name, out, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestBacktestPage opens the page as people do: from a file, on a telephone and on a desk, by day and by night.
func TestBacktestPage(t *testing.T) {
	ctx := browser(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "fill.om")
	from := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	calm := strings.ReplaceAll(flat(from, 26*60), "/u01", "/calm<script>alert(1)</script>")
	content := strings.TrimSuffix(filling(from, 26*60+100), "# EOF\n") + calm + "# EOF\n"
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	for language, words := range map[string][]string{
		"C.UTF-8":     {"Back-test: what Forewarn would have said", "Warnings that would have opened: 1", "Zabbix timeleft", "/u01 on erp-01", "It reached its limit on 2026-03-03", "Nothing to tell", "/calm<script>alert(1)</script>"},
		"zh_CN.UTF-8": {"回测：Forewarn 当时会怎么说", "会打开", "静态阈值 90%", "严重", "用满", "无需关注的信号"},
	} {
		name := page(t, language, file)
		asked := requests(ctx, t)
		for _, width := range []int64{390, 1440} {
			for _, scheme := range []string{"light", "dark"} {
				look(ctx, t, name, width, scheme)
				keep(t, fmt.Sprintf("%s-%d-%s.png", language, width, scheme), do(ctx, t, chromedp.FullScreenshot(100)))
			}
		}
		text := do(ctx, t, chromedp.Text(chromedp.CSS("body")))
		for _, w := range words {
			if !strings.Contains(text, w) {
				t.Errorf("%s: the page does not say %q:\n%s", language, w, text)
			}
		}
		for _, url := range asked() {
			if !strings.HasPrefix(url, "file://") || !strings.HasSuffix(url, "backtest.html") {
				t.Errorf("%s: the page asks for %s", language, url)
			}
		}
	}
}

// look opens the page and checks how it is laid out.
func look(ctx context.Context, t *testing.T, name string, width int64, scheme string) {
	t.Helper()
	do(ctx, t, chromedp.EmulateViewport(width, 900))
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media); err != nil {
		t.Fatal(err)
	}
	do(ctx, t, chromedp.Navigate("file://"+name))
	wide := do(ctx, t, chromedp.Evaluate[int64]("document.documentElement.scrollWidth"))
	strange := do(ctx, t, chromedp.Evaluate[int]("document.querySelectorAll('script, img, link, iframe, [style], [onload]').length"))
	if wide > width || strange != 0 {
		t.Errorf("%d pixels wide at %d, %d elements that do not belong there", wide, width, strange)
	}
	paper := do(ctx, t, chromedp.Evaluate[string]("getComputedStyle(document.querySelector('article svg path')).fill"))
	if dark := paper != "rgb(255, 255, 255)"; dark != (scheme == "dark") {
		t.Errorf("%s: charts are drawn on %s", scheme, paper)
	}
}

// do runs one action of the browser.
func do[T any](ctx context.Context, t *testing.T, a chromedp.Action[T]) T {
	t.Helper()
	out, err := chromium.Do(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// keep writes a screenshot where somebody wants to look at it.
func keep(t *testing.T, name string, shot []byte) {
	t.Helper()
	if len(shot) < 10_000 {
		t.Errorf("%s: a screenshot of %d bytes", name, len(shot))
	}
	if dir := os.Getenv("FOREWARN_SCREENSHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name), shot, 0o600); err != nil {
			t.Error(err)
		}
	}
}

// flat writes the samples of a volume that rests.
func flat(from time.Time, minutes int) string {
	lines := strings.SplitAfter(filling(from, minutes), "\n")
	var out strings.Builder
	for _, line := range lines {
		fields := strings.Fields(line)
		if len(fields) != 3 || line[0] == '#' {
			continue
		}
		if strings.Contains(line, "avail") {
			fields[1] = "5e+10"
		}
		out.WriteString(strings.Join(fields, " ") + "\n")
	}
	return out.String()
}
