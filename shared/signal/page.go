package signal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// PageRequest asks a trend worker for the signals behind a key, in the order of their keys.
type PageRequest struct {
	After string `json:"after"`
	Limit int    `json:"limit"`
}

// Page answers a [PageRequest]. More tells that further signals follow.
type Page struct {
	Signals []State `json:"signals"`
	More    bool    `json:"more"`
	Error   string  `json:"error,omitempty"`
}

// pageSize is how many signals one request asks of a worker.
const pageSize = 250

// ReadAll reads the pages of one worker, at most so many signals; truncated tells that there are more. ask sends a request
// to the worker and returns its answer. Where an answer fails, it asks for less at a time: labels may be so long that a
// page does not fit into one message.
func ReadAll(ctx context.Context, most int, ask func(context.Context, []byte) ([]byte, error)) (all []State, truncated bool, err error) {
	after, limit := "", pageSize
	for len(all) < most {
		page, err := readPage(ctx, ask, PageRequest{After: after, Limit: limit})
		if err != nil && limit > 1 && ctx.Err() == nil {
			limit = max(1, limit/8)
			continue
		}
		if err != nil {
			return nil, false, err
		}
		all = append(all, page.Signals...)
		if !page.More {
			return all, false, nil
		}
		n := len(page.Signals)
		if n == 0 || page.Signals[n-1].Key <= after {
			return nil, false, fmt.Errorf("the worker promises more after %q and gives nothing new", after)
		}
		after = page.Signals[n-1].Key
	}
	return all, true, nil
}

func readPage(ctx context.Context, ask func(context.Context, []byte) ([]byte, error), q PageRequest) (*Page, error) {
	request, err := json.Marshal(q)
	if err != nil {
		return nil, fmt.Errorf("encode query: %w", err)
	}
	data, err := ask(ctx, request)
	if err != nil {
		return nil, err
	}
	var page Page
	if err := json.Unmarshal(data, &page); err != nil {
		return nil, fmt.Errorf("decode the answer: %w", err)
	}
	if page.Error != "" {
		return nil, errors.New(page.Error)
	}
	return &page, nil
}
