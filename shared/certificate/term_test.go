package certificate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/certificate"
)

// TestWarning: from two weeks before the end on.
func TestWarning(t *testing.T) {
	end := time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)
	f := func(before time.Duration, want string) {
		t.Helper()
		got := certificate.Term{Of: "it", Until: end}.Warning(end.Add(-before))
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%v before its end: %q, want %q", before, got, want)
		}
	}
	f(15*24*time.Hour, "")
	f(14*24*time.Hour, "it expires in 14 days, on 2026-03-31T12:00:00Z: renew it")
	f(time.Minute, "expires in 0 days")
	f(0, "it has expired on 2026-03-31T12:00:00Z")
	f(-time.Hour, "has expired")
	if w := (certificate.Term{}).Warning(end); w != "" {
		t.Errorf("nothing is known, and it says %q", w)
	}
}

// TestReadTerm: of several certificates the one that ends first decides; what is none is an error.
func TestReadTerm(t *testing.T) {
	ca := bustest.NewAuthority(t, "CA")
	soon := time.Now().Add(24 * time.Hour).Truncate(time.Second)
	early, key := ca.Issue("a", soon)
	late, _ := ca.Issue("b", soon.Add(time.Hour))
	both := filepath.Join(t.TempDir(), "chain.pem")
	var chain []byte
	for _, file := range []string{late, early, ca.File} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		chain = append(chain, data...)
	}
	if err := os.WriteFile(both, chain, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := certificate.ReadTerm(both, "it"); err != nil || !got.Until.Equal(soon) || got.Of != "it" {
		t.Errorf("%+v, %v; want until %v", got, err, soon)
	}
	for _, path := range []string{key, filepath.Join(t.TempDir(), "none")} {
		if _, err := certificate.ReadTerm(path, "it"); err == nil {
			t.Errorf("%s is no certificate, and is read", path)
		}
	}
}

// FuzzReadTerm: whatever a file holds, there is a time or an error.
func FuzzReadTerm(f *testing.F) {
	data, err := os.ReadFile(bustest.NewAuthority(f, "CA").File)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))
	path := filepath.Join(f.TempDir(), "cert.pem")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := certificate.ReadTerm(path, "it"); err == nil && got.Until.IsZero() {
			t.Error("neither a time nor an error")
		}
	})
}
