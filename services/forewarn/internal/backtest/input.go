package backtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
)

// input is rows in the order of time, as far as whoever wrote them kept it.
type input interface {
	// next returns the next row; not ok at the end.
	next(ctx context.Context) (r row, ok bool, err error)
	close() error
}

var (
	_ input = (*table)(nil)
	_ input = (*patient)(nil)
	_ input = (*dump)(nil)
)

// header is what the first line of a CSV must be.
const header = "series,timestamp,value"

// sortShare is how much of the work on a dump is its sorting, as a part of its bytes.
const sortShare = 8

// openFiles opens all files and recognises what they are by their content. All dumps are one input, since they must be
// sorted.
func openFiles(names []string, b *book, m *meter, bad *complaints) (*merger, error) {
	out, dumps := &merger{}, &dump{book: b, meter: m}
	out.add(dumps)
	for _, name := range names {
		l, err := openLines(name, m, bad)
		if err != nil {
			return nil, errors.Join(err, out.close())
		}
		csv, err := isCSV(l)
		if err != nil {
			return nil, errors.Join(err, l.close(), out.close())
		}
		bytes := size(name)
		m.total.Add(bytes)
		if csv {
			out.add(newPatient(&table{lines: l, book: b}, bad))
			continue
		}
		m.total.Add(bytes / sortShare)
		l.count.per = sortShare
		dumps.files, dumps.bytes = append(dumps.files, l), dumps.bytes+bytes
	}
	return out, nil
}

// isCSV looks at the first line of a file. It is an error if that belongs to no form that is read.
func isCSV(l *lines) (bool, error) {
	first, err := l.peek()
	switch {
	case err != nil:
		return false, err
	case string(first) == header:
		return true, nil
	case isExposition(first):
		return false, nil
	}
	return false, fmt.Errorf("--input %s: the first line is %.80q; it must be %q, or one of Prometheus' text format with timestamps, "+
		"as `promtool tsdb dump-openmetrics` writes it", l.name, first, header)
}

// isExposition tells whether a line may be the first of Prometheus' text format.
func isExposition(line []byte) bool {
	if bytes.HasPrefix(line, []byte{'#'}) {
		return true
	}
	text, rest, err := cutSeries(line)
	if err != nil {
		return false
	}
	if _, err := parseSeries(text); err != nil {
		return false
	}
	return len(bytes.Fields(rest)) > 0
}

// size returns the bytes of a file, 0 where there is none.
func size(name string) int64 {
	info, err := os.Stat(name)
	if err != nil {
		return 0
	}
	return info.Size()
}
