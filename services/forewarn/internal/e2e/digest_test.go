package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// narrow is the width of a small telephone.
const narrow = 360

// TestDigestMail looks at the mails of the golden files on a small telephone, by day and by night: nothing is wider than it, what
// suffices stands on the first screen, and letters differ from what is below them.
func TestDigestMail(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	files, err := filepath.Glob("../../../notifier/internal/rendition/testdata/*.html")
	if err != nil || len(files) != 4 {
		t.Fatalf("%d mails, %v", len(files), err)
	}
	for _, file := range files {
		path := withPictures(t, file)
		for _, scheme := range []string{"light", "dark"} {
			do(ctx, t, chromedp.EmulateViewport(narrow, 780))
			media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
			if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media); err != nil {
				t.Fatal(err)
			}
			do(ctx, t, chromedp.Navigate("file://"+path))
			name := filepath.Base(file) + " " + scheme
			if wide := do(ctx, t, chromedp.Evaluate[int64]("document.documentElement.scrollWidth")); wide > narrow {
				t.Errorf("%s: %d pixels wide", name, wide)
			}
			if below := do(ctx, t, chromedp.Evaluate[float64]("document.querySelector('.lead').getBoundingClientRect().bottom")); below > 780 {
				t.Errorf("%s: the lines that suffice end at %.0f", name, below)
			}
			if n := do(ctx, t, chromedp.Evaluate[int64]("document.images.length")); n == 0 {
				t.Errorf("%s: no pictures", name)
			}
			if faint := do(ctx, t, chromedp.Evaluate[string](faintest)); faint != "" {
				t.Errorf("%s: %s", name, faint)
			}
			keep(t, fmt.Sprintf("mail-%s-%s.png", filepath.Base(file), scheme), do(ctx, t, chromedp.FullScreenshot(100)))
		}
	}
}

// withPictures writes a mail with its parts in place of their ids, and returns its file.
func withPictures(t *testing.T, file string) string {
	t.Helper()
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := filepath.Abs(filepath.Join(filepath.Dir(file), "week.zh-CN.png"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "mail.html")
	if err := os.WriteFile(path, regexp.MustCompile(`cid:figure\d+`).ReplaceAll(page, []byte("file://"+picture)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// faintest says which text has a contrast below 4.5 to 1, which WCAG 2 wants at least; "" if none has.
const faintest = `(() => {
  const light = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 }); return 0.2126 * r + 0.7152 * g + 0.0722 * b };
  const rgb = s => s.match(/[\d.]+/g).map(Number);
  const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c.slice(0, 3) } return [255, 255, 255] };
  for (const e of document.querySelectorAll('td, th, span, a, h1, h2')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    const a = light(rgb(getComputedStyle(e).color).slice(0, 3)), b = light(ground(e));
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) return contrast.toFixed(1) + ' to 1: ' + e.textContent.trim().slice(0, 60);
  }
  return '';
})()`
