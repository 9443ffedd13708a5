package patterns

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/forewarn/forewarn/models/pattern"
	"github.com/forewarn/forewarn/shared/i18n"
)

// sampleRunes is how much of a line is shown.
const sampleRunes = 200

// report counts the lines of each pattern and writes them, the most frequent first, each with the first of its lines.
type report struct {
	out   io.Writer
	lang  i18n.Language
	rows  map[pattern.ID]*row
	lines int
	// rare are the lines of patterns that were given up, because there were too many.
	rare int
}

// row is one pattern.
type row struct {
	id           pattern.ID
	text, sample string
	lines, first int
}

func newReport(out io.Writer, lang i18n.Language) *report {
	return &report{out: out, lang: lang, rows: map[pattern.ID]*row{}}
}

func (r *report) line(raw []byte, match pattern.Match) error {
	r.lines++
	if match.New {
		r.rare++
		return nil
	}
	w := r.rows[match.ID]
	if w == nil {
		w = &row{id: match.ID, text: match.Text, sample: shown(string(raw)), first: r.lines}
		r.rows[match.ID] = w
	}
	w.lines++
	return nil
}

func (r *report) end() error {
	w := bufio.NewWriter(r.out)
	fmt.Fprintln(w, i18n.Text{ //nolint:errcheck // Flush tells
		En: fmt.Sprintf("%d lines, %d patterns", r.lines, len(r.rows)),
		Zh: fmt.Sprintf("%d 行，%d 个模式", r.lines, len(r.rows)),
	}.In(r.lang))
	for _, row := range r.sorted() {
		row.write(w, r)
	}
	if r.rare > 0 {
		fmt.Fprintf(w, "\n%8d  %6s  %s\n", r.rare, i18n.Percent(float64(r.rare)/float64(r.lines)), i18n.Text{ //nolint:errcheck // Flush tells
			En: "lines of patterns that were given up: there are too many of them",
			Zh: "行属于因数量过多而舍弃的模式",
		}.In(r.lang))
	}
	return w.Flush()
}

// write writes a pattern, and below it one of its lines, unless they are empty.
func (w *row) write(out io.Writer, r *report) {
	text := printable(w.text)
	if text == "" {
		text = i18n.Text{En: "(empty)", Zh: "（空行）"}.In(r.lang)
	}
	fmt.Fprintf(out, "\n%8d  %6s  %s  %s\n", w.lines, i18n.Percent(float64(w.lines)/float64(r.lines)), w.id, text) //nolint:errcheck // Flush tells
	if w.text != "" {
		place := i18n.Text{En: fmt.Sprintf("line %d: ", w.first), Zh: fmt.Sprintf("第 %d 行：", w.first)}.In(r.lang)
		fmt.Fprintf(out, "%18s%s%s\n", "", place, w.sample) //nolint:errcheck // Flush tells
	}
}

// sorted returns the patterns, the most frequent first, of those the one that was met first.
func (r *report) sorted() []*row {
	out := make([]*row, 0, len(r.rows))
	for _, w := range r.rows {
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b *row) int { return cmp.Or(cmp.Compare(b.lines, a.lines), cmp.Compare(a.first, b.first)) })
	return out
}

// shown returns a line as it may be shown: cut, and without anything that a terminal would obey.
func shown(line string) string {
	n := 0
	for i := range line {
		if n++; n > sampleRunes {
			return printable(line[:i]) + "…"
		}
	}
	return printable(line)
}

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case unicode.IsPrint(r):
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
