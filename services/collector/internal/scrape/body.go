package scrape

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/forewarn/forewarn/shared/config"
)

const (
	// smallBody is up to where a body is its target's own affair.
	smallBody = 1 << 20
	// firstBody is what a target's buffer begins with.
	firstBody = 4 << 10
	// spare is what the parser needs behind a body.
	spare = 2
	// trustedBodies and suspectBodies are how many larger bodies may be in memory at once.
	trustedBodies = 3
	suspectBodies = 1
)

// errCrowded says that a large body did not get its turn.
var errCrowded = errors.New("no room for its large answer within the time-out, other targets show much, too; " +
	"drop metrics at the targets, or raise timeout")

// Bodies bounds the memory that the answers of all targets take together. Up to 1 MiB each target has a buffer
// of its own; what is larger waits for one of four shared turns. One of them is for targets whose last large
// answer failed (endless, too large, too slow), so that these wait for each other and not the others for them.
// It is safe for concurrent use.
type Bodies struct {
	trusted, suspect chan struct{}
	buffers          sync.Pool // of *[]byte; unused ones are let go by the garbage collector
}

// NewBodies returns the bound that targets share.
func NewBodies() *Bodies {
	return &Bodies{
		trusted: make(chan struct{}, trustedBodies), suspect: make(chan struct{}, suspectBodies),
		buffers: sync.Pool{New: func() any { return new([]byte) }},
	}
}

// body is what one target answers. It is not safe for concurrent use.
type body struct {
	all     *Bodies
	small   []byte
	big     *[]byte       // nil while no turn is held
	turn    chan struct{} // to be given back with big
	suspect bool          // the last large answer failed
}

// read returns all of r, if that is at most limit bytes. It is valid until release.
func (b *body) read(ctx context.Context, r io.Reader, limit int) ([]byte, error) {
	small := min(limit, smallBody)
	var err error
	if b.small, err = fill(b.small[:0], r, small+1); err != nil {
		return nil, err
	}
	switch {
	case len(b.small) <= small:
		return b.small, nil
	case limit == small:
		return nil, tooLarge(limit)
	}
	if err := b.admit(ctx); err != nil {
		return nil, err
	}
	*b.big, err = fill(append((*b.big)[:0], b.small...), r, limit+1)
	if err == nil && len(*b.big) > limit {
		err = tooLarge(limit)
	}
	b.suspect = err != nil
	return *b.big, err
}

func tooLarge(limit int) error {
	return fmt.Errorf("answer is larger than %v; raise limits.body_bytes or let the target show less", config.Bytes(limit))
}

// admit waits for a turn and takes a shared buffer.
func (b *body) admit(ctx context.Context) error {
	b.turn = b.all.trusted
	if b.suspect {
		b.turn = b.all.suspect
	}
	select {
	case b.turn <- struct{}{}:
		b.big = b.all.buffers.Get().(*[]byte)
		return nil
	case <-ctx.Done():
		return errCrowded
	}
}

// release gives the turn and the shared buffer back, if they are held.
func (b *body) release() {
	if b.big == nil {
		return
	}
	b.all.buffers.Put(b.big)
	b.big = nil
	<-b.turn
}

// fill appends what r has to buf, which is to hold no more than limit bytes. The buffer never outgrows that by
// more than spare.
func fill(buf []byte, r io.Reader, limit int) ([]byte, error) {
	for len(buf) < limit {
		if len(buf)+spare >= cap(buf) {
			grown := make([]byte, len(buf), min(max(2*cap(buf), firstBody), limit+spare+1))
			copy(grown, buf)
			buf = grown
		}
		n, err := r.Read(buf[len(buf):min(cap(buf)-spare, limit)])
		buf = buf[:len(buf)+n]
		switch {
		case errors.Is(err, io.EOF):
			return buf, nil
		case err != nil:
			return buf, fmt.Errorf("read the answer: %w", err)
		}
	}
	return buf, nil
}
