package web

import (
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/forewarn/forewarn/services/console/internal/guard"
)

// TestPathOfAPage: links that only change the language stay here, whatever was asked for.
func TestPathOfAPage(t *testing.T) {
	w := &Web{settings: Settings{Guard: guard.New(guard.Settings{})}}
	r := httptest.NewRequest("GET", "/", nil)
	r.URL.Path = "//evil.example/a/"
	if got := w.newPage(httptest.NewRecorder(), r).Path; got != "/evil.example/a" {
		t.Errorf("path %q", got)
	}
}

// FuzzLocalPath: whoever follows the result from a page of ours stays here.
func FuzzLocalPath(f *testing.F) {
	for _, next := range []string{"/", "/incidents/1?refresh=off", "//evil.example", "/\\evil.example", "/\t/evil.example", "https://evil.example", "/a//b", ""} {
		f.Add(next)
	}
	base := &url.URL{Scheme: "https", Host: "console.example", Path: "/login"}
	f.Fuzz(func(t *testing.T, next string) {
		got := localPath(next)
		u, err := url.Parse(got)
		if err != nil {
			return // no Location that a browser could follow
		}
		if to := base.ResolveReference(u); to.Host != base.Host || to.Scheme != base.Scheme || got[0] != '/' {
			t.Errorf("localPath(%q) = %q, which leads to %s", next, got, to)
		}
	})
}
