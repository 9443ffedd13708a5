package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/obs"
)

// restore loads the snapshot, or starts from the beginning of the stream if that cannot be used.
func (k *worker) restore(ctx context.Context) error {
	if err := k.bus.turns.take(ctx); err != nil {
		return err
	}
	defer k.bus.turns.back()
	e, err := k.store.load(ctx)
	if err == nil && e != nil {
		err = k.adopt(e)
	}
	switch {
	case errors.Is(err, errDamaged):
		k.renounce("its saved state could not be read and was rebuilt from what the stream still holds; older knowledge is lost, see the log for the cause", err)
		err = nil
	case errors.Is(err, ErrNewer) && k.bus.cfg.DiscardNewer:
		k.bus.metrics.snapshotNewer.WithLabelValues(k.set.Service).Inc()
		k.renounce("its state was written by a newer release and is given up, as bus.discard_newer_state says; remove that key again", err)
		err = nil
	case err == nil && k.store.stale != nil:
		k.bus.metrics.snapshotDamaged.WithLabelValues(k.set.Service).Inc()
		k.log.Error("newest snapshot cannot be used, the one before it is", zap.Time("saved", k.store.current.Time), zap.Error(k.store.stale))
		k.miss(fmt.Sprintf("its newest saved state could not be read, so it goes on from the one before it, of %s; what is gone from the stream since then "+
			"is missing. Look at the disk of the bus, and in the log for the cause", k.store.current.Time.Format(time.RFC3339)))
	}
	k.saved = k.cursor
	k.claim.done.Store(k.cursor)
	return err
}

// miss says what was lost before it began, and goes on saying it beside what comes later.
func (k *worker) miss(text string) {
	k.alarm(text)
	k.lost = text
}

// renounce begins anew, and says why.
func (k *worker) renounce(text string, cause error) {
	k.bus.metrics.snapshotDamaged.WithLabelValues(k.set.Service).Inc()
	k.log.Error("snapshot cannot be used, state is rebuilt from the stream", zap.Error(cause))
	k.miss(text)
	k.cursor, k.clock, k.repeats = 0, clock{}, newRepeats()
}

// adopt gives the snapshot to the processor.
func (k *worker) adopt(e *envelope) error {
	if len(e.state) > 0 {
		err := k.guard(func() error { return k.set.Processor.Restore(e.state) })
		if err != nil && !errors.Is(err, ErrNewer) {
			err = fmt.Errorf("%w: %w", errDamaged, err)
		}
		if err != nil {
			return err
		}
	}
	k.cursor, k.clock, k.repeats = e.seq, e.clock, e.repeats
	return nil
}

// refuse says what to do about a state that a newer release wrote: it would be lost if this one went on.
func (k *worker) refuse(err error) error {
	if !errors.Is(err, ErrNewer) {
		return err
	}
	k.bus.metrics.snapshotNewer.WithLabelValues(k.set.Service).Inc()
	err = fmt.Errorf("take up the state of %s on %s: %w. It stays as it is: install that release again, or restore the backup that was taken before the upgrade. "+
		"To go back without what has been learned, set bus.discard_newer_state", k.set.Service, k.stream, err)
	k.bus.health.Set(k.checkName(), obs.Failed, err.Error())
	k.log.Error("state was written by a newer release", zap.Error(err))
	return err
}

// missSaved says so if the snapshot that was loaded is older than what the worker has told the janitor: the server has lost it, and what
// lay before it may be purged.
func (k *worker) missSaved(ctx context.Context) error {
	had, err := k.bus.registered(ctx, k.registration().key())
	if err != nil || had <= k.cursor || k.lost != "" {
		return err
	}
	k.bus.metrics.snapshotDamaged.WithLabelValues(k.set.Service).Inc()
	k.log.Error("snapshot is gone from the bus", zap.Uint64("saved", had), zap.Uint64("found", k.cursor))
	k.miss(fmt.Sprintf("it had saved its state of message %d, and the bus has it only up to message %d: the server has lost what it had, as it does with "+
		"what is damaged on its disk, or was set back. The state is rebuilt from what the stream still holds; older knowledge is lost. Look at the disk of the bus", had, k.cursor))
	return nil
}

func (k *worker) registration() registration {
	return registration{Service: k.set.Service, Kind: k.set.Input, Partition: k.set.Partition, Seq: k.saved, Time: time.Now().UTC()}
}

func (k *worker) register(ctx context.Context) error {
	return k.bus.register(ctx, k.registration())
}
