package backtest

import (
	"context"
	"errors"
)

// merger reads several inputs as one, in the order of time.
type merger struct {
	heads []*head
	last  *head // whose row was returned
	begun bool
}

// head is an input and its next row.
type head struct {
	input
	row  row
	done bool
}

func (m *merger) add(in input) { m.heads = append(m.heads, &head{input: in}) }

func (m *merger) close() (err error) {
	for _, h := range m.heads {
		err = errors.Join(err, h.close())
	}
	return err
}

// next returns the row that comes first in time; not ok at the end.
func (m *merger) next(ctx context.Context) (r row, ok bool, err error) {
	if err := m.advance(ctx); err != nil {
		return row{}, false, err
	}
	m.last = nil
	for _, h := range m.heads {
		if !h.done && (m.last == nil || h.row.TimeMillis < m.last.row.TimeMillis) {
			m.last = h
		}
	}
	if m.last == nil {
		return row{}, false, nil
	}
	return m.last.row, true, nil
}

// advance reads the first rows, or the one behind that which was returned.
func (m *merger) advance(ctx context.Context) error {
	if !m.begun {
		m.begun = true
		for _, h := range m.heads {
			if err := h.advance(ctx); err != nil {
				return err
			}
		}
		return nil
	}
	if m.last == nil {
		return nil
	}
	return m.last.advance(ctx)
}

func (h *head) advance(ctx context.Context) error {
	r, ok, err := h.next(ctx)
	h.row, h.done = r, !ok
	return err
}
