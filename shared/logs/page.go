package logs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// Request asks a worker for the sources behind an id, in the order of their ids; or, if it names a source, for that one
// and its patterns behind an id.
type Request struct {
	Source string `json:"source,omitempty"`
	After  string `json:"after"`
	Limit  int    `json:"limit"`
}

// Page answers a [Request]. More tells that more follows what was asked for.
type Page struct {
	Sources  []Source  `json:"sources,omitempty"`
	Patterns []Pattern `json:"patterns,omitempty"`
	More     bool      `json:"more"`
	Error    string    `json:"error,omitempty"`
}

// last returns the id of the last row that was asked for.
func (p *Page) last(q Request) string {
	switch {
	case q.Source != "" && len(p.Patterns) > 0:
		return p.Patterns[len(p.Patterns)-1].ID
	case q.Source == "" && len(p.Sources) > 0:
		return p.Sources[len(p.Sources)-1].ID
	}
	return ""
}

// pageSize is how many rows one request asks for.
const pageSize = 200

// Ask sends a request to the worker of one partition and returns its answer.
type Ask func(context.Context, []byte) ([]byte, error)

// ReadSources reads all sources of one worker.
func ReadSources(ctx context.Context, ask Ask) (all []Source, err error) {
	err = read(ctx, ask, "", func(p *Page) { all = append(all, p.Sources...) })
	return all, err
}

// ReadPatterns reads all patterns of a source, and the source; nil if the worker does not know it.
func ReadPatterns(ctx context.Context, source string, ask Ask) (s *Source, all []Pattern, err error) {
	err = read(ctx, ask, source, func(p *Page) {
		if len(p.Sources) > 0 {
			s = &p.Sources[0]
		}
		all = append(all, p.Patterns...)
	})
	return s, all, err
}

// read gives all pages to take. Where an answer fails, it asks for less at a time: lines may be so long that a page does not
// fit into one message.
func read(ctx context.Context, ask Ask, source string, take func(*Page)) error {
	q := Request{Source: source, Limit: pageSize}
	for {
		page, err := readPage(ctx, ask, q)
		if err != nil && q.Limit > 1 && ctx.Err() == nil {
			q.Limit = max(1, q.Limit/8)
			continue
		}
		if err != nil {
			return err
		}
		take(page)
		if !page.More {
			return nil
		}
		last := page.last(q)
		if last <= q.After {
			return fmt.Errorf("the worker promises more after %q and gives nothing new", q.After)
		}
		q.After = last
	}
}

func readPage(ctx context.Context, ask Ask, q Request) (*Page, error) {
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
