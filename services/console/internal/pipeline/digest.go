package pipeline

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/forewarn/forewarn/shared/digest"
)

// Digest asks the notifier for a digest. A request that it refuses is a reply, too.
func (s *Source) Digest(ctx context.Context, q digest.Request) (*digest.Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	request, err := json.Marshal(&q)
	if err != nil {
		return nil, fmt.Errorf("encode query: %w", err)
	}
	data, err := s.settings.Bus.Query(ctx, digest.Keeper, 0, request)
	if err != nil {
		return nil, err
	}
	var reply digest.Reply
	if err := json.Unmarshal(data, &reply); err != nil {
		return nil, fmt.Errorf("read digest: %w", err)
	}
	return &reply, nil
}
