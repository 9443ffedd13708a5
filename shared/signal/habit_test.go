package signal_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/signal"
)

// TestBand: the worker of the entity's partition is asked for the band of a habit. There is none of what has no habit, and none, without
// an error, where nobody answers.
func TestBand(t *testing.T) {
	b, catalogue := bustest.New(t), builtIn(t)
	h := signal.Habits{Bus: b, Catalogue: catalogue}
	from := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	to := from.Add(2 * time.Hour)
	const key, root = "http-latency/application:erp-01:8080", "host:erp-01"
	if band, err := h.Band(t.Context(), key, root, from, to); band != nil || err != nil {
		t.Errorf("nobody answers: %+v, %v", band, err)
	}
	want := signal.Band{Times: []time.Time{from, to}, Low: []float64{0.1, 0.2}, Usual: []float64{0.2, 0.3}, High: []float64{0.4, 0.5}}
	var asked []signal.PageRequest
	answer := func(request []byte) ([]byte, error) {
		var q signal.PageRequest
		if err := json.Unmarshal(request, &q); err != nil {
			return nil, err
		}
		asked = append(asked, q)
		return json.Marshal(signal.Page{Band: &want})
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.Answer(ctx, signal.HabitKeeper, b.PartitionOf(root), answer) }()
	bustest.Until(t, 10*time.Second, "somebody answers", func() bool {
		_, err := b.Query(t.Context(), signal.HabitKeeper, b.PartitionOf(root), []byte("{}"))
		return err == nil
	})
	band, err := h.Band(t.Context(), key, root, from, to)
	if diff := cmp.Diff(&want, band); diff != "" || err != nil {
		t.Errorf("band (-want +got), %v:\n%s", err, diff)
	}
	for _, other := range []string{"filesystem-space/filesystem:erp-01:/", "nonsense", ""} {
		if band, err := h.Band(t.Context(), other, root, from, to); band != nil || err != nil {
			t.Errorf("%q: %+v, %v", other, band, err)
		}
	}
	if band, err := (signal.Habits{Bus: b}).Band(t.Context(), key, root, from, to); band != nil || err != nil {
		t.Errorf("without a catalogue: %+v, %v", band, err)
	}
	want.Low = want.Low[:1]
	if _, err := h.Band(t.Context(), key, root, from, to); err == nil {
		t.Error("lists of unequal length are a band")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	last := asked[len(asked)-1]
	if len(asked) < 3 || last.Key != key || !last.From.Equal(from) || !last.To.Equal(to) {
		t.Errorf("asked %+v", asked)
	}
}

func builtIn(t *testing.T) *signal.Catalogue {
	t.Helper()
	c, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}
