package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/nats-io/nats.go/jetstream"
)

// Kind is a kind of input stream.
type Kind string

// The kinds of input. Metrics and Logs are split into partitions.
const (
	Metrics Kind = "MET"
	Logs    Kind = "LOG"
	// Fleet is what workers say of their partitions to the one that judges all of them together, on subjects
	// fleet.00.<service>.<pp>; it has one partition.
	Fleet Kind = "FLEET"
)

// kinds lists every Kind.
func kinds() []Kind { return []Kind{Metrics, Logs, Fleet} }

// partitionsOf returns into how many partitions a kind is split.
func (b *Bus) partitionsOf(k Kind) int {
	if k == Fleet {
		return 1
	}
	return b.partitions
}

// Streams that are not split into partitions.
const (
	// StreamFindings holds what workers put out, on subjects find.<service>.<pp>.
	StreamFindings = "FIND"
	// StreamIncidents is the audit trail of incidents, on subjects inc.>.
	StreamIncidents = "INC"
	// StreamNotify is the work queue of deliveries, on subjects notify.>.
	StreamNotify = "NOTIFY"
	// StreamDeadLetters keeps what could not be processed, on subjects dlq.<original subject>.
	StreamDeadLetters = "DLQ"

	streamSnapshots = "SNAP"
	streamMembers   = "MEMBER"

	subjectCanary = "canary"
	streamCanary  = "CANARY"
)

// Buckets of the key-value store.
const (
	BucketMeta        = "meta"
	BucketReader      = "reader"
	BucketIncident    = "incident"
	BucketLimit       = "limit"
	BucketCalibration = "calibration"
	// BucketLease says who works on what; it is in memory.
	BucketLease = "lease"
)

// duplicateWindow is how long the server itself remembers message ids; workers remember longer.
const duplicateWindow = 10 * time.Minute

// StreamName returns the name of the stream of one partition, such as "MET_00".
func StreamName(k Kind, partition int) string { return fmt.Sprintf("%s_%02d", k, partition) }

// token is the subject token of a kind.
func (k Kind) token() string {
	switch k {
	case Logs:
		return "log"
	case Fleet:
		return "fleet"
	}
	return "met"
}

func (k Kind) valid() bool { return slices.Contains(kinds(), k) }

// share is what a kind's partitions together may take of MaxStore, in thousandths.
func (k Kind) share() int64 {
	switch k {
	case Logs:
		return shareLogs
	case Fleet:
		return shareFleet
	}
	return shareMetrics
}

func subjectBatch(k Kind, partition int) string {
	return fmt.Sprintf("%s.%02d.batch", k.token(), partition)
}

func subjectTick(k Kind, partition int) string {
	return fmt.Sprintf("%s.%02d.tick", k.token(), partition)
}

// SubjectFindings returns the subject of a worker's output, such as "find.trend.03".
func SubjectFindings(service string, partition int) string {
	return fmt.Sprintf("find.%s.%02d", service, partition)
}

// subjectFleet returns the subject of what a worker says to the one that judges all partitions together.
func subjectFleet(service string, partition int) string {
	return fmt.Sprintf("%s.%02d.%s.%02d", Fleet.token(), 0, service, partition)
}

func subjectQuery(service string, partition int) string {
	return fmt.Sprintf("query.%s.%02d", service, partition)
}

// PartitionOf returns the partition of the entity with the given root id, in [0, Partitions()). It is the
// same on every machine and in every release.
func (b *Bus) PartitionOf(root string) int {
	return int(xxhash.Sum64String(root) % uint64(b.partitions))
}

// What each stream and bucket may take of MaxStore, in thousandths; for a Kind, all its partitions together.
// The sum stays below 950, which leaves room for what later versions add.
const (
	shareMetrics     = 390
	shareLogs        = 160
	shareFleet       = 10
	shareFindings    = 60
	shareIncidents   = 60
	shareNotify      = 20
	shareDeadLetters = 20
	shareSnapshots   = 120
	shareCanary      = 2
	shareMeta        = 2
	shareReader      = 4
	shareIncident    = 80
	shareLimit       = 8
	shareCalibration = 8
)

// leaseBytes is the memory on the server for leases and for members each.
const leaseBytes = 1 << 20

// How the work queue of deliveries is split: it has room for so many channels whose receivers are all away, with
// messages of this size, which is a usual one.
const (
	deliverySize = 2 << 10
	fullChannels = 4
)

// streams returns the configuration of every stream.
func (b *Bus) streams() []jetstream.StreamConfig {
	var all []jetstream.StreamConfig
	for _, k := range kinds() {
		n := b.partitionsOf(k)
		for p := range n {
			all = append(all, jetstream.StreamConfig{
				Name: StreamName(k, p), Subjects: []string{fmt.Sprintf("%s.%02d.>", k.token(), p)},
				// Back-pressure instead of loss: what is unread stays, and publishers spool.
				Discard: jetstream.DiscardNew, MaxBytes: b.sized(k.share()) / int64(n),
			})
		}
	}
	all = append(all,
		jetstream.StreamConfig{
			Name: StreamFindings, Subjects: []string{"find.>"},
			Discard: jetstream.DiscardOld, MaxBytes: b.sized(shareFindings), // no direct reads: a replica may be behind
		},
		jetstream.StreamConfig{
			Name: StreamIncidents, Subjects: []string{"inc.>"},
			Discard: jetstream.DiscardOld, MaxBytes: b.sized(shareIncidents), AllowDirect: true,
		},
		jetstream.StreamConfig{
			Name: StreamNotify, Subjects: []string{"notify.>"},
			Discard: jetstream.DiscardNew, MaxBytes: b.sized(shareNotify), Retention: jetstream.WorkQueuePolicy,
			// A channel whose receiver is away may fill its own part only.
			MaxMsgsPerSubject: b.sized(shareNotify) / deliverySize / fullChannels, DiscardNewPerSubject: true,
		},
		jetstream.StreamConfig{
			Name: StreamDeadLetters, Subjects: []string{"dlq.>"},
			Discard: jetstream.DiscardOld, MaxBytes: b.sized(shareDeadLetters), AllowDirect: true,
		},
		jetstream.StreamConfig{
			Name: streamSnapshots, Subjects: []string{"snap.>"}, MaxMsgsPerSubject: 1,
			Discard: jetstream.DiscardNew, MaxBytes: b.sized(shareSnapshots), // nor here
		},
		jetstream.StreamConfig{
			Name: streamCanary, Subjects: []string{subjectCanary}, MaxMsgs: 1,
			Discard: jetstream.DiscardOld, MaxBytes: b.sized(shareCanary),
		},
	)
	for i := range all {
		all[i].Storage = jetstream.FileStorage
		all[i].MaxMsgSize = maxPayload // a reader would ask for a larger one for ever, and an external server may take it
	}
	if !b.embedded() {
		all = append(all, jetstream.StreamConfig{
			Name: streamMembers, Subjects: []string{"member.>"}, MaxMsgsPerSubject: 1, AllowMsgTTL: true,
			Discard: jetstream.DiscardOld, MaxBytes: leaseBytes, Storage: jetstream.MemoryStorage,
		})
	}
	for i := range all {
		all[i].Replicas = b.cfg.Replicas
		all[i].Duplicates = duplicateWindow
	}
	return all
}

// buckets returns the configuration of every key-value bucket.
func (b *Bus) buckets() []jetstream.KeyValueConfig {
	all := []jetstream.KeyValueConfig{
		{Bucket: BucketMeta, MaxBytes: b.sized(shareMeta)},
		{Bucket: BucketReader, MaxBytes: b.sized(shareReader)},
		// No history, INC has every change; and marks of removals that go by themselves: a full bucket could not shrink.
		{Bucket: BucketIncident, MaxBytes: b.sized(shareIncident), History: 1, LimitMarkerTTL: time.Minute},
		{Bucket: BucketLimit, MaxBytes: b.sized(shareLimit)},
		{Bucket: BucketCalibration, MaxBytes: b.sized(shareCalibration), History: 2},
	}
	for i := range all {
		all[i].Storage = jetstream.FileStorage
	}
	if !b.embedded() {
		all = append(all, jetstream.KeyValueConfig{
			Bucket: BucketLease, MaxBytes: leaseBytes, LimitMarkerTTL: time.Minute, Storage: jetstream.MemoryStorage,
		})
	}
	for i := range all {
		all[i].Replicas = b.cfg.Replicas
	}
	return all
}

// sized returns the given thousandths of MaxStore in bytes.
func (b *Bus) sized(thousandths int64) int64 { return int64(b.cfg.MaxStore) / 1000 * thousandths }

// ensureTopology settles the number of partitions, then creates or updates what is missing or differs.
func (b *Bus) ensureTopology(ctx context.Context) error {
	if err := b.settlePartitions(ctx); err != nil {
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
	return nil
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

func (b *Bus) ensureStream(ctx context.Context, want jetstream.StreamConfig) error {
	s, err := b.controlJS.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		if want.FirstSeq, err = b.firstSequence(ctx, want.Name); err != nil {
			return err
		}
		_, err = b.controlJS.CreateStream(ctx, want)
		return err
	}
	if err != nil {
		return err
	}
	have := s.CachedInfo().Config
	if have.MaxBytes == want.MaxBytes && have.Discard == want.Discard && have.Replicas == want.Replicas &&
		have.Duplicates == want.Duplicates && have.AllowDirect == want.AllowDirect && have.MaxMsgSize == want.MaxMsgSize &&
		max(have.MaxMsgsPerSubject, 0) == want.MaxMsgsPerSubject && have.DiscardNewPerSubject == want.DiscardNewPerSubject && have.AllowMsgTTL == want.AllowMsgTTL &&
		slices.Equal(have.Subjects, want.Subjects) {
		return nil
	}
	// What an operator has set beyond our fields (placement, compression) stays.
	have.MaxBytes, have.Discard, have.Replicas = want.MaxBytes, want.Discard, want.Replicas
	have.Duplicates, have.AllowDirect, have.Subjects = want.Duplicates, want.AllowDirect, want.Subjects
	have.MaxMsgSize, have.AllowMsgTTL = want.MaxMsgSize, want.AllowMsgTTL
	have.MaxMsgsPerSubject, have.DiscardNewPerSubject = want.MaxMsgsPerSubject, want.DiscardNewPerSubject
	_, err = b.controlJS.UpdateStream(ctx, have)
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

func (b *Bus) ensureBucket(ctx context.Context, want jetstream.KeyValueConfig) error {
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
