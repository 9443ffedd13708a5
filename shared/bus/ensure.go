package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// ensureTopology settles the number of partitions, then creates or updates what is missing or differs.
func (b *Bus) ensureTopology(ctx context.Context) error {
	if err := b.settlePartitions(ctx); err != nil {
		return err
	}
	if err := b.settleInstall(ctx); err != nil {
		return err
	}
	if err := b.checkRoom(); err != nil {
		return err
	}
	for _, c := range b.buckets() {
		if err := b.ensureBucket(ctx, c); err != nil {
			return fmt.Errorf("create bucket %q: %w", c.Bucket, err)
		}
	}
	for _, c := range b.streams() {
		if err := b.ensureStream(ctx, c); err != nil {
			return fmt.Errorf("create stream %q: %w", c.Name, err)
		}
	}
	b.retireStreams(ctx)
	return nil
}

// retireStreams removes what an earlier release kept and nobody reads any more. That release makes it again, and finds out anew what was in
// it. It does no harm where it is, so that who may not remove it goes on.
func (b *Bus) retireStreams(ctx context.Context) {
	if _, err := b.controlJS.Stream(ctx, streamTimers); err != nil {
		return
	}
	if err := b.controlJS.DeleteStream(ctx, streamTimers); err != nil {
		b.log.Warn("a stream that nobody reads any more was not removed; remove it by hand", zap.String("stream", streamTimers), zap.Error(err))
	}
}

// findTopology reads the number of partitions and waits until all streams are there.
func (b *Bus) findTopology(ctx context.Context) error {
	kv, err := b.bucket(ctx, BucketMeta)
	if err != nil {
		return fmt.Errorf("%w; the bus is not prepared: start a service that does so, such as trend or anomaly", err)
	}
	if err := b.readPartitions(ctx, kv); err != nil {
		return err
	}
	if err := b.settleInstall(ctx); err != nil {
		return err
	}
	for _, c := range b.streams() {
		if _, err := b.controlJS.Stream(ctx, c.Name); err != nil {
			return fmt.Errorf("find stream %q: %w; it is made by a service that prepares the bus, such as trend or anomaly", c.Name, err)
		}
	}
	return nil
}

// checkRoom refuses a store in which a partition could not hold one message of the largest size, which would stay at
// the head of its spool for ever.
func (b *Bus) checkRoom() error {
	const smallest, room = shareLogs, maxPayload + maxPayload/8 // the smallest share that is split; a message and what it is stored with
	if b.sized(smallest)/int64(b.partitions) >= room {
		return nil
	}
	least := (int64(room*b.partitions)/smallest+1)*1000>>20 + 1
	return fmt.Errorf("%w: bus.max_store: %s is too small for %d partitions; set at least %dMiB", ErrStore, b.cfg.MaxStore, b.partitions, least)
}

// settlePartitions reads the number of partitions that the install was made with, or makes it so.
func (b *Bus) settlePartitions(ctx context.Context) error {
	b.partitions = 1 // so that the buckets can be described before the number is known
	if err := b.ensureBucket(ctx, b.buckets()[0]); err != nil {
		return fmt.Errorf("create bucket %q: %w", BucketMeta, err)
	}
	kv, err := b.bucket(ctx, BucketMeta)
	if err != nil {
		return err
	}
	want := b.cfg.Partitions
	if want == 0 {
		want = 4
		if b.cfg.URL != "" {
			want = 16
		}
	}
	if _, err := kv.Create(ctx, keyPartitions, []byte(strconv.Itoa(want))); err == nil {
		b.partitions = want
		return nil
	} else if !errors.Is(err, jetstream.ErrKeyExists) {
		return fmt.Errorf("write number of partitions: %w", err)
	}
	return b.readPartitions(ctx, kv)
}

// keyPartitions is where the number of partitions is kept, in BucketMeta.
const keyPartitions = "partitions"

// readPartitions takes the number that the install was made with.
func (b *Bus) readPartitions(ctx context.Context, kv jetstream.KeyValue) error {
	entry, err := kv.Get(ctx, keyPartitions)
	if err != nil {
		return fmt.Errorf("read number of partitions: %w", err)
	}
	have, err := strconv.Atoi(string(entry.Value()))
	if err != nil || have < 1 || have > MaxPartitions {
		return fmt.Errorf("read number of partitions: key %q of bucket %q holds %q, which is no number from 1 to %d; restore it",
			keyPartitions, BucketMeta, entry.Value(), MaxPartitions)
	}
	if b.cfg.Partitions != 0 && b.cfg.Partitions != have {
		return fmt.Errorf("%w: this install has %d partitions, bus.partitions says %d; the number is fixed at install: remove bus.partitions or set it to %d",
			ErrPartitions, have, b.cfg.Partitions, have)
	}
	b.partitions = have
	return nil
}

// errBatches: a server that does not know batches takes a stream for them as any other, and refuses each.
var errBatches = errors.New("the NATS server stores no messages together; upgrade it to 2.12 or later")

func (b *Bus) ensureStream(ctx context.Context, want jetstream.StreamConfig) error {
	s, err := b.controlJS.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		if want.FirstSeq, err = b.firstSequence(ctx, want.Name); err != nil {
			return err
		}
		s, err = b.controlJS.CreateStream(ctx, want)
		if err == nil && s.CachedInfo().Config.AllowAtomicPublish != want.AllowAtomicPublish {
			return errBatches
		}
		return err
	}
	if err != nil {
		return err
	}
	have := s.CachedInfo().Config
	if have.MaxBytes == want.MaxBytes && have.Discard == want.Discard && have.Replicas == want.Replicas &&
		have.Duplicates == want.Duplicates && have.AllowDirect == want.AllowDirect && have.MaxMsgSize == want.MaxMsgSize &&
		max(have.MaxMsgsPerSubject, 0) == want.MaxMsgsPerSubject && have.DiscardNewPerSubject == want.DiscardNewPerSubject && have.AllowMsgTTL == want.AllowMsgTTL &&
		have.AllowAtomicPublish == want.AllowAtomicPublish && slices.Equal(have.Subjects, want.Subjects) {
		return nil
	}
	// What an operator has set beyond our fields (placement, compression) stays.
	have.MaxBytes, have.Discard, have.Replicas = want.MaxBytes, want.Discard, want.Replicas
	have.Duplicates, have.AllowDirect, have.Subjects = want.Duplicates, want.AllowDirect, want.Subjects
	have.MaxMsgSize, have.AllowMsgTTL = want.MaxMsgSize, want.AllowMsgTTL
	have.MaxMsgsPerSubject, have.DiscardNewPerSubject = want.MaxMsgsPerSubject, want.DiscardNewPerSubject
	have.AllowAtomicPublish = want.AllowAtomicPublish
	s, err = b.controlJS.UpdateStream(ctx, have)
	if err == nil && s.CachedInfo().Config.AllowAtomicPublish != want.AllowAtomicPublish {
		return errBatches
	}
	return err
}

// firstSequence returns where a new stream has to start so that sequences which readers have already seen
// are never used again, even if somebody deleted the stream; 0 if nobody has read it.
func (b *Bus) firstSequence(ctx context.Context, stream string) (uint64, error) {
	readers, err := b.readers(ctx)
	if err != nil {
		return 0, err
	}
	var first uint64
	for _, r := range readers {
		if StreamName(r.Kind, r.Partition) == stream && r.Seq > 0 {
			first = max(first, r.Seq+1)
		}
	}
	return first, nil
}

// takesBatches reports whether several keys of a bucket are written together.
func takesBatches(bucket string) bool { return bucket == BucketIncident }

func (b *Bus) ensureBucket(ctx context.Context, want jetstream.KeyValueConfig) error {
	if err := b.ensureKeys(ctx, want); err != nil || !takesBatches(want.Bucket) {
		return err
	}
	s, err := b.controlJS.Stream(ctx, "KV_"+want.Bucket)
	if err != nil {
		return err
	}
	have := s.CachedInfo().Config
	if have.AllowAtomicPublish {
		return nil
	}
	have.AllowAtomicPublish = true // which the client's buckets know nothing of
	if s, err = b.controlJS.UpdateStream(ctx, have); err == nil && !s.CachedInfo().Config.AllowAtomicPublish {
		return errBatches
	}
	return err
}

// ensureKeys creates or updates a bucket as far as the client knows of it.
func (b *Bus) ensureKeys(ctx context.Context, want jetstream.KeyValueConfig) error {
	s, err := b.controlJS.Stream(ctx, "KV_"+want.Bucket)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		_, err = b.controlJS.CreateKeyValue(ctx, want)
		return err
	}
	if err != nil {
		return err
	}
	have := s.CachedInfo().Config
	history := max(int64(want.History), 1)
	if have.MaxBytes == want.MaxBytes && have.Replicas == want.Replicas && have.MaxMsgsPerSubject == history &&
		have.SubjectDeleteMarkerTTL == want.LimitMarkerTTL {
		return nil
	}
	_, err = b.controlJS.UpdateKeyValue(ctx, want)
	return err
}

// KeyValue returns one of the buckets of the topology (the Bucket constants). It blocks until the bus answers or ctx ends: while a
// cluster elects who leads a stream nobody does.
func (b *Bus) KeyValue(ctx context.Context, bucket string) (kv jetstream.KeyValue, err error) {
	err = b.Retry(ctx, "open bucket "+bucket, func(ctx context.Context) (err error) {
		kv, err = b.bucket(ctx, bucket)
		return err
	})
	return kv, err
}

// bucket is KeyValue for those who try again themselves.
func (b *Bus) bucket(ctx context.Context, bucket string) (jetstream.KeyValue, error) {
	kv, err := b.controlJS.KeyValue(ctx, bucket)
	if err != nil {
		return nil, fmt.Errorf("open bucket %q: %w", bucket, err)
	}
	return kv, nil
}
