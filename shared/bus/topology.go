package bus

import (
	"fmt"
	"slices"
	"strings"
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

	// streamTimers held what was to happen at a time, before the notifier kept that in mind by itself.
	streamTimers = "TIMERS"
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

// subjectCommand returns the subject of commands: the service and what they are about, such as "notifier.silence".
func subjectCommand(name string) string { return "cmd." + name }

// serviceOf returns the service of a command's name.
func serviceOf(name string) string {
	service, _, _ := strings.Cut(name, ".")
	return service
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
			Discard: jetstream.DiscardOld, MaxBytes: b.sized(shareIncidents), AllowDirect: true, AllowAtomicPublish: true,
		},
		jetstream.StreamConfig{
			Name: StreamNotify, Subjects: []string{"notify.>"}, AllowAtomicPublish: true,
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
