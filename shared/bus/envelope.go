package bus

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// errDamaged: a snapshot is there, and cannot be read back.
var errDamaged = errors.New("snapshot is damaged")

// codec is the version of the envelope. 2 added how often the clock was behind.
const codec = 2

// manifestCodec is the version of the manifest. 3 added Stream; those of 2 are read.
const manifestCodec = 3

const (
	chunkSize   = 512 << 10
	mostPressed = 8 * chunkSize // that a chunk is expected to hold
	maxChunks   = 4096          // 2 GiB compressed
	maxSnapshot = 4 << 30       // uncompressed
	slots       = 2
)

// envelope is what a snapshot holds: the cursor, who was heard, and the processor's own state.
type envelope struct {
	seq     uint64
	clock   clock
	repeats *repeats
	state   []byte
}

// head appends what stands before the state; equal envelopes give equal bytes.
func (e *envelope) head(out []byte) []byte {
	out = binary.AppendUvarint(append(out, codec), e.seq)
	out = binary.AppendUvarint(out, uint64(e.clock.now))
	out = binary.AppendUvarint(out, uint64(e.clock.behind))
	return e.repeats.append(out)
}

// decodeEnvelope reads a head with the state behind it. The state shares data's memory. Whatever is wrong is errDamaged, or [ErrNewer].
func decodeEnvelope(data []byte) (*envelope, error) {
	if len(data) > 0 && data[0] > codec {
		return nil, fmt.Errorf("%w: envelope is of version %d, this program reads up to %d", ErrNewer, data[0], codec)
	}
	if len(data) == 0 || data[0] != codec {
		return nil, fmt.Errorf("%w: envelope is not of version %d", errDamaged, codec)
	}
	d := reader{data: data[1:]}
	e := &envelope{seq: d.uvarint(), clock: clock{now: int64(d.uvarint()), behind: d.count(clockTrust)}}
	if d.bad {
		return nil, fmt.Errorf("%w: envelope is too short", errDamaged)
	}
	var err error
	if e.repeats, e.state, err = decodeRepeats(d.data); err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return e, nil
}

// manifest says which snapshot of a worker is valid. It is one message, replaced by compare-and-set.
type manifest struct {
	// Epoch counts the take-overs of the partition: a worker of an earlier one can write nothing any more.
	Epoch uint64 `json:"epoch"`
	// Writer tells this process's manifests from others' of the same epoch.
	Writer string `json:"writer"`
	Codec  int    `json:"codec"`
	// Seq is the last input message that the state has seen.
	Seq  uint64    `json:"seq"`
	Time time.Time `json:"time"`
	// Slot is where the chunks are; Chunks is how many chunks each slot holds.
	Slot   int        `json:"slot"`
	Chunks [slots]int `json:"chunks"`
	// Size is that of the envelope, Packed that of all chunks together, Hash the xxhash64 of the envelope.
	Size   int64  `json:"size"`
	Packed int64  `json:"packed"`
	Hash   uint64 `json:"hash,string"`
	// Stream tells that the chunks are a stream of S2, for which no state need be in memory as a whole; before, they were one block of it.
	Stream bool `json:"stream,omitempty"`
	// Before is the snapshot in the other slot, nil if there is none.
	Before *saved `json:"before,omitempty"`
}

// saved is a snapshot that a manifest names beside the valid one, in the terms of that.
type saved struct {
	Seq    uint64    `json:"seq"`
	Time   time.Time `json:"time"`
	Size   int64     `json:"size"`
	Packed int64     `json:"packed"`
	Hash   uint64    `json:"hash,string"`
	Stream bool      `json:"stream,omitempty"`
}

// empty tells that the manifest only claims the partition: nothing was saved yet.
func (m *manifest) empty() bool { return m.Chunks[m.Slot] == 0 }

// saved returns what the manifest says of the valid snapshot, nil if there is none.
func (m *manifest) saved() *saved {
	if m.empty() {
		return nil
	}
	return &saved{Seq: m.Seq, Time: m.Time, Size: m.Size, Packed: m.Packed, Hash: m.Hash, Stream: m.Stream}
}

// before returns the manifest of the snapshot in the other slot, as if that were the valid one.
func (m *manifest) before() (old manifest, ok bool) {
	if m.Before == nil {
		return old, false
	}
	old = *m
	old.Slot, old.Before = 1-m.Slot, nil
	b := m.Before
	old.Seq, old.Time, old.Size, old.Packed, old.Hash, old.Stream = b.Seq, b.Time, b.Size, b.Packed, b.Hash, b.Stream
	return old, !old.empty()
}

func (m *manifest) encode() []byte {
	out, err := json.Marshal(m)
	if err != nil {
		panic(err) // a struct of numbers and strings
	}
	return out
}

// decodeManifest reads a manifest. Whatever is wrong is errDamaged, or [ErrNewer].
func decodeManifest(data []byte) (*manifest, error) {
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("%w: manifest: %w", errDamaged, err)
	}
	if m.Codec > manifestCodec {
		return nil, fmt.Errorf("%w: manifest is of version %d, this program reads up to %d", ErrNewer, m.Codec, manifestCodec)
	}
	if m.Codec < manifestCodec-1 {
		return nil, fmt.Errorf("%w: manifest is of version %d, this program reads %d and the one before", errDamaged, m.Codec, manifestCodec)
	}
	if m.Slot < 0 || m.Slot >= slots {
		return nil, fmt.Errorf("%w: manifest names slot %d", errDamaged, m.Slot)
	}
	for _, n := range m.Chunks {
		if n < 0 || n > maxChunks {
			return nil, fmt.Errorf("%w: manifest names %d chunks", errDamaged, n)
		}
	}
	if !possible(m.Size, m.Packed) {
		return nil, fmt.Errorf("%w: manifest names a size of %d bytes", errDamaged, m.Size)
	}
	if b := m.Before; b != nil && !possible(b.Size, b.Packed) {
		return nil, fmt.Errorf("%w: manifest names a size of %d bytes of the snapshot before", errDamaged, b.Size)
	}
	if m.empty() && (m.Seq > 0 || m.Size > 0) {
		return nil, fmt.Errorf("%w: manifest names a state of %d bytes and no chunks of it", errDamaged, m.Size)
	}
	return &m, nil
}

// possible reports whether a state can have a size, and its chunks together another one.
func possible(size, packed int64) bool {
	return size >= 0 && size <= maxSnapshot && packed >= 0 && packed <= maxChunks*chunkSize
}
