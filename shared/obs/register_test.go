package obs_test

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/forewarn/forewarn/shared/obs"
)

// TestRegister: all or nothing is registered, and once it is ended the same can be registered again.
func TestRegister(t *testing.T) {
	gauge := func(name string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: "h"})
	}
	r := prometheus.NewRegistry()
	unregister, err := obs.Register(r, "the part", gauge("a"), gauge("b"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := obs.Register(r, "the part", gauge("c"), gauge("b")); err == nil || !strings.Contains(err.Error(), "the part") {
		t.Errorf("a second b gives %v", err)
	}
	count := func(want int) {
		t.Helper()
		if all, err := r.Gather(); err != nil || len(all) != want {
			t.Errorf("%d metrics, %v, want %d", len(all), err, want)
		}
	}
	count(2)
	unregister()
	count(0)
	if _, err := obs.Register(r, "the part", gauge("b")); err != nil {
		t.Error(err)
	}
	count(1)
	if unregister, err := obs.Register(nil, "nobody", gauge("a")); err != nil {
		t.Error(err)
	} else {
		unregister()
	}
}
