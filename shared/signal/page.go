package signal

import (
	"context"

	"github.com/forewarn/forewarn/shared/query"
)

// PageRequest asks a trend worker for the signals behind a key, in the order of their keys.
type PageRequest struct {
	After string `json:"after"`
	Limit int    `json:"limit"`
}

// Page answers a [PageRequest].
type Page struct {
	Signals []State `json:"signals"`
	query.Head
}

// Last returns the key of the last signal.
func (p Page) Last() string {
	if len(p.Signals) == 0 {
		return ""
	}
	return p.Signals[len(p.Signals)-1].Key
}

// pageSize is how many signals one request asks of a worker.
const pageSize = 250

// ReadAll reads the pages of one worker, at most so many signals; truncated tells that there are more.
func ReadAll(ctx context.Context, most int, ask query.Ask) (all []State, truncated bool, err error) {
	request := func(after string, limit int) any { return PageRequest{After: after, Limit: limit} }
	err = query.Read(ctx, ask, pageSize, request, func(p Page) bool {
		all = append(all, p.Signals...)
		truncated = p.More
		return len(all) < most
	})
	if err != nil {
		return nil, false, err
	}
	return all, truncated, nil
}
