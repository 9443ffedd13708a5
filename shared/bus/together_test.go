package bus_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
)

// said returns n messages of a stream that takes batches.
func said(n int) (msgs []*nats.Msg) {
	for k := range n {
		m := nats.NewMsg(fmt.Sprintf("inc.%d", k))
		m.Data = []byte{byte(k)}
		msgs = append(msgs, m)
	}
	return msgs
}

func stored(t *testing.T, js jetstream.JetStream) uint64 {
	t.Helper()
	s, err := js.Stream(t.Context(), bus.StreamIncidents)
	if err != nil {
		t.Fatal(err)
	}
	return s.CachedInfo().State.Msgs
}

// TestPublishTogether: all are stored in their order, or none.
func TestPublishTogether(t *testing.T) {
	js := bustest.New(t).JetStream()
	want := uint64(0)
	for _, n := range []int{0, 1, 2, bus.MaxTogether} {
		if err := bus.PublishTogether(t.Context(), js, said(n)); err != nil {
			t.Fatalf("%d: %v", n, err)
		}
		if want += uint64(n); stored(t, js) != want { //nolint:gosec // a small number
			t.Fatalf("%d: %d are stored, want %d", n, stored(t, js), want)
		}
	}
	s, err := js.Stream(t.Context(), bus.StreamIncidents)
	if err != nil {
		t.Fatal(err)
	}
	for k := range bus.MaxTogether {
		if m, err := s.GetMsg(t.Context(), uint64(4+k)); err != nil || m.Subject != fmt.Sprintf("inc.%d", k) { //nolint:gosec // a small number
			t.Fatalf("message %d: %+v, %v", k, m, err)
		}
	}
	refused := said(3)
	refused[1].Header.Set(jetstream.ExpectedLastSubjSeqHeader, "12345")
	if err := bus.PublishTogether(t.Context(), js, refused); err == nil || stored(t, js) != want {
		t.Errorf("one that does not fit: %v, %d are stored, want %d", err, stored(t, js), want)
	}
	if err := bus.PublishTogether(t.Context(), js, said(bus.MaxTogether+1)); err == nil || stored(t, js) != want {
		t.Errorf("too many: %v, %d are stored, want %d", err, stored(t, js), want)
	}
}

// TestUpgradeTakesBatches: streams of an earlier release take batches after the upgrade, and the one that is of no use any more is gone.
func TestUpgradeTakesBatches(t *testing.T) {
	dir := t.TempDir()
	b := bustest.Open(t, dir, bus.Settings{})
	takes := []string{"KV_" + bus.BucketIncident, bus.StreamIncidents, bus.StreamNotify}
	for _, name := range takes {
		s, err := b.JetStream().Stream(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		cfg := s.CachedInfo().Config
		cfg.AllowAtomicPublish = false
		if _, err := b.JetStream().UpdateStream(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.JetStream().CreateStream(t.Context(), jetstream.StreamConfig{Name: "TIMERS", Subjects: []string{"timer.>"}, MaxBytes: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = bustest.Open(t, dir, bus.Settings{})
	for _, name := range takes {
		if s, err := b.JetStream().Stream(t.Context(), name); err != nil || !s.CachedInfo().Config.AllowAtomicPublish {
			t.Errorf("stream %s takes no batches: %v", name, err)
		}
	}
	if _, err := b.JetStream().Stream(t.Context(), "TIMERS"); !errors.Is(err, jetstream.ErrStreamNotFound) {
		t.Errorf("TIMERS: %v", err)
	}
}
