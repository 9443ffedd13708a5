package playback

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/forewarn/forewarn/shared/bus"
)

// errEnd ends the reading of a stream.
var errEnd = errors.New("end of stream")

// Read calls take with the data of every message that a stream holds now, in their order. It returns take's first error, with
// the stream's name.
func Read(ctx context.Context, b *bus.Bus, stream string, take func(data []byte) error) error {
	s, err := b.JetStream().Stream(ctx, stream)
	if err != nil {
		return fmt.Errorf("read stream %q: %w", stream, err)
	}
	state := s.CachedInfo().State
	if state.Msgs == 0 {
		return nil
	}
	err = b.Consume(ctx, stream, 0, func(m bus.Message) error {
		if err := take(m.Data); err != nil {
			return fmt.Errorf("read stream %q: %w", stream, err)
		}
		if m.Seq >= state.LastSeq {
			return errEnd
		}
		return nil
	})
	if errors.Is(err, errEnd) {
		return nil
	}
	return cmp.Or(err, ctx.Err())
}
