package app

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDigest: the console is asked with its token for what the command line says, and the answer goes where that says.
func TestDigest(t *testing.T) {
	var asked http.Request
	console := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = *r.Clone(t.Context())
		if r.URL.Query().Get("team") == "nobody" {
			w.WriteHeader(http.StatusNotFound)
			w.Write([]byte(`{"error":{"code":"not_found","message":"\"nobody\" is no team"}}`)) //nolint:errcheck // a test
			return
		}
		w.Write([]byte("the digest")) //nolint:errcheck // a test
	}))
	t.Cleanup(console.Close)
	o := DigestOptions{
		URL: console.URL, Environ: []string{"FOREWARN_CONSOLE_TOKEN=a-token-of-many-letters"}, Team: "erp", Week: "2026-W47", Language: "zh-CN", Output: "pdf",
	}
	var out bytes.Buffer
	if err := Digest(t.Context(), o, &out); err != nil || out.String() != "the digest" {
		t.Errorf("%q, %v", out.String(), err)
	}
	got := asked.URL.RequestURI() + " " + asked.Header.Get("Authorization")
	if diff := cmp.Diff("/api/v1/digest?format=pdf&language=zh-CN&team=erp&week=2026-W47 Bearer a-token-of-many-letters", got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	o.File = filepath.Join(t.TempDir(), "digest.pdf")
	if err := Digest(t.Context(), o, &out); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(o.File); err != nil || string(data) != "the digest" {
		t.Errorf("%q, %v", data, err)
	}
	o.Team = "nobody"
	if err := Digest(t.Context(), o, &out); err == nil || !strings.Contains(err.Error(), `"nobody" is no team`) {
		t.Errorf("refused: %v", err)
	}
	console.Close()
	err := Digest(t.Context(), o, &out)
	for _, want := range []string{"nobody answers at " + console.URL + " (dial tcp", `"forewarn up"`, `"forewarn demo"`, "--url"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("nobody there: %v, want %q", err, want)
		}
	}
}

// TestDigestPreview: what a browser shows goes into a file, of which is said where it is; what a terminal shows goes there.
func TestDigestPreview(t *testing.T) {
	console := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte(r.URL.RequestURI())) //nolint:errcheck // a test
	}))
	t.Cleanup(console.Close)
	t.Chdir(t.TempDir())
	for _, c := range []struct {
		o          DigestOptions
		file, asks string
	}{
		{DigestOptions{}, "forewarn-digest.html", "format=html"},
		{DigestOptions{Team: "erp", Output: "pdf"}, "forewarn-digest-erp.pdf", "format=pdf&team=erp"},
		{DigestOptions{Output: "json", File: "x.json"}, "x.json", "format=json"},
		{DigestOptions{Output: "markdown"}, "", "format=markdown"},
		{DigestOptions{Output: "text"}, "", "format=text"},
		{DigestOptions{File: "-"}, "", "format=html"},
	} {
		c.o.URL, c.o.Preview, c.o.Environ = console.URL, true, []string{"LC_ALL=en_GB.UTF-8"}
		var out bytes.Buffer
		if err := Digest(t.Context(), c.o, &out); err != nil {
			t.Fatal(err)
		}
		said, written := out.String(), out.String()
		if c.file != "" {
			data, err := os.ReadFile(c.file)
			if err != nil {
				t.Fatal(err)
			}
			if written = string(data); !strings.Contains(said, "file:///") || !strings.Contains(said, c.file+"\nNothing was sent") {
				t.Errorf("%+v says %q", c.o, said)
			}
		}
		if written != "/api/v1/digest?"+c.asks {
			t.Errorf("%+v: %q", c.o, written)
		}
	}
}
