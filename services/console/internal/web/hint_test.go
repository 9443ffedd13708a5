package web

import (
	"strings"
	"testing"

	"github.com/forewarn/forewarn/shared/inventory"
	"github.com/forewarn/forewarn/shared/signal"
)

// TestHintsAreRules: what is shown to be copied is a rule that a catalogue takes as it is.
func TestHintsAreRules(t *testing.T) {
	f := func(m inventory.Metric, want string) {
		t.Helper()
		text := hint(m)
		c, err := signal.Load(signal.File{Name: "hint.yaml", Data: []byte(text)})
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if r, ok := c.Rule(want); !ok || !c.Names(m.Name) || (r.Kind == signal.Saturation) != strings.Contains(text, "limit: most") {
			t.Errorf("rule %q in\n%s", want, text)
		}
	}
	f(inventory.Metric{Name: "erp_queue_length", Example: map[string]string{"host": "a", "queue": "in"}, Beside: []string{"erp_queue_limit"}}, "erp-queue-length")
	f(inventory.Metric{Name: "pool_used_bytes", Example: map[string]string{"pool": "x", "on": "y", "yes": "z"}, Beside: []string{"pool_free_bytes", "pool_max_bytes"}}, "pool-used-bytes")
	f(inventory.Metric{Name: "Queue:Depth__x", Example: map[string]string{"instance": "a:1"}}, "queue-depth-x")
	f(inventory.Metric{Name: "erp_queue_limit", Beside: []string{"erp_queue_size"}}, "erp-queue-limit")
	f(inventory.Metric{Name: "m" + strings.Repeat("_long", 20), Example: map[string]string{"ünïcode": "x", "a": "b"}}, "m"+strings.Repeat("-long", 11)+"-lon")
	f(inventory.Metric{Name: "erp_vouchers_total", Example: map[string]string{"instance": "a:1"}}, "erp-vouchers-total")
	f(inventory.Metric{Name: "erp_posting_seconds_sum", Example: map[string]string{"instance": "a:1"}}, "erp-posting-seconds-sum")
	for _, name := range []string{"latency_bucket", "build_info", "a b", "x\ny: z", "", "界", strings.Repeat("a", 200)} {
		if text := hint(inventory.Metric{Name: name}); text != "" {
			t.Errorf("%q is hinted at: %s", name, text)
		}
	}
}
