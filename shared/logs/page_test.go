package logs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/forewarn/forewarn/shared/logs"
	"github.com/forewarn/forewarn/shared/query"
)

// worker knows n sources, and one of them, "s", has n patterns; its messages hold no more than so many rows.
func worker(n, fits int) query.Ask {
	return func(_ context.Context, request []byte) ([]byte, error) {
		var q logs.Request
		if err := json.Unmarshal(request, &q); err != nil {
			return nil, err
		}
		if q.Limit > fits {
			return nil, errors.New("too large for a message")
		}
		var page logs.Page
		rows := 0
		for i := range n {
			id := fmt.Sprintf("%016x", i+1)
			if id <= q.After {
				continue
			}
			if rows++; rows > q.Limit {
				page.More = true
				break
			}
			if q.Messages {
				page.Messages = append(page.Messages, logs.Message{Signal: id})
			} else if q.Source == "" {
				page.Sources = append(page.Sources, logs.Source{ID: id})
			} else {
				page.Patterns = append(page.Patterns, logs.Pattern{ID: id})
			}
		}
		if !q.Messages && q.Source == "s" {
			page.Sources = []logs.Source{{ID: "s"}}
		}
		return json.Marshal(page)
	}
}

// TestRead: all pages are read, smaller ones where a large one fails; what cannot be read is an error.
func TestRead(t *testing.T) {
	f := func(n, fits int) {
		t.Helper()
		sources, err := logs.ReadSources(t.Context(), worker(n, fits))
		if err != nil || len(sources) != n {
			t.Errorf("%d sources, %v; want %d", len(sources), err, n)
		}
		s, patterns, err := logs.ReadPatterns(t.Context(), "s", worker(n, fits))
		if err != nil || s == nil || len(patterns) != n {
			t.Errorf("source %v with %d patterns, %v; want %d", s, len(patterns), err, n)
		}
		messages, err := logs.ReadMessages(t.Context(), worker(n, fits))
		if err != nil || len(messages) != n {
			t.Errorf("%d messages, %v; want %d", len(messages), err, n)
		}
	}
	f(0, 500)
	f(600, 500)
	f(60, 3)
	if s, _, err := logs.ReadPatterns(t.Context(), "other", worker(0, 500)); s != nil || err != nil {
		t.Errorf("of a source that is not known: %v, %v", s, err)
	}
	fail := func(answer, want string) {
		t.Helper()
		_, err := logs.ReadSources(t.Context(), func(context.Context, []byte) ([]byte, error) { return []byte(answer), nil })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("answer %s: error %v, want one with %q", answer, err, want)
		}
	}
	fail(`{"error":"busy"}`, "busy")
	fail(`no json`, "decode")
	fail(`{"more":true}`, "nothing new")
	if _, err := logs.ReadSources(t.Context(), worker(1, 0)); err == nil {
		t.Error("a worker that never answers: no error")
	}
}

// TestWorst: a pattern is called what a tenth of its lines are at least.
func TestWorst(t *testing.T) {
	f := func(c logs.Counts, want logs.Level) {
		t.Helper()
		if got := c.Worst(); got != want {
			t.Errorf("%v: %s, want %s", c, got, want)
		}
	}
	f(logs.Counts{}, logs.Unknown)
	f(logs.Counts{logs.Info: 99, logs.Error: 1}, logs.Info)
	f(logs.Counts{logs.Info: 9, logs.Error: 1}, logs.Error)
	f(logs.Counts{logs.Unknown: 5}, logs.Unknown)
	f(logs.Counts{logs.Warn: 19, logs.Error: 1}, logs.Warn)
}
