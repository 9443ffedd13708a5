package chart

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
	"unicode/utf16"

	"gonum.org/v1/plot/vg"

	"github.com/forewarn/forewarn/shared/i18n"
)

// pdfFile collects the objects of a file.
type pdfFile struct {
	objects [][]byte // number 1 first
}

func newPDFFile() *pdfFile { return new(pdfFile) }

// reserve returns the number of an object that is defined later.
func (f *pdfFile) reserve() int {
	f.objects = append(f.objects, nil)
	return len(f.objects)
}

func (f *pdfFile) define(number int, body string) { f.objects[number-1] = []byte(body) }

func (f *pdfFile) add(body string) int {
	n := f.reserve()
	f.define(n, body)
	return n
}

// stream adds packed data; dict are further entries of its dictionary.
func (f *pdfFile) stream(dict string, data []byte) int {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write(data) //nolint:errcheck // a buffer takes all
	z.Close()     //nolint:errcheck // as before
	return f.add(fmt.Sprintf("<< /Length %d /Filter /FlateDecode %s>>\nstream\n%s\nendstream", b.Len(), dict, b.Bytes()))
}

// page adds a page with its content and links.
func (f *pdfFile) page(p *pdf, parent, resources int, width, height float64) int {
	content := f.stream("", p.buf.Bytes())
	var links []int
	for _, l := range p.links {
		links = append(links, f.add(fmt.Sprintf("<< /Type /Annot /Subtype /Link /Border [0 0 0] /Rect [%s %s %s %s] /A << /S /URI /URI %s >> >>",
			decimal(l.x0), decimal(height-l.y1), decimal(l.x1), decimal(height-l.y0), asciiString(l.url))))
	}
	return f.add(fmt.Sprintf("<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %s %s] /Resources %d 0 R /Contents %d 0 R /Annots [%s] >>",
		parent, decimal(width), decimal(height), resources, content, references(links)))
}

// resources adds the fonts and opacities that pages share.
func (f *pdfFile) resources(l *letters, alphas []uint8) int {
	var fonts, states strings.Builder
	for k := range l.fonts() {
		fmt.Fprintf(&fonts, "/F%d %d 0 R ", k, f.font(l, k))
	}
	for _, a := range alphas {
		v := decimal(float64(a) / 255)
		fmt.Fprintf(&states, "/A%d << /ca %s /CA %s >> ", a, v, v)
	}
	return f.add(fmt.Sprintf("<< /Font << %s>> /ExtGState << %s>> >>", fonts.String(), states.String()))
}

// font adds one font of Type 3.
func (f *pdfFile) font(l *letters, k int) int {
	first, end := l.of(k)
	var procs, names, widths strings.Builder
	for i := first; i < end; i++ {
		fmt.Fprintf(&procs, "/g%d %d 0 R ", i-first, f.stream("", l.procs[i]))
		fmt.Fprintf(&names, "/g%d ", i-first)
		widths.WriteString(decimal(l.wide[i]) + " ")
	}
	unicode := f.stream("", l.unicode(k))
	return f.add(fmt.Sprintf("<< /Type /Font /Subtype /Type3 /FontBBox [0 0 0 0] /FontMatrix [0.001 0 0 -0.001 0 0] /FirstChar 0 /LastChar %d "+
		"/Widths [%s] /CharProcs << %s>> /Encoding << /Type /Encoding /Differences [0 %s] >> /Resources << >> /ToUnicode %d 0 R >>",
		end-first-1, widths.String(), procs.String(), names.String(), unicode))
}

// finish adds what leads to the pages, and returns the file.
func (f *pdfFile) finish(pages int, title string, l i18n.Language) []byte {
	root := f.add(fmt.Sprintf("<< /Type /Catalog /Pages %d 0 R /Lang (%s) /ViewerPreferences << /DisplayDocTitle true >> >>", pages, l))
	info := f.add(fmt.Sprintf("<< /Title %s /Producer (Forewarn) >>", textString(title)))
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	offsets := make([]int, len(f.objects))
	for i, body := range f.objects {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, body)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, at := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, root, info, start)
	return b.Bytes()
}

// references lists objects.
func references(numbers []int) string {
	var out []string
	for _, n := range numbers {
		out = append(out, fmt.Sprintf("%d 0 R", n))
	}
	return strings.Join(out, " ")
}

// textString writes text of any language, in UTF-16 with its mark.
func textString(text string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String() + ">"
}

// asciiString writes the bytes of an address.
func asciiString(text string) string { return fmt.Sprintf("<%x>", text) }

// path returns the outline of a glyph as a path on its em square.
func (g glyph) path() vg.Path {
	var p vg.Path
	for _, s := range g.segments {
		p = appendSegment(p, s, 0, 0, 1)
	}
	return p
}
