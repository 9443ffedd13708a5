package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/logs"
)

// shownLogs is how many logs or patterns a page of a list has.
const shownLogs = 50

// logList is one page of the logs that are read: those with the most errors first.
type logList struct {
	paging
	Rows                []*logs.Source
	Total               int
	Missing             []int
	Text, State, Entity string
}

func newLogList(q url.Values) *logList {
	l := &logList{Text: searched(q), State: q.Get("state"), Entity: q.Get("entity")}
	l.paging = newPaging("/logs", chosen("q", l.Text, "state", l.State, "entity", l.Entity), q.Get("page"))
	return l
}

// readLogs fills a page of the list and returns it.
func (w *Web) readLogs(ctx context.Context, l *logList, size int) *logList {
	all := w.settings.Source.Logs(ctx)
	l.Total, l.Missing = len(all.Sources), all.Missing
	f := pipeline.LogFilter{Entity: l.Entity, Text: l.Text, Errors: l.State == "errors"}
	var found []*logs.Source
	for i := range all.Sources {
		if f.Match(&all.Sources[i]) {
			found = append(found, &all.Sources[i])
		}
	}
	slices.SortStableFunc(found, func(a, b *logs.Source) int {
		return cmp.Or(cmp.Compare(b.Errors, a.Errors), cmp.Compare(b.Day, a.Day))
	})
	from, to := l.cut(len(found), size)
	l.Rows = found[from:to]
	return l
}

// logs serves the list of logs.
func (w *Web) logs(rw http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("format") == "csv" {
		w.logsCSV(rw, r)
		return
	}
	p := w.newPage(rw, r)
	l := w.readLogs(r.Context(), newLogList(r.URL.Query()), shownLogs)
	p.Query = address("", l.query)
	p.Title, p.Content = p.Say("Logs", "日志"), l
	w.render(rw, http.StatusOK, "logs", p)
}

// logsCSV answers with all logs that pass the filter.
func (w *Web) logsCSV(rw http.ResponseWriter, r *http.Request) {
	l := w.readLogs(r.Context(), newLogList(r.URL.Query()), pipeline.MaxSignals)
	if len(l.Missing) > 0 && l.Total == 0 {
		http.Error(rw, "the workers that read logs did not answer; try again", http.StatusServiceUnavailable)
		return
	}
	f := newFile(rw, "logs.csv", "id", "entity", "name", "file", "service", "lines", "day", "day_errors", "patterns", "forgotten", "since", "heard")
	for _, s := range l.Rows {
		f.row([]string{
			s.ID, s.Entity.ID, s.Entity.Name, s.File, s.Service, long(s.Lines), long(s.Day), long(s.Errors), count(s.Patterns),
			long(s.Forgotten), instant(&s.Since), instant(&s.Heard),
		})
	}
	f.Flush()
}

// LogsOf returns the address of the logs of an entity and of what is in it.
func (s speaker) LogsOf(id string) string { return address("/logs", chosen("entity", id)) }

// LogName returns what a log is called: by its file, else by its service, else by what it belongs to.
func (s speaker) LogName(l *logs.Source) string { return cmp.Or(l.File, l.Service, l.Entity.Name) }

// ErrorsChoice filters logs by whether they have written errors.
func (s speaker) ErrorsChoice(now string) choice {
	return choice{"state", s.Say("State", "状态"), now, []option{
		{"", s.Say("all logs", "全部日志")}, {"errors", s.Say("with errors within a day", "一天内有错误")},
	}}
}
