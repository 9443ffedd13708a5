package query_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/query"
)

type request struct {
	After string
	Limit int
}

type page struct {
	Rows []string
	query.Head
}

func (p page) Last() string {
	if len(p.Rows) == 0 {
		return ""
	}
	return p.Rows[len(p.Rows)-1]
}

func behind(after string, limit int) any { return request{After: after, Limit: limit} }

// worker holds n rows, of which its messages take no more than fits.
func worker(n, fits int) func([]byte) ([]byte, error) {
	return func(data []byte) ([]byte, error) {
		var q request
		if err := json.Unmarshal(data, &q); err != nil {
			return nil, err
		}
		if q.Limit > fits {
			return nil, errors.New("too large for a message")
		}
		var p page
		for i := range n {
			row := fmt.Sprintf("%04d", i)
			if row <= q.After {
				continue
			}
			if p.More = len(p.Rows) == q.Limit; p.More {
				break
			}
			p.Rows = append(p.Rows, row)
		}
		return json.Marshal(p)
	}
}

func read(ctx context.Context, ask query.Ask) (rows []string, err error) {
	err = query.Read(ctx, ask, 100, behind, func(p page) bool { rows = append(rows, p.Rows...); return true })
	return rows, err
}

// TestRead: every row is read once, in smaller pages where large ones do not fit; what cannot be read is an error.
func TestRead(t *testing.T) {
	local := func(answer func([]byte) ([]byte, error)) query.Ask {
		return func(_ context.Context, request []byte) ([]byte, error) { return answer(request) }
	}
	for _, c := range []struct{ rows, fits int }{{0, 100}, {100, 100}, {250, 100}, {250, 7}, {9, 1}} {
		rows, err := read(t.Context(), local(worker(c.rows, c.fits)))
		if err != nil || len(rows) != c.rows {
			t.Errorf("%+v: %d rows, %v", c, len(rows), err)
		}
	}
	for answer, want := range map[string]string{
		`{"error":"busy"}`: "busy", `no json`: "decode", `{"more":true}`: "nothing new", `{"more":true,"Rows":["a"]}`: "nothing new",
	} {
		_, err := read(t.Context(), local(func([]byte) ([]byte, error) { return []byte(answer), nil }))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", answer, err, want)
		}
	}
	if _, err := read(t.Context(), local(worker(1, 0))); err == nil {
		t.Error("a worker that never answers: no error")
	}
}

// TestEach: every partition is asked, and one that nobody answers for is an error of its own.
func TestEach(t *testing.T) {
	b := bustest.New(t, func(c *bus.Config) { c.Partitions = 3 })
	for p := range 2 {
		go b.Answer(t.Context(), "lists", p, worker(100+p, 100)) //nolint:errcheck // ends with the test
	}
	var rows [][]string
	var errs []error
	bustest.Eventually(t, 5*time.Second, func() error {
		rows, errs = query.Each(t.Context(), b, "lists", read)
		return errors.Join(errs[:2]...)
	})
	if len(rows[0]) != 100 || len(rows[1]) != 101 || !errors.Is(errs[2], bus.ErrNoWorker) {
		t.Errorf("%d and %d rows, of the third %v; want 100, 101, %v", len(rows[0]), len(rows[1]), errs[2], bus.ErrNoWorker)
	}
}

// TestAnswer: what is asked for is answered, and what cannot be read is refused in a form that who asked understands.
func TestAnswer(t *testing.T) {
	echo := func(q request) page { return page{Rows: []string{q.After}, Head: query.Head{More: true}} }
	if got, want := string(query.Answer([]byte(`{"After":"a"}`), echo)), `{"Rows":["a"],"more":true}`; got != want {
		t.Errorf("answer %s, want %s", got, want)
	}
	broken := func(_ context.Context, request []byte) ([]byte, error) {
		return query.Answer([]byte("no request"), echo), nil
	}
	if _, err := read(t.Context(), broken); err == nil || !strings.Contains(err.Error(), "cannot read the request") {
		t.Errorf("error %v", err)
	}
}
