package telemetry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/telemetry"
)

func TestNewLabels(t *testing.T) {
	f := func(want telemetry.Labels, labels ...telemetry.Label) {
		t.Helper()
		given := append([]telemetry.Label(nil), labels...)
		if diff := cmp.Diff(want, telemetry.NewLabels(labels...)); diff != "" {
			t.Error(diff)
		}
		if !cmp.Equal(given, labels) {
			t.Errorf("the argument became %v", labels)
		}
	}
	f(nil)
	f(telemetry.Labels{{Name: "a", Value: "1"}, {Name: "b", Value: "2"}}, telemetry.Label{Name: "b", Value: "2"}, telemetry.Label{Name: "a", Value: "1"})
	f(telemetry.Labels{{Name: "a", Value: "2"}}, telemetry.Label{Name: "a", Value: "1"}, telemetry.Label{Name: "a", Value: "2"})
	f(telemetry.Labels{}, telemetry.Label{Name: "a", Value: "1"}, telemetry.Label{Name: "a", Value: ""})
	f(telemetry.Labels{{Name: "a�", Value: "�b"}}, telemetry.Label{Name: "a\xff", Value: "\xfe\xffb"})
}

func TestLabelsWith(t *testing.T) {
	ls := telemetry.NewLabels(telemetry.Label{Name: "a", Value: "1"}, telemetry.Label{Name: "c", Value: "3"})
	f := func(name, value, want string) {
		t.Helper()
		if got := ls.With(name, value).String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	f("b", "2", `{a="1",b="2",c="3"}`)
	f("a", "2", `{a="2",c="3"}`)
	f("a", "", `{c="3"}`)
	if got := ls.String(); got != `{a="1",c="3"}` {
		t.Errorf("With changed the labels to %s", got)
	}
}

// Fingerprints are kept in streams and snapshots: a change here orphans what was stored before.
func TestFingerprintNeverChanges(t *testing.T) {
	ls := telemetry.NewLabels(telemetry.Label{Name: telemetry.MetricName, Value: "up"}, telemetry.Label{Name: "host", Value: "erp-01"})
	if got, want := ls.Fingerprint(), uint64(0xf69ae1eb49d53dbc); got != want {
		t.Errorf("got %#x, want %#x", got, want)
	}
}
