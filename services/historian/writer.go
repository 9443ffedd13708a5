package historian

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/stored"
	"github.com/forewarn/forewarn/shared/telemetry"
)

const (
	// maxSeries bounds the series that a partition's decoder remembers, labels and all: as many as a machine's memory holds in a store.
	maxSeries = 500_000
	// The pauses between attempts to append.
	minPause = 250 * time.Millisecond
	maxPause = 30 * time.Second
	// sayEvery is how often refused samples are spoken of.
	sayEvery = 10 * time.Minute
)

// writer appends the batches of one partition. Its one state is what the history holds.
type writer struct {
	// running is Run's context: Process has none of its own, and waits in it while the history cannot write.
	running context.Context //nolint:containedctx // see above
	h       *Historian
	number  int // of the partition
	decoder *telemetry.Decoder
	batch   telemetry.Batch
	// unstored is why a batch was left when Run ended: from then on nothing may be forgotten.
	unstored error
	refused  history.Appended
	said     time.Time
}

var (
	_ bus.Processor = (*writer)(nil)
	_ bus.Querier   = (*writer)(nil)
)

func (h *Historian) newWriter(ctx context.Context, number int) *writer {
	return &writer{running: ctx, h: h, number: number, decoder: telemetry.NewDecoder(maxSeries)}
}

// Process appends a batch, however long it takes. It returns an error only for what is no batch.
func (w *writer) Process(m bus.Message) ([]bus.Output, error) {
	if w.stopped() {
		return nil, nil
	}
	if m.Tick {
		w.h.progress.reached(w.number, m.Time)
		return nil, nil
	}
	if err := w.decoder.Decode(m.Data, &w.batch); err != nil {
		w.h.metrics.malformed.Inc()
		return nil, fmt.Errorf("decode batch of %q: %w", m.Source, err)
	}
	w.store(m)
	return nil, nil
}

// Query tells up to when the partition is stored, whatever is asked.
func (w *writer) Query([]byte) []byte { return stored.Answer(w.h.progress.until(w.number)) }

// stopped says whether a batch was left: what comes after it is left as well, and read again by the next Run.
func (w *writer) stopped() bool { return w.unstored != nil }

// store appends the batch. If Run ends before that is done, Snapshot keeps the bus from forgetting it.
func (w *writer) store(m bus.Message) {
	n, err := w.append()
	if err != nil {
		w.unstored = fmt.Errorf("stopped while history could not take message %d: %w", m.Seq, err)
		return
	}
	w.h.progress.reached(w.number, m.Time)
	w.h.metrics.count(n)
	w.h.intake.count(n)
	w.speak(m, n)
}

// append tries until the history has the batch or Run ends.
func (w *writer) append() (history.Appended, error) {
	for pause := minPause; ; pause = min(2*pause, maxPause) {
		start := time.Now()
		n, err := w.h.set.Store.Append(w.running, &w.batch)
		w.h.metrics.appendTime.Observe(time.Since(start).Seconds())
		if err == nil {
			w.h.gate.succeeded(w)
			return n, nil
		}
		if w.running.Err() != nil {
			return n, err
		}
		w.h.metrics.failures.WithLabelValues("append").Inc()
		if w.h.gate.failed(w, err) {
			w.h.log.Error("history cannot write, waiting", zap.Error(err))
		}
		select {
		case <-w.running.Done():
			return n, err
		case <-time.After(pause):
		}
	}
}

// Snapshot writes no state: it says that everything processed is safe on disk, or an error.
func (w *writer) Snapshot(io.Writer) error {
	if w.unstored != nil {
		return w.unstored
	}
	start := time.Now()
	err := w.h.set.Store.Sync()
	w.h.metrics.syncTime.Observe(time.Since(start).Seconds())
	if err != nil {
		w.h.metrics.failures.WithLabelValues("sync").Inc()
		w.h.gate.failed(w, err)
		return err
	}
	w.h.gate.succeeded(w)
	return nil
}

// Restore refuses: a historian saves no state, so what is there is not its own.
func (w *writer) Restore([]byte) error {
	return errors.New("the historian keeps no state but its place in the stream")
}

// speak says, now and then, that samples are refused and of what kind.
func (w *writer) speak(m bus.Message, n history.Appended) {
	if n.Refused() == 0 {
		return
	}
	w.refused.Conflicts += n.Conflicts
	w.refused.OutOfOrder += n.OutOfOrder
	w.refused.TooOld += n.TooOld
	w.refused.Ahead += n.Ahead
	w.refused.Invalid += n.Invalid
	w.refused.Rejected += n.Rejected
	if m.Time.Sub(w.said) < sayEvery {
		return
	}
	w.h.log.Warn("history refused samples; look at the clocks of their source and for two senders of one series",
		zap.String("source", m.Source), zap.Int("conflicting", w.refused.Conflicts), zap.Int("out_of_order", w.refused.OutOfOrder),
		zap.Int("too_old", w.refused.TooOld), zap.Int("ahead", w.refused.Ahead), zap.Int("invalid", w.refused.Invalid),
		zap.Int("rejected", w.refused.Rejected), zap.String("said", n.Said))
	w.refused, w.said = history.Appended{}, m.Time
}
