package backtest

import (
	"errors"
	"sync/atomic"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// merger reads several files as one, in the order of time.
type merger struct {
	files []*file
	last  *file // whose row was returned
	read  atomic.Int64
	bad   complaints
	known map[string]*source // by the series' field

	series int // how many of them are series
}

// source is a series as the files name it.
type source struct {
	series *telemetry.Series // nil if the field is no series
	lane   int
	window int // the window in which it has samples
	at     int // its place in that window's batch
}

func openFiles(names []string) (*merger, error) {
	m := &merger{known: map[string]*source{}}
	for _, name := range names {
		f, err := openFile(name, &m.read, &m.bad)
		if err != nil {
			return nil, errors.Join(err, m.close())
		}
		m.files = append(m.files, f)
	}
	return m, nil
}

func (m *merger) close() (err error) {
	for _, f := range m.files {
		if !f.done {
			err = errors.Join(err, f.f.Close())
		}
	}
	return err
}

// next returns the row that comes first in time; not ok at the end. The row is valid until the next call.
func (m *merger) next() (r *row, ok bool, err error) {
	if m.last != nil {
		if err := m.last.advance(); err != nil {
			return nil, false, err
		}
	}
	m.last = nil
	for _, f := range m.files {
		if !f.done && (m.last == nil || f.next.TimeMillis < m.last.next.TimeMillis) {
			m.last = f
		}
	}
	if m.last == nil {
		return nil, false, nil
	}
	return &m.last.next, true, nil
}

// source returns the series of a row; its series is nil, and the row is counted as bad, if the field is none.
func (m *merger) source(field []byte) *source {
	if s, ok := m.known[string(field)]; ok {
		if s.series == nil {
			m.bad.count++
		}
		return s
	}
	s := &source{window: -1}
	series, err := parseSeries(field)
	if err != nil {
		m.bad.add(m.last.name, m.last.line, err)
	} else {
		s.series = series
		m.series++
	}
	m.known[string(field)] = s
	return s
}
