// Package query reads what the workers of a service hold: page after page of one, and all partitions side by side.
//
//	states, errs := query.Each(ctx, b, "trend", func(ctx context.Context, ask query.Ask) ([]signal.State, error) {
//		all, _, err := signal.ReadAll(ctx, 10_000, ask)
//		return all, err
//	})
//
// A worker answers by [Answer].
package query

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/forewarn/forewarn/shared/bus"
)

// parallel is how many partitions are asked at once.
const parallel = 8

// Ask sends a request to one worker and returns its answer.
type Ask func(ctx context.Context, request []byte) ([]byte, error)

// Of returns how to ask the worker of a service for one partition.
func Of(b *bus.Bus, service string, partition int) Ask {
	return func(ctx context.Context, request []byte) ([]byte, error) {
		return b.Query(ctx, service, partition, request)
	}
}

// Each calls read for each partition of b and returns what it gave, by partition: a value or an error.
func Each[T any](ctx context.Context, b *bus.Bus, service string, read func(context.Context, Ask) (T, error)) ([]T, []error) {
	got, errs := make([]T, b.Partitions()), make([]error, b.Partitions())
	slots := make(chan struct{}, parallel)
	var wg sync.WaitGroup
	for p := range got {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			got[p], errs[p] = read(ctx, Of(b, service, p))
		})
	}
	wg.Wait()
	return got, errs
}

// Head is what every page of a list begins with.
type Head struct {
	// More tells that further rows follow.
	More bool `json:"more"`
	// Error is why the worker does not answer, "" if it does.
	Error string `json:"error,omitempty"`
}

// Header returns h, of whatever embeds it.
func (h Head) Header() Head { return h }

// Page is a piece of a list in the order of keys, as a worker answers: a struct that embeds [Head].
type Page interface {
	Header() Head
	// Last returns the key of the last row, "" if there is none.
	Last() string
}

// Answer reads a request and returns what page makes of it, encoded; an answer that says why there is none is a [Head] alone.
func Answer[Q any, P Page](request []byte, page func(Q) P) []byte {
	var q Q
	if err := json.Unmarshal(request, &q); err != nil {
		return refusal(fmt.Sprintf("cannot read the request: %v", err))
	}
	data, err := json.Marshal(page(q))
	if err != nil {
		return refusal("cannot encode the answer")
	}
	return data
}

func refusal(text string) []byte {
	data, err := json.Marshal(Head{Error: text})
	if err != nil {
		return nil // a text can be encoded
	}
	return data
}

// Read asks for page after page, at first so many rows at once, and gives each to take, until there is no more or take
// returns false. request makes the request for the rows behind a key. Where an answer fails, it asks for less at a time: rows may
// be so long that a page does not fit into one message.
func Read[P Page](ctx context.Context, ask Ask, limit int, request func(after string, limit int) any, take func(P) bool) error {
	for after := ""; ; {
		page, err := one[P](ctx, ask, request(after, limit))
		if err != nil && limit > 1 && ctx.Err() == nil {
			limit = max(1, limit/8)
			continue
		}
		if err != nil {
			return err
		}
		if !take(page) || !page.Header().More {
			return nil
		}
		if page.Last() <= after {
			return fmt.Errorf("the worker promises more after %q and gives nothing new", after)
		}
		after = page.Last()
	}
}

// one asks for one page.
func one[P Page](ctx context.Context, ask Ask, request any) (page P, err error) {
	data, err := json.Marshal(request)
	if err != nil {
		return page, fmt.Errorf("encode query: %w", err)
	}
	if data, err = ask(ctx, data); err != nil {
		return page, err
	}
	if err := json.Unmarshal(data, &page); err != nil {
		return page, fmt.Errorf("decode the answer: %w", err)
	}
	if text := page.Header().Error; text != "" {
		return page, errors.New(text)
	}
	return page, nil
}
