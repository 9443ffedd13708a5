package backtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// dump reads files in Prometheus' text format. These hold one series after the other, so that all are read and sorted
// before the first row is returned. Samples of series that no rule reads are counted and left out.
type dump struct {
	files []*lines
	bytes int64
	book  *book
	meter *meter

	sorted *sorter
	given  int64
}

func (d *dump) close() (err error) {
	for _, l := range d.files {
		err = errors.Join(err, l.close())
	}
	if d.sorted != nil {
		err = errors.Join(err, d.sorted.close())
	}
	return err
}

func (d *dump) next(ctx context.Context) (row, bool, error) {
	if d.sorted == nil {
		d.sorted = newSorter()
		for _, l := range d.files {
			if err := d.load(ctx, l); err != nil {
				return row{}, false, err
			}
		}
		if err := d.sorted.sort(); err != nil {
			return row{}, false, err
		}
	}
	r, ok, err := d.sorted.next()
	if !ok || err != nil {
		return row{}, false, err
	}
	d.progress()
	return row{d.book.sources[r.source], telemetry.Sample{TimeMillis: r.millis, Value: r.value}}, true, nil
}

// progress tells the meter from time to time which part of the bytes the returned rows stand for.
func (d *dump) progress() {
	const every = 4096
	if d.given++; d.given%every == 0 {
		d.meter.done.Add(int64(every * float64(d.bytes) / float64(d.sorted.count)))
	}
}

// load reads one file into the sorter.
func (d *dump) load(ctx context.Context, l *lines) error {
	for {
		line, err := l.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil && l.number%1024 == 0 {
			err = ctx.Err()
		}
		if err == nil {
			err = d.take(l, line)
		}
		if err != nil {
			return err
		}
	}
}

// take reads a line. Only what makes the whole file useless is an error.
func (d *dump) take(l *lines, line []byte) error {
	if line = bytes.TrimLeft(line, " \t"); len(line) == 0 || line[0] == '#' {
		return nil
	}
	text, sample, err := parseExposition(line)
	if errors.Is(err, errNoTime) {
		return fmt.Errorf("--input %s: line %d: %w", l.name, l.number, err)
	}
	var from *source
	if err == nil {
		from, err = d.book.source(text)
	}
	switch {
	case err != nil:
		l.complain(err)
	case from.series == nil:
		l.bad.count++
	case !from.read:
		d.book.unread++
	default:
		return d.sorted.add(from.number, sample.TimeMillis, sample.Value)
	}
	return nil
}
