package logs

import (
	"context"

	"github.com/forewarn/forewarn/shared/query"
)

// Request asks a worker for the sources behind an id, in the order of their ids; or, if it names a source, for that one
// and its patterns behind an id; or for the known messages behind a signal.
type Request struct {
	Source   string `json:"source,omitempty"`
	Messages bool   `json:"messages,omitempty"`
	After    string `json:"after"`
	Limit    int    `json:"limit"`
}

// Page answers a [Request]: sources; patterns, and the source that they are of; or messages.
type Page struct {
	Sources  []Source  `json:"sources,omitempty"`
	Patterns []Pattern `json:"patterns,omitempty"`
	Messages []Message `json:"messages,omitempty"`
	query.Head
}

// Last returns the id of the last row that was asked for; of messages the signal.
func (p Page) Last() string {
	switch {
	case len(p.Messages) > 0:
		return p.Messages[len(p.Messages)-1].Signal
	case len(p.Patterns) > 0:
		return p.Patterns[len(p.Patterns)-1].ID
	case len(p.Sources) > 0:
		return p.Sources[len(p.Sources)-1].ID
	}
	return ""
}

// pageSize is how many rows one request asks for.
const pageSize = 200

// ReadSources reads all sources of one worker.
func ReadSources(ctx context.Context, ask query.Ask) (all []Source, err error) {
	err = read(ctx, ask, Request{}, func(p Page) { all = append(all, p.Sources...) })
	return all, err
}

// ReadPatterns reads all patterns of a source, and the source; nil if the worker does not know it.
func ReadPatterns(ctx context.Context, source string, ask query.Ask) (s *Source, all []Pattern, err error) {
	err = read(ctx, ask, Request{Source: source}, func(p Page) {
		if len(p.Sources) > 0 {
			s = &p.Sources[0]
		}
		all = append(all, p.Patterns...)
	})
	return s, all, err
}

// read gives all pages to take.
func read(ctx context.Context, ask query.Ask, what Request, take func(Page)) error {
	request := func(after string, limit int) any {
		what.After, what.Limit = after, limit
		return what
	}
	return query.Read(ctx, ask, pageSize, request, func(p Page) bool { take(p); return true })
}
