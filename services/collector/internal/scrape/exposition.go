package scrape

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

// maxMalformed is after how many malformed lines a body is given up: it is no exposition then.
const maxMalformed = 10_000

// maxLine is the longest line that is read. Any label can be cut, but the parser repeats the line at fault in
// its errors, several times as long.
const maxLine = 1 << 20

// maxExample bounds what of a malformed line, and of what the parser says of it, is shown.
const maxExample = 160

// exposition is a body on its way through the parser, which it owns and changes. The parser stops for good
// at its first error; here the line at fault is stepped over, and parsing goes on behind it.
type exposition struct {
	body        []byte
	openMetrics bool

	// malformed counts lines that were not understood; example is the first of them, problem what the
	// parser said of it.
	malformed int
	example   string
	problem   string

	failed   int    // how often the parser has stopped
	at       int    // where the present parser began
	last     []byte // a piece of the last good entry
	typeLine string // the type that applies to what follows, as a line to put before it
}

// newExposition prepares a body. It must be owned by the caller, who must not use it any more.
func newExposition(body []byte, openMetrics bool) *exposition {
	x := &exposition{openMetrics: openMetrics}
	body = x.clean(body)
	if len(body) > 0 && body[len(body)-1] != '\n' {
		body = append(body, '\n')
	}
	// The parser appends a line end: with room for it, what it shows stays a part of body.
	x.body = append(body, '\n')[:len(body)]
	return x
}

// clean removes, in place, what the parser must not see. It takes a NUL for the end, and blank lines by
// recursion, which a hostile body could use to overflow the stack; and a quote that is not closed within its
// line swallows the lines that follow, all of which the parser would put into its error.
func (x *exposition) clean(body []byte) []byte {
	out := body[:0]
	for len(body) > 0 {
		end := bytes.IndexByte(body, '\n') + 1
		if end == 0 {
			end = len(body)
		}
		line := body[:end]
		body = body[end:]
		text := bytes.Trim(line, " \t\n")
		switch {
		case len(text) == 0:
		case len(text) > maxLine:
			x.leave(text, "line is longer than 1 MiB")
		case text[0] != '#' && unclosed(text), text[0] == '#' && unclosedName(text):
			x.leave(text, "a quote is not closed")
		default:
			out = append(out, line...)
		}
	}
	for rest := out; ; {
		i := bytes.IndexByte(rest, 0)
		if i < 0 {
			return out
		}
		rest[i] = 1
		rest = rest[i+1:]
	}
}

// unclosedName reports whether the line is metadata of a quoted name whose quote is not closed. Elsewhere in it quotes
// are text.
func unclosedName(line []byte) bool {
	fields := bytes.TrimLeft(line[1:], " \t")
	end := bytes.IndexAny(fields, " \t")
	if end < 0 {
		return false
	}
	name := bytes.TrimLeft(fields[end:], " \t")
	if len(name) == 0 || name[0] != '"' {
		return false
	}
	switch string(fields[:end]) {
	case "HELP", "TYPE", "UNIT":
		return !closes(name)
	}
	return false
}

// closes reports whether the quote with which the text begins has its counterpart.
func closes(text []byte) bool {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			return true
		case '\\':
			i++
		}
	}
	return false
}

// unclosed reports whether the line has an odd number of quotes that are not escaped.
func unclosed(line []byte) bool {
	if bytes.IndexByte(line, '\\') < 0 {
		return bytes.Count(line, []byte{'"'})%2 == 1
	}
	open := false
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '"':
			open = !open
		case line[i] == '\\' && open:
			i++
		}
	}
	return open
}

// leave counts a line that is left out.
func (x *exposition) leave(line []byte, problem string) {
	if x.malformed++; x.malformed == 1 {
		x.example, x.problem = shown(line[:min(len(line), maxExample)]), problem
	}
}

// shown returns a piece of a line as it can be logged.
func shown(piece []byte) string { return strings.ToValidUTF8(string(bytes.TrimSpace(piece)), "?") }

// parse calls visit for each sample, with the parser standing on it.
func (x *exposition) parse(st *labels.SymbolTable, visit func(textparse.Parser)) {
	for x.at < len(x.body) && x.failed < maxMalformed {
		err := x.run(st, visit)
		if errors.Is(err, io.EOF) {
			return
		}
		x.skip(err)
	}
}

// run parses from x.at until the first error, which is io.EOF at the end.
func (x *exposition) run(st *labels.SymbolTable, visit func(textparse.Parser)) error {
	var p textparse.Parser
	if x.openMetrics {
		p = textparse.NewOpenMetricsParser(x.body[x.at:], st)
	} else {
		p = textparse.NewPromParser(x.body[x.at:], st, false)
	}
	x.last = nil
	for {
		entry, err := p.Next()
		if err != nil {
			return err
		}
		switch entry {
		case textparse.EntrySeries:
			x.last, _, _ = p.Series()
			visit(p)
		case textparse.EntryType:
			name, typ := p.Type()
			x.last = name
			x.setType(typ)
		case textparse.EntryHelp, textparse.EntryUnit:
			x.last, _ = p.Type() // the name, whatever the entry
		case textparse.EntryComment:
			x.last = p.Comment()
		}
	}
}

// setType remembers the types that change how le and quantile are written.
func (x *exposition) setType(t model.MetricType) {
	switch t {
	case model.MetricTypeHistogram, model.MetricTypeGaugeHistogram, model.MetricTypeSummary:
		x.typeLine = "# TYPE x " + string(t) + "\n"
	default:
		x.typeLine = ""
	}
}

// skip steps over the line that follows the last good one.
func (x *exposition) skip(err error) {
	bad := x.at
	if x.last != nil {
		bad = x.lineEnd(cap(x.body) - cap(x.last) + len(x.last))
	}
	next := x.lineEnd(bad)
	x.failed++
	said := err.Error()
	x.leave(x.body[bad:next], strings.Clone(said[:min(len(said), maxExample)]))
	// What lies before next is done with: the type that applies is written there for the next parser.
	x.at = next
	if n := len(x.typeLine); next < len(x.body) && next >= n {
		x.at -= copy(x.body[next-n:next], x.typeLine)
	}
}

// lineEnd returns where the line after the one at i begins.
func (x *exposition) lineEnd(i int) int {
	if i >= len(x.body) {
		return len(x.body)
	}
	if n := bytes.IndexByte(x.body[i:], '\n'); n >= 0 {
		return i + n + 1
	}
	return len(x.body)
}
