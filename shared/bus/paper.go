package bus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/s2"
	"github.com/nats-io/nats.go/jetstream"
)

// paper is what a snapshot is written on: it compresses what comes and sends it away chunk by chunk, so that a state is never in memory as a
// whole. Its memory is used again by whose turn is next.
type paper struct {
	send   func(n int, chunk []byte) error
	press  *s2.Writer
	chunk  []byte
	hash   *xxhash.Digest // of what was written
	size   int64          // of that
	packed int64          // of the chunks, of which so many were sent
	chunks int
	err    error // why it came to nothing
}

// pressBlock is how much is compressed at a time.
const pressBlock = 256 << 10

var papers = sync.Pool{New: func() any {
	return &paper{
		press: s2.NewWriter(nil, s2.WriterConcurrency(1), s2.WriterBlockSize(pressBlock)), chunk: make([]byte, 0, chunkSize), hash: xxhash.New(),
	}
}}

// begin makes it blank, and send the one who is given the chunks, numbered from 0. They are valid until it returns.
func (p *paper) begin(send func(n int, chunk []byte) error) {
	p.send, p.chunk, p.size, p.packed, p.chunks, p.err = send, p.chunk[:0], 0, 0, 0, nil
	p.hash.Reset()
	p.press.Reset((*chunkWriter)(p))
}

// Write takes what is to be saved.
func (p *paper) Write(b []byte) (int, error) {
	p.size += int64(len(b))
	_, _ = p.hash.Write(b) // it never fails
	n, err := p.press.Write(b)
	p.err = cmp.Or(p.err, err)
	return n, err
}

// end sends what is left.
func (p *paper) end() error {
	err := p.press.Close()
	if err == nil && len(p.chunk) > 0 {
		err = (*chunkWriter)(p).flush()
	}
	p.err = cmp.Or(p.err, err)
	return p.err
}

// chunkWriter is the side of a paper on which compressed bytes come out.
type chunkWriter paper

func (c *chunkWriter) Write(b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		part := b[n:min(len(b), n+chunkSize-len(c.chunk))]
		c.chunk, n = append(c.chunk, part...), n+len(part)
		if len(c.chunk) == chunkSize {
			err = c.flush()
		}
	}
	return n, err
}

func (c *chunkWriter) flush() error {
	if c.chunks == maxChunks {
		return fmt.Errorf("save snapshot: it is more than the %d bytes, compressed, that can be kept; watch fewer series per partition", maxChunks*chunkSize)
	}
	if err := c.send(c.chunks, c.chunk); err != nil {
		return fmt.Errorf("write snapshot chunk %d: %w", c.chunks, err)
	}
	c.packed += int64(len(c.chunk))
	c.chunk, c.chunks = c.chunk[:0], c.chunks+1
	return nil
}

// chunkReader reads the chunks of a slot one after the other.
type chunkReader struct {
	ctx         context.Context //nolint:containedctx // it lives as long as one restore
	from        *snapshots
	slot, count int
	next        int
	left        []byte
	read        int64
	err         error // why there are no more: errDamaged, or of the bus
}

func (r *chunkReader) Read(b []byte) (int, error) {
	for len(r.left) == 0 {
		if r.next == r.count || r.err != nil {
			return 0, cmp.Or(r.err, io.EOF)
		}
		chunk, err := r.from.chunk(r.ctx, r.slot, r.next)
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
			r.err = fmt.Errorf("%w: chunk %d of %d is missing", errDamaged, r.next, r.count)
		case err != nil:
			r.err = fmt.Errorf("read snapshot chunk %d: %w", r.next, err)
		}
		r.left, r.next = chunk, r.next+1
	}
	n := copy(b, r.left)
	r.left, r.read = r.left[n:], r.read+int64(n)
	return n, nil
}

// readBlock reads chunks that are one block, as earlier releases wrote them.
func readBlock(chunks io.Reader, state io.Writer) error {
	packed, err := io.ReadAll(chunks)
	if err != nil {
		return err
	}
	data, err := s2.Decode(nil, packed)
	if err != nil {
		return err
	}
	_, err = state.Write(data)
	return err
}
