package backtest

import (
	"context"
	"errors"
	"io"
)

// table reads the rows of one CSV, whose header was looked at, in the order in which they are written. Lines that cannot be read are skipped and
// counted.
type table struct {
	*lines
	book *book
}

func (t *table) next(context.Context) (row, bool, error) {
	for {
		line, err := t.lines.next()
		if errors.Is(err, io.EOF) {
			return row{}, false, nil
		}
		if err != nil {
			return row{}, false, err
		}
		if len(line) == 0 || t.number == 1 { // the header
			continue
		}
		text, sample, err := parseRow(line)
		if err == nil {
			var from *source
			if from, err = t.book.source(text); from.series != nil {
				return row{from, sample}, true, nil
			}
		}
		t.refuse(err)
	}
}

// refuse counts the present line; why a text is no series is told once.
func (t *table) refuse(err error) {
	if err == nil {
		t.bad.count++
		return
	}
	t.complain(err)
}
