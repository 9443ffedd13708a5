package patterns

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/forewarn/forewarn/models/pattern"
)

// table writes a row for each line: its number from 1, and the ID and text of its pattern.
type table struct {
	w      *csv.Writer
	number int
	err    error
}

func newTable(out io.Writer) *table {
	t := &table{w: csv.NewWriter(out)}
	t.err = t.w.Write([]string{"line", "pattern_id", "pattern"})
	return t
}

func (t *table) line(_ []byte, match pattern.Match) error {
	if t.err == nil {
		t.number++
		t.err = t.w.Write([]string{strconv.Itoa(t.number), match.ID.String(), match.Text})
	}
	return t.err
}

func (t *table) end() error {
	t.w.Flush()
	return t.w.Error()
}
