package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/inventory"
)

// shownUnread is how many metrics a page of the list has.
const shownUnread = 25

// unreadList is one page of the metrics that no rule of the catalogue reads.
type unreadList struct {
	paging
	Rows []unreadRow
	// Total counts them all, Gauges those that are no counts.
	Total, Gauges  int
	Text, Kind     string
	Absent, Failed bool // nobody keeps a history, or it did not answer
}

// unreadRow is one metric with what could be written for it.
type unreadRow struct {
	inventory.Metric
	// Hint is a rule of a catalogue to begin with, "" for what no rule of this release can judge.
	Hint string
}

func newUnreadList(q url.Values) *unreadList {
	l := &unreadList{Text: searched(q), Kind: q.Get("kind")}
	l.paging = newPaging("/pipeline/unread", chosen("q", l.Text, "kind", l.Kind), q.Get("page"))
	return l
}

// find returns the names that pass the filter.
func (l *unreadList) find(names []string) (found []string) {
	text := strings.ToLower(l.Text)
	for _, name := range names {
		l.Total++
		gauge := isGauge(name)
		if gauge {
			l.Gauges++
		}
		if (gauge || l.Kind == "all") && (text == "" || strings.Contains(strings.ToLower(name), text)) {
			found = append(found, name)
		}
	}
	return found
}

// readUnread fills a page of the list and returns it.
func (w *Web) readUnread(ctx context.Context, l *unreadList, size int) *unreadList {
	names, err := w.settings.Source.Unread(ctx)
	w.complain(ctx, "names of metrics cannot be read", err)
	l.Absent = errors.Is(err, pipeline.ErrNoHistory)
	found := l.find(names)
	from, to := l.cut(len(found), size)
	metrics, err2 := w.settings.Source.Describe(ctx, names, found[from:to])
	w.complain(ctx, "series cannot be read", err2)
	l.Failed = (err != nil || err2 != nil) && !l.Absent
	for _, m := range metrics {
		l.Rows = append(l.Rows, unreadRow{m, hint(m)})
	}
	return l
}

// unread serves the list of what the catalogue does not understand.
func (w *Web) unread(rw http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("format") == "csv" {
		w.unreadCSV(rw, r)
		return
	}
	p := w.newPage(rw, r)
	l := w.readUnread(r.Context(), newUnreadList(r.URL.Query()), shownUnread)
	p.Query = address("", l.query)
	p.Title, p.Content = p.Say("Not understood", "未识别的指标"), l
	w.render(rw, http.StatusOK, "unread", p)
}

// unreadCSV answers with the names of all metrics that pass the filter.
func (w *Web) unreadCSV(rw http.ResponseWriter, r *http.Request) {
	names, err := w.settings.Source.Unread(r.Context())
	if err != nil {
		http.Error(rw, "the history did not answer; try again", http.StatusServiceUnavailable)
		return
	}
	l := newUnreadList(r.URL.Query())
	f := newFile(rw, "unread.csv", "metric", "gauge")
	for _, name := range l.find(names) {
		f.row([]string{name, count(digit(isGauge(name)))})
	}
	f.Flush()
}

// isGauge reports whether a metric's name is that of a level, which can reach a limit, and not of a count that only rises, or
// of what describes.
func isGauge(name string) bool {
	return !slices.ContainsFunc([]string{"_total", "_sum", "_count", "_bucket", "_created", "_info"}, func(end string) bool {
		return strings.HasSuffix(name, end)
	})
}

// GaugeChoice filters metrics by what can reach a limit.
func (s speaker) GaugeChoice(now string) choice {
	return choice{"kind", s.Say("Kind", "类型"), now, []option{
		{"", s.Say("levels, which can reach a limit", "可达上限的数值")},
		{"all", s.Say("counters and descriptions too", "包含计数与描述类")},
	}}
}
