package history_test

import (
	"strings"
	"testing"

	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/history"
)

func TestConfig(t *testing.T) {
	f := func(doc string, wantKeys ...string) {
		t.Helper()
		c := history.DefaultConfig()
		err := config.Load([]byte(doc), nil, config.Section{Name: "history", Into: &c})
		if (err != nil) != (len(wantKeys) > 0) {
			t.Fatalf("%s: error %v, want mention of %q", doc, err, wantKeys)
		}
		for _, key := range wantKeys {
			if !strings.Contains(err.Error(), key) {
				t.Errorf("%s: error %q does not name %s", doc, err, key)
			}
		}
	}
	f("")
	f("history: {retention: 720h, retention_size: 1GiB, out_of_order_window: 0s, reserve: 1GiB}")
	f("history: {retention: 1h, retention_size: 1, out_of_order_window: -1s, reserve: 1}",
		"history.retention:", "history.retention_size:", "history.out_of_order_window:", "history.reserve:")
	f("history: {out_of_order_window: 1000h}", "history.out_of_order_window:")
	f("history: {retension: 720h}", "retension")
}
