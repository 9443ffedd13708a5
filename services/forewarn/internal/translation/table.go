package translation

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// columns of the table.
var columns = []string{"id", "en", "zh-CN", "where"}

// id names a sentence by what it says, so that a table of an earlier release is still understood where nothing has changed.
func (s *Sentence) id() string {
	h := fnv.New64a()
	io.WriteString(h, s.En+"\x00"+s.Zh) //nolint:errcheck // a hash takes everything
	return strconv.FormatUint(h.Sum64(), 36)
}

// Write writes the catalogue as CSV in UTF-8, with the mark by which spreadsheets know that.
func (c *Catalogue) Write(w io.Writer) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	rows := [][]string{columns}
	for k := range c.Sentences {
		s := &c.Sentences[k]
		where := make([]string, len(s.Places))
		for i, p := range s.Places {
			where[i] = p.String()
		}
		rows = append(rows, []string{s.id(), s.En, s.Zh, strings.Join(where, " ")})
	}
	return out.WriteAll(rows)
}

// change is a new text for a place.
type change struct {
	Place
	text string
}

// Apply writes what a table says otherwise than the sources to where it stands, and returns how many places that were. If anything in
// the table cannot be used nothing is written, and the error tells all of it: a sentence that the sources do not have, an empty
// one, or one that lacks what a program fills in.
func (c *Catalogue) Apply(r io.Reader) (places int, err error) {
	rows, err := read(r)
	if err != nil {
		return 0, err
	}
	byID := make(map[string]*Sentence, len(c.Sentences))
	for k := range c.Sentences {
		byID[c.Sentences[k].id()] = &c.Sentences[k]
	}
	changes := map[string][]change{}
	var errs []error
	for n, row := range rows {
		s := byID[row[0]]
		switch {
		case s == nil:
			errs = append(errs, fmt.Errorf("line %d: no sentence has id %q; write the table anew, and carry over what you changed", n+2, row[0]))
		case row[2] == s.Zh:
		default:
			if err := replaceable(s.Zh, row[2]); err != nil {
				errs = append(errs, fmt.Errorf("line %d: %w", n+2, err))
				continue
			}
			for _, p := range s.Places {
				changes[p.File] = append(changes[p.File], change{p, row[2]})
				places++
			}
		}
	}
	if len(errs) > 0 {
		return 0, errors.Join(errs...)
	}
	return places, c.rewrite(changes)
}

// read returns the rows of a table without its head.
func read(r io.Reader) ([][]string, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	in := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(data), "\ufeff")))
	in.FieldsPerRecord = len(columns)
	rows, err := in.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("the table is no CSV of %d columns: %w", len(columns), err)
	}
	if len(rows) == 0 || !slices.Equal(rows[0], columns) {
		return nil, fmt.Errorf("the table does not begin with the columns %s; keep the first line as it was written", strings.Join(columns, ","))
	}
	return rows[1:], nil
}

// verb is what a program fills in.
var verb = regexp.MustCompile(`%[-+# 0]*(?:\[\d+\])?(?:\d+|\*)?(?:\.\d+)?[a-zA-Z%]`)

// replaceable returns an error unless a text can stand where another one does.
func replaceable(old, text string) error {
	if strings.TrimSpace(text) == "" {
		return fmt.Errorf("nothing is said in place of %q; write its translation", old)
	}
	if want, got := verb.FindAllString(old, -1), verb.FindAllString(text, -1); !slices.Equal(want, got) {
		return fmt.Errorf("%q has %q to be filled in, and %q has %q; keep them all, in their order", text, got, old, want)
	}
	return nil
}

// rewrite replaces the texts in their files.
func (c *Catalogue) rewrite(changes map[string][]change) error {
	for name, list := range changes {
		path := filepath.Join(c.root, filepath.FromSlash(name))
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		slices.SortFunc(list, func(a, b change) int { return cmp.Compare(b.from, a.from) }) // from the end, so that places hold
		for _, ch := range list {
			data = slices.Concat(data[:ch.from], []byte(strconv.Quote(ch.text)), data[ch.to:])
		}
		if err := os.WriteFile(path, data, 0o640); err != nil { //nolint:gosec // a path that was found below the root
			return err
		}
	}
	return nil
}
