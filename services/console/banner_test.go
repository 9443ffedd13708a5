package console

import (
	"strings"
	"testing"

	"github.com/forewarn/forewarn/shared/i18n"
)

// TestBanner: what must be known of all that is shown stands on every page, in the reader's language.
func TestBanner(t *testing.T) {
	f := start(t, nil, nil, func(_ *Config, s *Settings) { s.Banner = i18n.Text{En: "Rehearsal <only>", Zh: "仅供演练"} })
	for _, path := range []string{"/", "/?lang=zh-CN", "/nowhere"} {
		want := `<p class="banner" role="note">Rehearsal &lt;only&gt;</p>`
		if strings.Contains(path, "zh") {
			want = `<p class="banner" role="note">仅供演练</p>`
		}
		if _, body := f.get(path, "Accept", "text/html"); !strings.Contains(body, want) {
			t.Errorf("GET %s lacks the banner", path)
		}
	}
	if _, body := start(t, nil, nil).get("/"); strings.Contains(body, `class="banner"`) {
		t.Error("a console without a banner shows one")
	}
}
