package web

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/inventory"
)

// shownTargets is how many targets a page of the list has.
const shownTargets = 100

// targetList is one page of what collectors read from: those in trouble first.
type targetList struct {
	paging
	Rows []inventory.Target
	// Total counts them all, Down those that could not be read when they were last.
	Total, Down    int
	Text, State    string
	Absent, Failed bool // nobody keeps a history, or it did not answer
}

func newTargetList(q url.Values) *targetList {
	l := &targetList{Text: searched(q), State: q.Get("state")}
	l.paging = newPaging("/pipeline/targets", chosen("q", l.Text, "state", l.State), q.Get("page"))
	return l
}

// readTargets fills a page of the list and returns it.
func (w *Web) readTargets(ctx context.Context, l *targetList, size int) *targetList {
	all, err := w.settings.Source.Targets(ctx)
	w.complain(ctx, "targets cannot be read", err)
	l.Absent = errors.Is(err, pipeline.ErrNoHistory)
	l.Failed = err != nil && !l.Absent
	var found []inventory.Target
	text := strings.ToLower(l.Text)
	for _, t := range all {
		l.Total++
		if !t.Up {
			l.Down++
		}
		if (l.State != "down" || !t.Up) && matchesTarget(&t, text) {
			found = append(found, t)
		}
	}
	slices.SortStableFunc(found, func(a, b inventory.Target) int { return digit(a.Up) - digit(b.Up) })
	from, to := l.cut(len(found), size)
	l.Rows = found[from:to]
	return l
}

// digit is 1 for what is, else 0.
func digit(is bool) int {
	if is {
		return 1
	}
	return 0
}

func matchesTarget(t *inventory.Target, text string) bool {
	return text == "" || strings.Contains(strings.ToLower(t.Job), text) || strings.Contains(strings.ToLower(t.Instance), text) ||
		strings.Contains(strings.ToLower(t.Labels["host"]), text)
}

// targets serves the list of targets.
func (w *Web) targets(rw http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("format") == "csv" {
		w.targetsCSV(rw, r)
		return
	}
	p := w.newPage(rw, r)
	l := w.readTargets(r.Context(), newTargetList(r.URL.Query()), shownTargets)
	p.Query = address("", l.query)
	p.Title, p.Content = p.Say("Targets", "采集目标"), l
	w.render(rw, http.StatusOK, "targets", p)
}

// targetsCSV answers with all targets that pass the filter.
func (w *Web) targetsCSV(rw http.ResponseWriter, r *http.Request) {
	l := w.readTargets(r.Context(), newTargetList(r.URL.Query()), pipeline.MaxSignals)
	if l.Failed {
		http.Error(rw, "the history did not answer; try again", http.StatusServiceUnavailable)
		return
	}
	f := newFile(rw, "targets.csv", "job", "instance", "up", "seen_at", "labels")
	for _, t := range l.Rows {
		f.row([]string{t.Job, t.Instance, count(digit(t.Up)), instant(&t.SeenAt), pairs(t.Labels)})
	}
	f.Flush()
}

// pairs writes labels in a line.
func pairs(labels map[string]string) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		out = append(out, name+"="+labels[name])
	}
	return strings.Join(out, " ")
}

// Pairs writes labels in a line.
func (s speaker) Pairs(labels map[string]string) string { return pairs(labels) }

// DownChoice filters targets by how they were when they were last read.
func (s speaker) DownChoice(now string) choice {
	return choice{"state", s.Say("State", "状态"), now, []option{
		{"", s.Say("all states", "全部状态")}, {"down", s.Say("cannot be read", "无法读取")},
	}}
}
