package bus

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/s2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/forewarn/forewarn/shared/obs"
)

// snapshots keeps the saved state of one worker: chunks in two slots, used in turn, and a manifest that says
// which of them is valid. A crash while one is written leaves the other whole.
type snapshots struct {
	bus      *Bus
	subject  string // snap.<service>.<kind>.<pp>
	writer   string
	current  manifest
	revision uint64           // of the manifest, for the compare-and-set; 0: there is none
	stream   jetstream.Stream // SNAP, once it was opened
	damage   error            // why the manifest could not be read
	stale    error            // why the newest snapshot could not be read, when the one before it is used
	spoken   uint64           // the highest epoch that outputs of the worker tell of
	unsure   bool             // the last manifest may be on the bus or not
	stuck    bool             // the server cannot store what follows something damaged, and that is said
}

func (b *Bus) newSnapshots(w WorkSettings) *snapshots {
	return &snapshots{
		bus: b, subject: fmt.Sprintf("snap.%s.%s.%02d", w.Service, w.Input.token(), w.Partition), writer: nuid.Next(),
	}
}

func (s *snapshots) manifestSubject() string { return s.subject + ".manifest" }

func (s *snapshots) chunkSubject(slot, n int) string {
	return fmt.Sprintf("%s.%d.%04d", s.subject, slot, n)
}

// claim reads the manifest and rewrites it under the next epoch, so that a worker of an earlier one, should
// it still be alive, can save nothing any more. Only then is it safe to load. ErrNewer: a newer release wrote it, and it stays as it is.
func (s *snapshots) claim(ctx context.Context) error {
	if err := s.read(ctx); err != nil {
		return err
	}
	if errors.Is(s.damage, ErrNewer) && !s.bus.cfg.DiscardNewer {
		return s.damage
	}
	next := s.current
	next.Epoch = max(next.Epoch, s.spoken) + 1 // a manifest that was lost does not tell how far its own was
	sending, cancel := context.WithTimeout(ctx, attemptTimeout*3/5)
	defer cancel()
	err := s.explain(ctx, s.put(sending, next), s.manifestSubject())
	if errors.Is(err, ErrSuperseded) {
		return errors.New("claim partition: somebody else wrote its manifest just now") // and may have been the last time
	}
	return err
}

// read takes the manifest as it is on the bus. One that cannot be read is remembered in s.damage.
func (s *snapshots) read(ctx context.Context) error {
	s.current, s.revision, s.damage, s.stale = manifest{}, 0, nil, nil
	msg, err := s.last(ctx, s.manifestSubject())
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read snapshot manifest: %w", err)
	}
	s.revision = msg.Sequence
	var m *manifest
	if err = verify(msg); err == nil {
		m, err = decodeManifest(msg.Data)
	}
	if err != nil {
		s.damage = err
		return nil //nolint:nilerr // the caller decides what a damaged one means
	}
	s.current = *m
	return nil
}

// verify holds a manifest against its checksum. Those of before had none.
func verify(m *jetstream.RawStreamMsg) error {
	if sum := m.Header.Get(headerSum); sum != "" && sum != checksum(m.Data) {
		return fmt.Errorf("%w: checksum of the manifest differs", errDamaged)
	}
	return nil
}

func checksum(data []byte) string { return strconv.FormatUint(xxhash.Sum64(data), 16) }

// load returns the envelope that the manifest names, nil if none was saved yet. If that cannot be read and the one before it can, it
// returns that one, and s.stale says why. errDamaged: neither can; the next save starts anew. Other errors are the bus's.
func (s *snapshots) load(ctx context.Context) (*envelope, error) {
	if s.damage != nil || s.current.empty() {
		return nil, s.damage
	}
	e, err := s.assemble(ctx, &s.current)
	if !errors.Is(err, errDamaged) {
		return e, err
	}
	old, ok := s.current.before()
	if !ok {
		return nil, err
	}
	e, failed := s.assemble(ctx, &old)
	if errors.Is(failed, errDamaged) {
		return nil, errors.Join(err, failed)
	}
	if failed == nil {
		s.current, s.stale = old, err // the next save goes into the damaged slot
	}
	return e, failed
}

// assemble reads and verifies the chunks that m names.
func (s *snapshots) assemble(ctx context.Context, m *manifest) (*envelope, error) {
	chunks := &chunkReader{ctx: ctx, from: s, slot: m.Slot, count: m.Chunks[m.Slot]}
	var state bytes.Buffer
	state.Grow(int(min(m.Size+bytes.MinRead, int64(chunks.count)*mostPressed))) // a manifest's word alone is no reason to allocate
	var err error
	if m.Stream {
		_, err = state.ReadFrom(io.LimitReader(s2.NewReader(chunks), maxSnapshot))
	} else {
		err = readBlock(chunks, &state)
	}
	switch {
	case chunks.err != nil:
		return nil, chunks.err
	case err != nil || int64(state.Len()) != m.Size || chunks.read != m.Packed:
		return nil, fmt.Errorf("%w: chunks do not have the size that the manifest names", errDamaged)
	case xxhash.Sum64(state.Bytes()) != m.Hash:
		return nil, fmt.Errorf("%w: checksum differs", errDamaged)
	}
	e, err := decodeEnvelope(state.Bytes())
	if err == nil && e.seq != m.Seq {
		err = fmt.Errorf("%w: envelope is of message %d, manifest of %d", errDamaged, e.seq, m.Seq)
	}
	return e, err
}

// chunk reads one chunk for as long as that takes: a large state over a slow link is many of them.
func (s *snapshots) chunk(ctx context.Context, slot, n int) (data []byte, err error) {
	err = s.bus.Retry(ctx, "load snapshot chunk", func(ctx context.Context) (err error) {
		m, err := s.last(ctx, s.chunkSubject(slot, n))
		if err == nil {
			data = m.Data
		}
		return err
	})
	return data, err
}

// last returns the last message of a subject.
func (s *snapshots) last(ctx context.Context, subject string) (*jetstream.RawStreamMsg, error) {
	stream, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	return stream.GetLastMsgForSubject(ctx, subject)
}

// open returns the stream SNAP, asked for once.
func (s *snapshots) open(ctx context.Context) (stream jetstream.Stream, err error) {
	if s.stream == nil {
		s.stream, err = s.bus.dataJS.Stream(ctx, streamSnapshots)
	}
	return s.stream, err
}

// save writes an envelope with the state that write writes behind it to the slot that is not in use, then makes it the valid one.
// ErrSuperseded: another process has claimed the partition. After any error the snapshot before is still the valid one.
func (s *snapshots) save(ctx context.Context, e *envelope, write func(io.Writer) error, now time.Time) (size int64, err error) {
	if s.unsure {
		if err := s.refresh(ctx); err != nil {
			return 0, err
		}
	}
	next := s.current
	next.Before = s.current.saved()
	next.Slot = 1 - s.current.Slot
	next.Seq, next.Time, next.Stream = e.seq, now, true
	p := papers.Get().(*paper)
	defer papers.Put(p)
	p.begin(func(n int, chunk []byte) error { return s.putChunk(ctx, s.chunkSubject(next.Slot, n), chunk) })
	if _, err = p.Write(e.head(nil)); err == nil {
		err = write(p)
	}
	if err = cmp.Or(p.err, err); err == nil { // the first, whatever the processor made of it
		err = p.end()
	}
	if err != nil {
		return 0, err
	}
	next.Size, next.Packed, next.Hash = p.size, p.packed, p.hash.Sum64()
	if err := s.trim(ctx, next.Slot, p.chunks); err != nil {
		return 0, err
	}
	next.Chunks[next.Slot] = p.chunks
	return p.size, s.explain(ctx, s.put(ctx, next), s.manifestSubject())
}

// putChunk writes a chunk if the manifest is still ours: the slot that we take for free may be another's valid one.
func (s *snapshots) putChunk(ctx context.Context, subject string, chunk []byte) error {
	_, err := s.bus.dataJS.Publish(ctx, subject, chunk, jetstream.WithRetryAttempts(0),
		jetstream.WithExpectLastSequenceForSubject(s.revision, s.manifestSubject()))
	if conflicts(err) {
		return fmt.Errorf("write to %s: %w", subject, ErrSuperseded)
	}
	return s.explain(ctx, err, subject)
}

// trim empties what a larger snapshot left in the slot. Its subjects stay: who may remove them may remove any.
func (s *snapshots) trim(ctx context.Context, slot, from int) error {
	for n := from; n < s.current.Chunks[slot]; n++ {
		if err := s.putChunk(ctx, s.chunkSubject(slot, n), nil); err != nil {
			return fmt.Errorf("empty old snapshot chunk %d: %w", n, err)
		}
	}
	return nil
}

// put replaces the manifest if nobody else has meanwhile.
func (s *snapshots) put(ctx context.Context, next manifest) error {
	next.Writer, next.Codec = s.writer, manifestCodec
	msg := nats.NewMsg(s.manifestSubject())
	msg.Data = next.encode()
	msg.Header.Set(headerSum, checksum(msg.Data))
	ack, err := s.bus.dataJS.PublishMsg(ctx, msg, jetstream.WithExpectLastSequencePerSubject(s.revision), jetstream.WithRetryAttempts(0))
	if err == nil {
		s.current, s.revision, s.unsure = next, ack.Sequence, false
		s.recover()
		return nil
	}
	if conflicts(err) {
		return fmt.Errorf("write snapshot manifest of %s: %w", s.subject, ErrSuperseded)
	}
	s.unsure = true
	return fmt.Errorf("write snapshot manifest: %w", err)
}

// explain says what is the matter with a subject that takes nothing, if the server cannot read its last message: then it never will.
func (s *snapshots) explain(ctx context.Context, err error, subject string) error {
	if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil || s.stream == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	info, failed := s.stream.Info(ctx, jetstream.WithSubjectFilter(subject))
	if failed != nil || info.State.Subjects[subject] == 0 {
		return err
	}
	// It stores the next message, then fails to remove the one before it, which it cannot read, and answers nothing.
	if _, failed = s.last(ctx, subject); info.State.Subjects[subject] == 1 && !errors.Is(failed, jetstream.ErrMsgNotFound) {
		return err
	}
	remedy := "it is mended by itself within a few seconds"
	if !s.bus.embedded() {
		remedy = "on a cluster remove the damaged copy (`nats stream cluster peer-remove " + streamSnapshots + "` of the node that leads it), on one server restore a backup, " +
			"or give up what has been learned by `nats stream rm " + streamSnapshots + "`; look at its disk"
	}
	err = fmt.Errorf("the NATS server cannot read a message on %s, which is damaged on its disk, and acknowledges none after it: %s (%w)", subject, remedy, err)
	s.stuck = true
	s.bus.health.Set(damageCheck, obs.Failed, err.Error())
	s.bus.metrics.damagedSubjects.Inc()
	return err
}

// recover ends the alarm of explain.
func (s *snapshots) recover() {
	if s.stuck {
		s.stuck = false
		s.bus.health.Set(damageCheck, obs.OK, "")
	}
}

// damageCheck is the check of what is damaged on the server's disk.
const damageCheck = "bus/damage"

// refresh finds out whether a manifest whose acknowledgement was lost is on the bus. Otherwise the next
// snapshot could be written over the valid one, or be taken for somebody else's.
func (s *snapshots) refresh(ctx context.Context) error {
	epoch := s.current.Epoch
	if err := s.read(ctx); err != nil {
		return err
	}
	if s.damage != nil || s.current.Writer != s.writer || s.current.Epoch != epoch {
		return fmt.Errorf("read snapshot manifest of %s: %w", s.subject, ErrSuperseded)
	}
	s.unsure = false
	return nil
}

// conflicts tells whether a compare-and-set failed because of another write.
func conflicts(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence ||
		api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}
