package backtest

import (
	"fmt"
	"strings"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest/contest"
	"github.com/forewarn/forewarn/shared/i18n"
)

// Compare returns the comparison as a table for a terminal, with footnotes.
func Compare(r *Rules, lang i18n.Language) string {
	rows := [][]string{contest.Head(lang)}
	for i := range r.Standings {
		rows = append(rows, r.Standings[i].Cells(lang))
	}
	var b strings.Builder
	head := i18n.Text{
		En: "Beside today's usual rules, on the %d signals with a limit:\n",
		Zh: "与常用规则对比（%d 个有上限的信号）：\n",
	}
	fmt.Fprintf(&b, head.In(lang), r.Subjects)
	b.WriteString(aligned(rows))
	for _, f := range contest.Footnotes(lang) {
		b.WriteString("\n" + f)
	}
	return b.String() + "\n"
}

// aligned writes rows with the first column to the left and the others to the right.
func aligned(rows [][]string) string {
	wide := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			wide[i] = max(wide[i], width(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(padRight(row[0], wide[0]))
		for i, cell := range row[1:] {
			b.WriteString("  " + strings.Repeat(" ", wide[i+1]-width(cell)) + cell)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func padRight(s string, columns int) string {
	return s + strings.Repeat(" ", max(0, columns-width(s)))
}

// width returns how many columns a text takes on a terminal: Chinese characters and their marks take two.
func width(s string) (n int) {
	for _, r := range s {
		n++
		if r >= 0x2e80 && r < 0xa4d0 || r >= 0xff00 && r < 0xff61 {
			n++
		}
	}
	return n
}
