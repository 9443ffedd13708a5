package incident

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// Revision returns that of the newest change of anything in the store. Later changes have greater ones.
func (s *Store) Revision(ctx context.Context) (uint64, error) {
	st, err := s.kv.Status(ctx)
	if err != nil {
		return 0, fmt.Errorf("look at the incident store: %w", err)
	}
	b, ok := st.(*jetstream.KeyValueBucketStatus)
	if !ok {
		return 0, fmt.Errorf("look at the incident store: %T tells no revision", st)
	}
	return b.StreamInfo().State.LastSeq, nil
}

// ChangedSince returns the ids of the incidents that were created, or have changed, after a revision, each once and in no order. It costs
// one pass over these and reads none of them.
func (s *Store) ChangedSince(ctx context.Context, revision uint64) (ids []string, err error) {
	w, err := s.kv.Watch(ctx, "*", jetstream.ResumeFromRevision(revision+1), jetstream.MetaOnly(), jetstream.IgnoreDeletes())
	if err != nil {
		return nil, fmt.Errorf("list changed incidents: %w", err)
	}
	defer w.Stop() //nolint:errcheck // the subscription ends with the connection at the latest
	for {
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("list changed incidents: %w", ctx.Err())
		case e, ok := <-w.Updates():
			switch {
			case !ok:
				return nil, errors.Join(errors.New("list changed incidents: the bus ended the list"), ctx.Err())
			case e == nil:
				return ids, nil
			}
			ids = append(ids, e.Key())
		}
	}
}
