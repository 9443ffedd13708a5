package embedded

import (
	"context"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Append stores b as one transaction. See [history.Store].
func (s *Store) Append(ctx context.Context, b *telemetry.Batch) (history.Appended, error) {
	s.appendMu.Lock()
	defer s.appendMu.Unlock()
	if err := s.usable(ctx); err != nil {
		return history.Appended{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var n history.Appended
	err := s.guard(func() error { return s.transact(ctx, b, &n) })
	if err != nil {
		return history.Appended{}, err
	}
	s.appended++
	return n, nil
}

func (s *Store) transact(ctx context.Context, b *telemetry.Batch, n *history.Appended) error {
	failed := s.watch.value(walFailures) + s.watch.value(wblFailures)
	tx := appendTx{store: s, app: s.db.AppenderV2(ctx), horizon: s.horizon(), n: n}
	var err error
	for i := range b.Series {
		if err = tx.series(&b.Series[i]); err != nil {
			break
		}
	}
	if err != nil {
		err = errors.Join(err, tx.app.Rollback())
	} else {
		err = tx.app.Commit()
	}
	if err == nil && s.watch.value(walFailures)+s.watch.value(wblFailures) > failed {
		// The TSDB only logs it when the out-of-order log cannot be written.
		err = errors.New("the out-of-order log could not be written")
	}
	if err != nil {
		s.torn = fmt.Errorf("write history in %s: %w; see that its disk works and has space", s.dir, err)
		return s.torn
	}
	return nil
}

// horizon returns the latest acceptable time of a sample, Unix milliseconds.
func (s *Store) horizon() int64 { return s.now().Add(history.MaxAhead).UnixMilli() }

// appendTx is one batch on its way into the database.
type appendTx struct {
	store   *Store
	app     storage.AppenderV2
	horizon int64
	n       *history.Appended
}

// series appends the samples of one series and counts what became of them.
func (tx *appendTx) series(ts *telemetry.TimeSeries) error {
	ref, _ := tx.store.refs.Get(ts.Fingerprint)
	for i, smp := range ts.Samples {
		if tx.outside(smp.TimeMillis) || tx.clash(ts.Samples, i) {
			continue
		}
		var err error
		ref, err = tx.sample(ts, ref, smp)
		if err := tx.count(err); err != nil {
			return err
		}
	}
	return nil
}

// sample appends by reference, and by labels where there is none or where it has gone stale since the series left
// memory. It returns the reference for the samples that follow, 0 if none is known.
func (tx *appendTx) sample(ts *telemetry.TimeSeries, ref storage.SeriesRef, smp telemetry.Sample) (storage.SeriesRef, error) {
	if ref != 0 {
		_, err := tx.append(ref, labels.EmptyLabels(), smp)
		if !errors.Is(err, tsdb.ErrInvalidSample) {
			return ref, err
		}
		tx.store.refs.Drop(ts.Fingerprint)
	}
	ls, ok := tx.labels(ts.Labels)
	if !ok {
		return 0, tsdb.ErrInvalidSample
	}
	got, err := tx.append(0, ls, smp)
	if err == nil {
		tx.store.refs.Put(ts.Fingerprint, got)
	}
	return got, err
}

func (tx *appendTx) append(ref storage.SeriesRef, ls labels.Labels, smp telemetry.Sample) (storage.SeriesRef, error) {
	v := smp.Value
	if math.IsNaN(v) && !value.IsStaleNaN(v) {
		v = math.Float64frombits(value.NormalNaN) // one NaN, so that a repeat is a repeat
	}
	return tx.app.Append(ref, ls, 0, smp.TimeMillis, v, nil, nil, storage.AppendV2Options{})
}

// outside counts samples whose time cannot be true.
func (tx *appendTx) outside(timeMillis int64) bool {
	switch {
	case timeMillis > tx.horizon:
		tx.n.Ahead++
	case timeMillis < 0:
		tx.n.TooOld++
	default:
		return false
	}
	return true
}

// clash counts a sample that repeats the time of the one before it: the TSDB drops it without a word.
func (tx *appendTx) clash(samples []telemetry.Sample, i int) bool {
	if i == 0 || samples[i].TimeMillis != samples[i-1].TimeMillis {
		return false
	}
	if math.Float64bits(samples[i].Value) == math.Float64bits(samples[i-1].Value) {
		tx.n.Stored++
	} else {
		tx.n.Conflicts++
	}
	return true
}

// count sorts an error of the TSDB by what it says about the sample. It returns those that say something about
// the database.
func (tx *appendTx) count(err error) error {
	switch {
	case err == nil:
		tx.n.Stored++
	case errors.Is(err, storage.ErrDuplicateSampleForTimestamp):
		tx.n.Conflicts++
	case errors.Is(err, storage.ErrOutOfOrderSample):
		tx.n.OutOfOrder++
	case errors.Is(err, storage.ErrTooOldSample), errors.Is(err, storage.ErrOutOfBounds):
		tx.n.TooOld++
	case errors.Is(err, tsdb.ErrInvalidSample):
		tx.n.Invalid++
	default:
		return err
	}
	return nil
}

// labels returns the labels in the TSDB's form, and false if they cannot name a series.
func (tx *appendTx) labels(ls telemetry.Labels) (labels.Labels, bool) {
	b := &tx.store.builder
	b.Reset()
	for _, l := range ls {
		if !utf8.ValidString(l.Name) || !utf8.ValidString(l.Value) {
			return labels.EmptyLabels(), false
		}
		if l.Name != "" && l.Value != "" {
			b.Add(l.Name, l.Value)
		}
	}
	b.Sort()
	out := b.Labels()
	return out, !out.IsEmpty()
}
