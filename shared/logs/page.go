package logs

import (
	"context"

	"github.com/forewarn/forewarn/shared/query"
)

// Request asks a worker for the sources behind an id, in the order of their ids; or, if it names a source, for that one
// and its patterns behind an id.
type Request struct {
	Source string `json:"source,omitempty"`
	After  string `json:"after"`
	Limit  int    `json:"limit"`
}

// Page answers a [Request]: sources; or patterns, and the source that they are of.
type Page struct {
	Sources  []Source  `json:"sources,omitempty"`
	Patterns []Pattern `json:"patterns,omitempty"`
	query.Head
}

// Last returns the id of the last row that was asked for.
func (p Page) Last() string {
	switch {
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
	err = read(ctx, ask, "", func(p Page) { all = append(all, p.Sources...) })
	return all, err
}

// ReadPatterns reads all patterns of a source, and the source; nil if the worker does not know it.
func ReadPatterns(ctx context.Context, source string, ask query.Ask) (s *Source, all []Pattern, err error) {
	err = read(ctx, ask, source, func(p Page) {
		if len(p.Sources) > 0 {
			s = &p.Sources[0]
		}
		all = append(all, p.Patterns...)
	})
	return s, all, err
}

// read gives all pages to take.
func read(ctx context.Context, ask query.Ask, source string, take func(Page)) error {
	request := func(after string, limit int) any { return Request{Source: source, After: after, Limit: limit} }
	return query.Read(ctx, ask, pageSize, request, func(p Page) bool { take(p); return true })
}
