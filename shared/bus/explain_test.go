package bus

import "testing"

// TestOlder: servers that lack what is needed are told from others.
func TestOlder(t *testing.T) {
	f := func(version string, want bool) {
		t.Helper()
		if got := older(version); got != want {
			t.Errorf("%q: %v, want %v", version, got, want)
		}
	}
	f("2.10.29", true)
	f("1.4.1", true)
	f("2.9.0-beta.1", true)
	f("2.11.9", true)
	f("2.12.0", false)
	f("2.15.2", false)
	f("3.0.0", false)
	f("", false)
	f("a fork", false)
}
