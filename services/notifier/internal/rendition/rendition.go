// Package rendition prints a paper in the forms in which people read it: a mail in HTML with its pictures, a card of a chat, lines
// for a terminal, and a sheet of A4.
//
// Nothing of what a paper says is trusted: names and labels come from the systems that are watched. Each form escapes them in its
// own way.
package rendition

import (
	"fmt"

	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/shared/chart"
	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/i18n"
)

// Printer prints papers. It is safe for concurrent use.
type Printer struct{ charts *chart.Renderer }

// New returns a printer. It reads the fonts.
func New() (*Printer, error) {
	r, err := chart.New()
	if err != nil {
		return nil, fmt.Errorf("read fonts: %w", err)
	}
	return &Printer{charts: r}, nil
}

// Print writes a paper in one form; [digest.JSON] is none of them. Pictures of HTML are within it.
func (p *Printer) Print(paper *digest.Paper, f digest.Form) ([]byte, error) {
	switch f {
	case digest.HTML:
		page, _, err := p.html(paper, inline)
		return page, err
	case digest.Text:
		return []byte(Text(paper)), nil
	case digest.Markdown:
		return []byte(Markdown(paper, MaxCard)), nil
	case digest.PDF:
		return p.PDF(paper)
	}
	return nil, fmt.Errorf("form %.20q is not known; ask for html, text, markdown or pdf", f)
}

// Document prints a paper in all forms that channels take. name is that of the file that goes along.
func (p *Printer) Document(paper *digest.Paper, name string) (*message.Document, error) {
	html, images, err := p.html(paper, attached)
	if err != nil {
		return nil, err
	}
	sheet, err := p.PDF(paper)
	if err != nil {
		return nil, err
	}
	return &message.Document{
		Subject: subject(paper), Plain: Text(paper), HTML: string(html), Markdown: Markdown(paper, MaxCard), Images: images, URL: paper.URL,
		Files: []message.File{{Name: name + ".pdf", MediaType: digest.PDF.MediaType(), Data: sheet}},
	}, nil
}

// subject is the title with the first line, as people see it in a list of mails.
func subject(paper *digest.Paper) string {
	s := paper.Title
	if len(paper.Lead) > 0 {
		s += i18n.Text{En: ": ", Zh: "："}.In(i18n.Language(paper.Language)) + paper.Lead[0]
	}
	return i18n.Line(s)
}
