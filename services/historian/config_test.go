package historian_test

import (
	"strings"
	"testing"

	"github.com/forewarn/forewarn/services/historian"
	"github.com/forewarn/forewarn/shared/config"
)

func TestConfig(t *testing.T) {
	f := func(doc string, wantKeys ...string) {
		t.Helper()
		c := historian.DefaultConfig()
		err := config.Load([]byte(doc), nil, config.Section{Name: "historian", Into: &c})
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
	f("historian: {query_timeout: 2m, query_max_samples: 50000000, query_concurrency: 20}")
	f("historian: {query_timeout: 1ms, query_max_samples: 1, query_concurrency: 0}",
		"historian.query_timeout:", "historian.query_max_samples:", "historian.query_concurrency:")
}
