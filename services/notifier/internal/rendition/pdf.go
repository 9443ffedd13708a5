package rendition

import (
	"fmt"
	"image/color"
	"sort"
	"strings"
	"unicode"

	"github.com/forewarn/forewarn/shared/chart"
	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/i18n"
)

// A4 in points, and its margin.
const (
	pageWidth, pageHeight = 595.28, 841.89
	margin                = 36
	column                = pageWidth - 2*margin
)

// The inks of a sheet, dark enough to be told apart in black and white.
func ink() color.NRGBA  { return color.NRGBA{0x1F, 0x23, 0x28, 255} }
func soft() color.NRGBA { return color.NRGBA{0x57, 0x60, 0x6A, 255} }
func rule() color.NRGBA { return color.NRGBA{0xD0, 0xD7, 0xDE, 255} }

// smallest is how far the letters of a sheet shrink; what does not fit then is left to the page.
const smallest = 0.72

// PDF returns a paper as one sheet of A4 in vectors, with text that can be searched. Letters shrink by a quarter at most to
// make it fit; beyond that the last sections are left out, saying so.
func (p *Printer) PDF(paper *digest.Paper) ([]byte, error) {
	for scale := 1.0; scale > smallest; scale -= 0.04 {
		if s := p.sheet(paper, paper.Sections, scale); s.err != nil || s.fits() {
			return s.bytes()
		}
	}
	more := sort.Search(len(paper.Sections), func(n int) bool { return !p.sheet(paper, paper.Sections[:n+1], smallest).fits() })
	return p.sheet(paper, paper.Sections[:more], smallest).bytes()
}

// sheet prints some sections of a paper.
func (p *Printer) sheet(paper *digest.Paper, sections []digest.Section, scale float64) *sheet {
	s := &sheet{
		doc: p.charts.NewDocument(paper.Title, i18n.Language(paper.Language), pageWidth, pageHeight), scale: scale, y: margin,
	}
	s.print(paper, sections)
	return s
}

func (s *sheet) fits() bool { return s.y <= pageHeight-margin }

// bytes returns the file, or what went wrong.
func (s *sheet) bytes() ([]byte, error) {
	if s.err != nil {
		return nil, s.err
	}
	return s.doc.Bytes()
}

// sheet is one page on its way; y is how far it is written.
type sheet struct {
	doc   *chart.Document
	scale float64
	y     float64
	err   error
}

func (s *sheet) print(paper *digest.Paper, sections []digest.Section) {
	s.doc.AddPage()
	s.text(margin, column, 17, ink(), paper.Title)
	s.text(margin, column, 8.5, soft(), paper.Subtitle)
	s.text(margin, column, 9, ink(), paper.Note)
	s.y += 4 * s.scale
	top := s.y
	for _, l := range paper.Lead {
		s.text(margin+10, column-10, 11, ink(), l)
	}
	s.doc.Box(margin, top+2, 3, s.y-top, color.NRGBA{0x00, 0x72, 0xB2, 255})
	for i := range sections {
		s.section(&sections[i])
	}
	s.y += 5 * s.scale
	foot := paper.Foot
	if left := len(paper.Sections) - len(sections); left > 0 {
		foot = i18n.Text{
			En: fmt.Sprintf("%d more parts are on the page. ", left), Zh: fmt.Sprintf("另有 %d 个部分见页面。", left),
		}.In(i18n.Language(paper.Language)) + foot
	}
	if paper.URL != "" {
		s.doc.Link(margin, s.y, column, 10*s.scale, paper.URL)
		foot += " " + paper.URL
	}
	s.text(margin, column, 7, soft(), foot)
}

func (s *sheet) section(sec *digest.Section) {
	s.y += 6 * s.scale
	s.text(margin, column, 11, ink(), sec.Title)
	s.doc.Box(margin, s.y+3*s.scale, column, 0.6, rule())
	s.y += 3.5 * s.scale
	for _, l := range sec.Lines {
		s.text(margin, column, 8.5, ink(), l)
	}
	widths := columns(sec)
	if len(sec.Rows) > 0 && len(sec.Head) > 0 {
		s.row(heads(sec.Head), widths, 7.5, soft())
	}
	for _, r := range sec.Rows {
		s.row(r, widths, 8.5, ink())
	}
	for _, l := range sec.After {
		s.text(margin, column, 7, soft(), l)
	}
}

func heads(names []string) (out []digest.Cell) {
	for _, n := range names {
		out = append(out, digest.Cell{Text: n})
	}
	return out
}

// columns shares out the width: as much to each as its longest text wants, within bounds.
func columns(sec *digest.Section) []float64 {
	n := 0
	for _, r := range sec.Rows {
		n = max(n, len(r))
	}
	want := make([]float64, max(n, len(sec.Head)))
	var sum float64
	for i := range want {
		want[i] = 8
		for _, r := range sec.Rows {
			if i < len(r) {
				want[i] = max(want[i], min(float64(len([]rune(r[i].Text))), 44), min(float64(len([]rune(r[i].More)))*0.8, 44))
				if r[i].Figure != nil {
					want[i] = 30
				}
			}
		}
		sum += want[i]
	}
	for i := range want {
		want[i] *= column / sum
	}
	return want
}

// row writes cells side by side; the highest says where the next row begins.
func (s *sheet) row(cells []digest.Cell, widths []float64, size float64, c color.NRGBA) {
	top, bottom, x := s.y, s.y, float64(margin)
	for i, cell := range cells {
		width := widths[i] - 8
		s.y = top
		switch {
		case cell.Figure != nil && len(cell.Figure.Times) > 0:
			s.figure(x, width, cell.Figure)
		default:
			s.text(x, width, size, c, sign(cell.Mark)+cell.Text)
			s.text(x, width, size*0.85, soft(), cell.More)
		}
		bottom, x = max(bottom, s.y), x+widths[i]
	}
	s.y = bottom + 1.5*s.scale
}

// sign tells a mark without colour.
func sign(m digest.Mark) string {
	switch m {
	case digest.Critical:
		return "■ "
	case digest.Warning:
		return "▲ "
	}
	return ""
}

func (s *sheet) figure(x, width float64, f *digest.Figure) {
	const w, h = 180, 30
	scale := min(width/w, 1) * s.scale
	if err := s.doc.Picture(x, s.y+2, scale, f.Sparkline(chart.Frame{Width: w, Height: h})); err != nil {
		s.err = err
	}
	s.y += h*scale + 3
}

// text writes a paragraph within a width and moves on below it.
func (s *sheet) text(x, width, size float64, c color.NRGBA, text string) {
	text = i18n.Line(text)
	if text == "" {
		return
	}
	size *= s.scale
	for _, l := range s.wrap(text, size, width) {
		s.y += size * 1.32
		s.doc.Text(x, s.y, size, c, l)
	}
}

// wrap breaks text into lines: between words, and between any two letters of Chinese.
func (s *sheet) wrap(text string, size, width float64) (lines []string) {
	line := ""
	for _, w := range breakable(text) {
		if line != "" && s.doc.Width(strings.TrimRight(line+w, " "), size) > width {
			lines, line = append(lines, strings.TrimRight(line, " ")), strings.TrimLeft(w, " ")
			continue
		}
		line += w
	}
	return append(lines, strings.TrimRight(line, " "))
}

// breakable cuts text where a line may end. Punctuation stays with what is before it, and a very long word is cut.
func breakable(text string) (parts []string) {
	const longest = 28
	start, n := 0, 0
	runes := []rune(text)
	for i := range runes {
		n++
		last := i == len(runes)-1
		wide := unicode.Is(unicode.Han, runes[i]) || unicode.Is(unicode.Han, runes[min(i+1, len(runes)-1)])
		if last || runes[i] == ' ' || n >= longest || wide && !unicode.IsPunct(runes[i+1]) && runes[i+1] != ' ' {
			parts = append(parts, string(runes[start:i+1]))
			start, n = i+1, 0
		}
	}
	return parts
}
