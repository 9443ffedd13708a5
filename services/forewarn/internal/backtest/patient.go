package backtest

import (
	"context"
	"fmt"
	"time"
)

// patient refuses rows whose clock was ahead of those around them.
//
// A file has no clock of its own to tell such a row from the first one after a pause, but it goes on: behind a pause
// nobody comes back to the time before it. Rows that are far ahead are held until that is decided.
type patient struct {
	in  input
	bad *complaints

	newest int64 // Unix ms of what was let through
	begun  bool
	held   []row
	let    int // how many of the held are to be let through, from the first on
	at     int // the next of those
	after  row // what follows them, if has
	has    bool
	ended  bool
}

const (
	// farAhead is how much a row may be ahead of the newest before it: as much as live.
	farAhead = 10 * time.Minute
	// mostHeld is after how many rows without a return a leap counts as a pause.
	mostHeld = 4096
)

func newPatient(in input, bad *complaints) *patient { return &patient{in: in, bad: bad} }

func (p *patient) close() error { return p.in.close() }

func (p *patient) next(ctx context.Context) (row, bool, error) {
	for {
		if r, ok := p.ready(); ok {
			return p.pass(r), true, nil
		}
		if p.ended {
			return row{}, false, nil
		}
		r, ok, err := p.in.next(ctx)
		if err != nil {
			return row{}, false, err
		}
		p.take(r, ok)
	}
}

// ready returns the next row that is decided on.
func (p *patient) ready() (row, bool) {
	if p.at < p.let {
		p.at++
		return p.held[p.at-1], true
	}
	p.held = append(p.held[:0], p.held[p.let:]...)
	p.let, p.at = 0, 0
	if p.has {
		p.has = false
		return p.after, true
	}
	return row{}, false
}

func (p *patient) pass(r row) row {
	p.newest, p.begun = max(p.newest, r.TimeMillis), true
	return r
}

// take decides on the held rows by what follows them. Before anything was let through, those of the first moment are
// held.
func (p *patient) take(r row, ok bool) {
	far := farAhead.Milliseconds()
	switch {
	case !ok:
		p.ended, p.let = true, len(p.held)
		return
	case len(p.held) > 0 && r.TimeMillis < p.held[0].TimeMillis-far:
		p.refuse()
	case !p.begun && len(p.held) > 0 && r.TimeMillis != p.held[0].TimeMillis:
		p.let, p.begun, p.newest = len(p.held), true, p.held[0].TimeMillis
	}
	if len(p.held) == p.let && p.begun && r.TimeMillis <= p.newest+far {
		p.after, p.has = r, true
		return
	}
	if p.held = append(p.held, r); len(p.held)-p.let >= mostHeld {
		p.let = len(p.held)
	}
}

// refuse drops the held rows.
func (p *patient) refuse() {
	first := &p.held[0]
	p.bad.refuse(fmt.Sprintf("%.200s at %s", first.series.Labels, time.UnixMilli(first.TimeMillis).UTC().Format(time.RFC3339)), len(p.held))
	p.held = p.held[:0]
}
