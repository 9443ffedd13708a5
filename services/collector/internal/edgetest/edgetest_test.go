package edgetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A collector that is stopped before the bus has acknowledged its batch leaves that on the spool, whether or not the
// bus has it, and all later ones of the partition behind it. They come on the bus nevertheless, each once.
func TestSpooledBatchesAreRead(t *testing.T) {
	r := New(t)
	publish := func(ctx context.Context, body string) error {
		return r.Edge.PublishLogs(ctx, "logs/x", &telemetry.LogBatch{
			Origin:  telemetry.NewLabels(telemetry.Label{Name: "host", Value: "erp-01"}),
			Records: []telemetry.LogRecord{{TimeMillis: 1, Body: body}},
		})
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for publish(stopped, "one") != nil { // chance decides whether it is refused or, as wanted, sent and not waited for
	}
	for _, body := range []string{"two", "three"} {
		if err := publish(t.Context(), body); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"one", "two", "three"}
	bustest.Until(t, 20*time.Second, "all are read", func() bool { return len(r.Reader.Bodies()) >= len(want) })
	if got := r.Reader.Bodies(); !slices.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
}
