package pipeline

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/forewarn/forewarn/shared/checks"
)

// Checks asks the examiner for the transactions that it knows, or for the checks of one. A request that it refuses is a reply, too.
func (s *Source) Checks(ctx context.Context, q checks.Request) (*checks.Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	request, err := json.Marshal(&q)
	if err != nil {
		return nil, fmt.Errorf("encode query: %w", err)
	}
	data, err := s.settings.Bus.Query(ctx, checks.Keeper, 0, request)
	if err != nil {
		return nil, err
	}
	var reply checks.Reply
	if err := json.Unmarshal(data, &reply); err != nil {
		return nil, fmt.Errorf("read checks: %w", err)
	}
	return &reply, nil
}
