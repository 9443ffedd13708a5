package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/chart"
	"github.com/forewarn/forewarn/shared/logs"
)

// patternList is one page of the patterns of a log.
type patternList struct {
	paging
	Source             *logs.Source
	Rows               []logs.Pattern
	Total              int
	Text, Level, Order string
	Figure             figure
}

// logPath returns the address of a log's page.
func logPath(id string) string { return "/logs/" + url.PathEscape(id) }

func newPatternList(id string, q url.Values) *patternList {
	l := &patternList{Text: searched(q), Level: q.Get("level"), Order: q.Get("order")}
	l.paging = newPaging(logPath(id), chosen("q", l.Text, "level", l.Level, "order", l.Order), q.Get("page"))
	return l
}

// readLog fills a page of the list.
func (w *Web) readLog(ctx context.Context, id string, l *patternList, size int) error {
	source, patterns, err := w.settings.Source.Log(ctx, id)
	if err != nil {
		return err
	}
	l.Source, l.Total = source, len(patterns)
	f := pipeline.PatternFilter{Level: l.Level, Text: l.Text}
	patterns = slices.DeleteFunc(patterns, func(p logs.Pattern) bool { return !f.Match(&p) })
	slices.SortStableFunc(patterns, func(a, b logs.Pattern) int {
		if l.Order == "new" {
			return b.First.Compare(a.First)
		}
		return cmp.Compare(b.Lines, a.Lines)
	})
	from, to := l.cut(len(patterns), size)
	l.Rows = patterns[from:to]
	return nil
}

// log serves the page of one log, or its patterns as a file.
func (w *Web) log(rw http.ResponseWriter, r *http.Request) {
	id, file := strings.CutSuffix(r.PathValue("source"), ".csv")
	if file || r.URL.Query().Get("format") == "csv" {
		w.patternsCSV(rw, r, id)
		return
	}
	p := w.newPage(rw, r)
	l := newPatternList(id, r.URL.Query())
	if err := w.readLog(r.Context(), id, l, shownLogs); err != nil {
		w.refuseLog(rw, r, p, err)
		return
	}
	name := p.LogName(l.Source)
	l.Figure = figure{
		Path: logPath(id) + "/chart", Shown: true,
		Alt: p.Plain(p.Sayf("Lines and errors of %s by the hour", "%s 每小时的行数与错误数", name)),
	}
	p.Path, p.Query = logPath(id), address("", l.query)
	p.Title, p.Content = p.Plain(name), l
	w.render(rw, http.StatusOK, "log", p)
}

// refuseLog says why a log cannot be shown.
func (w *Web) refuseLog(rw http.ResponseWriter, r *http.Request, p *page, err error) {
	if errors.Is(err, pipeline.ErrNoLog) {
		w.say(rw, p, http.StatusNotFound, p.Say("Not found", "未找到"), p.Say("There is no such log.", "没有这个日志。"),
			p.Say("It may have made room for others, or its worker did not answer; the list of logs shows what there is.",
				"它可能已被淘汰，或其工作进程没有响应；请从日志列表查看。"))
		return
	}
	w.complain(r.Context(), "log cannot be read", err)
	w.say(rw, p, http.StatusServiceUnavailable, p.Say("Unavailable", "暂不可用"),
		p.Say("The worker that reads this log did not answer.", "读取该日志的工作进程没有响应。"), p.Say("Try again.", "请重试。"))
}

// patternsCSV answers with all patterns of a log that pass the filter.
func (w *Web) patternsCSV(rw http.ResponseWriter, r *http.Request, id string) {
	l := newPatternList(id, r.URL.Query())
	if err := w.readLog(r.Context(), id, l, pipeline.MaxSignals); err != nil {
		status := http.StatusServiceUnavailable
		if errors.Is(err, pipeline.ErrNoLog) {
			status = http.StatusNotFound
		}
		http.Error(rw, "the log could not be read: it is not known, or its worker did not answer", status)
		return
	}
	names := logs.Names()
	f := newFile(rw, "patterns.csv", append([]string{"pattern_id", "pattern", "sample", "level", "lines", "share", "first", "last", "lines_48h"}, names[:]...)...)
	for i := range l.Rows {
		p := &l.Rows[i]
		row := []string{
			p.ID, p.Text, p.Sample, p.Levels.Worst().String(), long(p.Lines), number(p.Share), instant(&p.First), instant(&p.Last),
			long(p.Hours.Sum(len(p.Hours.Counts))),
		}
		for _, n := range p.Levels {
			row = append(row, long(n))
		}
		f.row(row)
	}
	f.Flush()
}

func long(n uint64) string { return strconv.FormatUint(n, 10) }

// logChart serves the lines and errors of a log by the hour, in one form.
func (w *Web) logChart(draw form) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		p := w.newPage(rw, r)
		source, _, err := w.settings.Source.Log(r.Context(), r.PathValue("source"))
		if err != nil {
			w.refuseLog(rw, r, p, err)
			return
		}
		f := frameOf(r.URL.Query())
		f.Height, f.Language, f.Zone = smallHeight, p.Lang, p.Zone
		w.draw(rw, r, draw, barsOf(p, f, source))
	}
}

// barsOf returns the picture of a log's hours: errors below, all other lines above.
func barsOf(p *page, f chart.Frame, s *logs.Source) chart.Bars {
	b := chart.Bars{Frame: f, Unit: p.Say("lines", "行")}
	if s.Hours == nil || s.ErrorHours == nil || len(s.Hours.Counts) != len(s.ErrorHours.Counts) {
		return b
	}
	b.Bucket = time.Duration(max(1, s.Hours.Length)) * time.Second
	failed, rest := chart.Stack{Name: p.Say("errors", "错误")}, chart.Stack{Name: p.Say("other lines", "其他")}
	for i, n := range s.Hours.Counts {
		b.Starts = append(b.Starts, s.Hours.Start.Add(time.Duration(i)*b.Bucket))
		e := min(s.ErrorHours.Counts[i], n)
		failed.Counts = append(failed.Counts, float64(e))
		rest.Counts = append(rest.Counts, float64(n-e))
	}
	b.Stacks = []chart.Stack{failed, rest}
	return b
}

// LevelName names how bad lines are.
func (s speaker) LevelName(l logs.Level) string {
	switch l {
	case logs.Error:
		return s.Say("error", "错误")
	case logs.Warn:
		return s.Say("warning", "警告")
	case logs.Info:
		return s.Say("info", "信息")
	case logs.Debug:
		return s.Say("debug", "调试")
	}
	return s.Say("no level", "无级别")
}

// LevelChoice filters patterns by how bad their lines are.
func (s speaker) LevelChoice(now string) choice {
	c := choice{Name: "level", Label: s.Say("Level", "级别"), Value: now, Options: []option{{"", s.Say("all levels", "全部级别")}}}
	for l := logs.Error; l >= logs.Unknown; l-- {
		c.Options = append(c.Options, option{l.String(), s.LevelName(l)})
	}
	return c
}

// OrderChoice says in what order patterns are listed.
func (s speaker) OrderChoice(now string) choice {
	return choice{"order", s.Say("Order", "排序"), now, []option{
		{"", s.Say("most frequent first", "频次最高者在前")}, {"new", s.Say("newest first", "最新出现者在前")},
	}}
}
