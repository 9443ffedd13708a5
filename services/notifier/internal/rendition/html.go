package rendition

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"

	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/shared/chart"
	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/i18n"
)

//go:embed mail.html
var mailTemplate string

// Sizes of a picture in a mail, in CSS pixels; a phone shows it narrower.
const figureWidth, figureHeight = 560, 64

// place says where a page finds its k-th picture.
type place func(k int, png []byte) string

// attached pictures are parts of a mail beside the page.
func attached(k int, _ []byte) string { return "cid:" + imageID(k) }

// inline pictures are within the page.
func inline(_ int, png []byte) string {
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(png)
}

func imageID(k int) string { return fmt.Sprintf("figure%d", k+1) }

// html returns a page for mail programs, and its pictures.
func (p *Printer) html(paper *digest.Paper, where place) ([]byte, []message.Image, error) {
	var images []message.Image
	var failed error
	picture := func(f *digest.Figure) template.URL {
		png, err := p.charts.PNG(f.Sparkline(chart.Frame{Width: figureWidth, Height: figureHeight}))
		if err != nil {
			failed = fmt.Errorf("draw %.80q: %w", f.Label, err)
			return ""
		}
		k := len(images)
		images = append(images, message.Image{ID: imageID(k), PNG: png})
		return template.URL(where(k, png)) //nolint:gosec // made by us
	}
	t, err := template.New("mail").Funcs(template.FuncMap{"picture": picture, "line": i18n.Line, "words": words, "figure": figureOf}).Parse(mailTemplate)
	if err != nil {
		return nil, nil, fmt.Errorf("read the template of mails: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, paper); err != nil {
		return nil, nil, fmt.Errorf("print mail: %w", err)
	}
	return b.Bytes(), images, failed
}

// words are the cells of a row that are no picture.
func words(row []digest.Cell) (out []digest.Cell) {
	for _, c := range row {
		if c.Figure == nil && (c.Text != "" || c.More != "") {
			out = append(out, c)
		}
	}
	return out
}

// figureOf returns the picture of a row, nil if it has none.
func figureOf(row []digest.Cell) *digest.Figure {
	for _, c := range row {
		if c.Figure != nil && len(c.Figure.Times) > 0 {
			return c.Figure
		}
	}
	return nil
}
