package signal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestReadAll: all pages are read, smaller ones where a large one fails; what cannot be read is an error.
func TestReadAll(t *testing.T) {
	worker := func(n, fits int) func(context.Context, []byte) ([]byte, error) {
		return func(_ context.Context, request []byte) ([]byte, error) {
			var q PageRequest
			if err := json.Unmarshal(request, &q); err != nil {
				return nil, err
			}
			if q.Limit > fits {
				return nil, errors.New("too large for a message")
			}
			var page Page
			for i := range n {
				if key := fmt.Sprintf("k%04d", i); key > q.After {
					page.Signals = append(page.Signals, State{Key: key})
				}
			}
			if page.More = len(page.Signals) > q.Limit; page.More {
				page.Signals = page.Signals[:q.Limit]
			}
			return json.Marshal(page)
		}
	}
	f := func(n, most, fits, want int, truncated bool) {
		t.Helper()
		got, cut, err := ReadAll(t.Context(), most, worker(n, fits))
		if err != nil || cut != truncated || len(got) != want {
			t.Errorf("%d of at most %d: %d read, truncated %v, %v; want %d, %v", n, most, len(got), cut, err, want, truncated)
		}
	}
	f(0, 1000, 500, 0, false)
	f(600, 1000, 500, 600, false)
	f(600, 1000, 3, 600, false)
	f(600, 500, 500, 500, true)
	fail := func(answer, want string) {
		t.Helper()
		_, _, err := ReadAll(t.Context(), 10, func(context.Context, []byte) ([]byte, error) { return []byte(answer), nil })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("answer %s: error %v, want one with %q", answer, err, want)
		}
	}
	fail(`{"error":"busy"}`, "busy")
	fail(`no json`, "decode")
	fail(`{"more":true}`, "nothing new")
	if _, _, err := ReadAll(t.Context(), 10, worker(1, 0)); err == nil {
		t.Error("a worker that never answers: no error")
	}
}
