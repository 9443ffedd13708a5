package incident

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/shared/bus"
)

// Draft is a [Store] whose changes only it sees, until they are committed: all together or none, by one sync of the disk. Lists and
// counts ([Store.List], [Store.Count], [Store.Fill]) are those of what is committed. It is not safe for concurrent use.
type Draft struct {
	*Store
	kv *draftKV
}

// draftRevision is the first revision of what is only drafted: no bucket comes as far.
const draftRevision = 1 << 62

// draftKV is a bucket and what has been written on top of it.
type draftKV struct {
	under    bucket
	subjects string // of the bucket's keys, "$KV.incident."
	order    []string
	drafted  map[string]*drafted
	revision uint64
	log      []written
}

// drafted is what a key is to hold.
type drafted struct {
	value    []byte
	gone     bool
	expect   bool   // that the bucket has it at revision base
	base     uint64 // 0: it has not got it
	revision uint64
}

// written is a change of the draft, and what was drafted before it.
type written struct {
	key    string
	before *drafted
}

// Draft returns an empty draft on top of s.
func (s *Store) Draft() *Draft {
	kv := &draftKV{under: s.kv, subjects: "$KV." + s.kv.Bucket() + ".", drafted: map[string]*drafted{}, revision: draftRevision}
	return &Draft{Store: &Store{kv: kv}, kv: kv}
}

// Changes returns how many keys the draft changes.
func (d *Draft) Changes() int { return len(d.kv.drafted) }

// Size returns how many bytes they take.
func (d *Draft) Size() (bytes int) {
	for _, w := range d.kv.drafted {
		bytes += len(w.value)
	}
	return bytes
}

// Changed reports whether the draft changes an incident.
func (d *Draft) Changed(id string) bool { return d.kv.drafted[id] != nil }

// Mark returns how far the draft has come, for [Draft.Back].
func (d *Draft) Mark() int { return len(d.kv.log) }

// Back takes back what was written since a mark.
func (d *Draft) Back(mark int) {
	for k := len(d.kv.log) - 1; k >= mark; k-- {
		w := d.kv.log[k]
		if w.before != nil {
			d.kv.drafted[w.key] = w.before
			continue
		}
		delete(d.kv.drafted, w.key)
		d.kv.order = d.kv.order[:len(d.kv.order)-1] // it was the newest
	}
	d.kv.log = d.kv.log[:mark]
}

// Commit writes the draft. It returns [ErrConflict] if somebody else has changed what it was made of, and [ErrFull]; nothing is written
// then. After any other error it may be written, and is if that error came too late.
func (d *Draft) Commit(ctx context.Context, js jetstream.JetStream) error {
	msgs := make([]*nats.Msg, 0, len(d.kv.order))
	for _, key := range d.kv.order {
		msgs = append(msgs, d.kv.drafted[key].message(d.kv.subjects+key))
	}
	err := bus.PublishTogether(ctx, js, msgs)
	var api *jetstream.APIError
	if errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant) {
		return fmt.Errorf("commit %d keys: %w: %w", len(msgs), ErrConflict, err)
	}
	if err != nil {
		return fmt.Errorf("commit %d keys: %w", len(msgs), roomy(err))
	}
	return nil
}

// message returns what writes a key.
func (w *drafted) message(subject string) *nats.Msg {
	m := nats.NewMsg(subject)
	m.Data = w.value
	if w.gone {
		m.Header.Set("KV-Operation", "PURGE")
		m.Header.Set(jetstream.MsgRollup, jetstream.MsgRollupSubject)
		m.Header.Set(jetstream.MsgTTLHeader, strconv.Itoa(int(markLife/time.Second)))
	}
	if w.expect {
		m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(w.base, 10))
	}
	return m
}

// Bucket, Status, ListKeysFiltered and Watch are those of what is committed.
func (kv *draftKV) Bucket() string { return kv.under.Bucket() }

// Status is part of bucket, as are the others.
func (kv *draftKV) Status(ctx context.Context) (jetstream.KeyValueStatus, error) {
	return kv.under.Status(ctx)
}

// ListKeysFiltered lists keys of the bucket.
func (kv *draftKV) ListKeysFiltered(ctx context.Context, filters ...string) (jetstream.KeyLister, error) {
	return kv.under.ListKeysFiltered(ctx, filters...)
}

// Watch watches keys of the bucket.
func (kv *draftKV) Watch(ctx context.Context, keys string, options ...jetstream.WatchOpt) (jetstream.KeyWatcher, error) {
	return kv.under.Watch(ctx, keys, options...)
}

// Get returns what is drafted, or what the bucket holds.
func (kv *draftKV) Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	w := kv.drafted[key]
	switch {
	case w == nil:
		return kv.under.Get(ctx, key)
	case w.gone:
		return nil, jetstream.ErrKeyNotFound
	}
	return &draftEntry{key: key, bucket: kv.Bucket(), drafted: w}, nil
}

// Create drafts a key that is not there.
func (kv *draftKV) Create(ctx context.Context, key string, value []byte, _ ...jetstream.KVCreateOpt) (uint64, error) {
	switch _, err := kv.Get(ctx, key); {
	case err == nil:
		return 0, jetstream.ErrKeyExists
	case !errors.Is(err, jetstream.ErrKeyNotFound):
		return 0, err
	}
	if w := kv.drafted[key]; w != nil { // removed in this draft
		return kv.write(key, drafted{value: value, expect: w.expect, base: w.base}), nil
	}
	// One that was removed a moment ago has a mark; then the server refuses the draft, as if somebody else had made the key.
	return kv.write(key, drafted{value: value, expect: true}), nil
}

// Update drafts a key that has a revision.
func (kv *draftKV) Update(_ context.Context, key string, value []byte, revision uint64) (uint64, error) {
	w := kv.drafted[key]
	switch {
	case w == nil:
		return kv.write(key, drafted{value: value, expect: true, base: revision}), nil
	case w.gone || w.revision != revision:
		return 0, jetstream.ErrKeyRevisionMismatch
	}
	return kv.write(key, drafted{value: value, expect: w.expect, base: w.base}), nil
}

// Put drafts a key whatever it holds.
func (kv *draftKV) Put(_ context.Context, key string, value []byte) (uint64, error) {
	next := drafted{value: value}
	if w := kv.drafted[key]; w != nil {
		next.expect, next.base = w.expect, w.base
	}
	return kv.write(key, next), nil
}

// PutString is Put of a string.
func (kv *draftKV) PutString(ctx context.Context, key, value string) (uint64, error) {
	return kv.Put(ctx, key, []byte(value))
}

// remove drafts that a key is gone, which has a revision, 0 for any.
func (kv *draftKV) remove(ctx context.Context, key string, revision uint64) error {
	if _, err := kv.Get(ctx, key); errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil // there is nothing to remove, and no mark is needed
	} else if err != nil {
		return err
	}
	next := drafted{gone: true, expect: revision != 0, base: revision}
	if w := kv.drafted[key]; w != nil {
		next.expect, next.base = w.expect, w.base
	}
	kv.write(key, next)
	return nil
}

func (kv *draftKV) write(key string, w drafted) uint64 {
	kv.revision++
	w.revision = kv.revision
	before := kv.drafted[key]
	if before == nil {
		kv.order = append(kv.order, key)
	}
	kv.log = append(kv.log, written{key, before})
	kv.drafted[key] = &w
	return w.revision
}

// draftEntry is a key of a draft.
type draftEntry struct {
	key, bucket string
	drafted     *drafted
}

func (e *draftEntry) Bucket() string                  { return e.bucket }
func (e *draftEntry) Key() string                     { return e.key }
func (e *draftEntry) Value() []byte                   { return e.drafted.value }
func (e *draftEntry) Revision() uint64                { return e.drafted.revision }
func (e *draftEntry) Created() time.Time              { return time.Time{} }
func (e *draftEntry) Delta() uint64                   { return 0 }
func (e *draftEntry) Operation() jetstream.KeyValueOp { return jetstream.KeyValuePut }
