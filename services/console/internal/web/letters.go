package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/bus"
)

const (
	// shownLetters is how many dead letters a page of the list has, maxLetters how many of the newest are looked at.
	shownLetters, maxLetters = 25, 500
)

// letterList is one page of the dead letters, the newest first.
type letterList struct {
	paging
	Rows   []bus.Letter
	Text   string
	Failed bool
}

// readLetters returns the page of dead letters that a query asks for.
func (w *Web) readLetters(r *http.Request, q url.Values, size int) letterList {
	l := letterList{Text: searched(q)}
	l.paging = newPaging("/pipeline/letters", chosen("q", l.Text), q.Get("page"))
	var all []bus.Letter
	all, l.Failed = w.letters(r.Context(), maxLetters)
	var found []bus.Letter
	text := strings.ToLower(l.Text)
	for _, letter := range all {
		if text == "" || strings.Contains(strings.ToLower(letter.Subject+"\n"+letter.Source+"\n"+letter.Reason), text) {
			found = append(found, letter)
		}
	}
	from, to := l.cut(len(found), size)
	l.Rows = found[from:to]
	return l
}

// deadLetters serves the list of what could not be processed or delivered.
func (w *Web) deadLetters(rw http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("format") == "csv" {
		w.deadLettersCSV(rw, r)
		return
	}
	p := w.newPage(rw, r)
	l := w.readLetters(r, r.URL.Query(), shownLetters)
	p.Query = address("", l.query)
	p.Title, p.Content = p.Say("Dead letters", "死信"), &l
	w.render(rw, http.StatusOK, "letters", p)
}

// deadLettersCSV answers with the newest dead letters that pass the filter.
func (w *Web) deadLettersCSV(rw http.ResponseWriter, r *http.Request) {
	l := w.readLetters(r, r.URL.Query(), maxLetters)
	if l.Failed {
		http.Error(rw, "the dead letters could not be read; try again", http.StatusServiceUnavailable)
		return
	}
	f := newFile(rw, "letters.csv", "seq", "time", "subject", "source", "reason", "bytes", "text")
	for i := range l.Rows {
		d := &l.Rows[i]
		f.row([]string{strconv.FormatUint(d.Seq, 10), instant(&d.Time), d.Subject, d.Source, d.Reason, count(len(d.Data)), pipeline.Beginning(d.Data)})
	}
	f.Flush()
}

// Beginning returns the first bytes of a message as text.
func (s speaker) Beginning(data []byte) string { return pipeline.Beginning(data) }
