package web

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/chart"
	"github.com/forewarn/forewarn/shared/view"
)

const (
	// The widths that a chart can be asked for, in CSS pixels, and what it is if nothing is said.
	leastWidth, usualWidth, mostWidth = 240, 1040, 1600
	// narrowWidth is that on a telephone.
	narrowWidth = 358
	chartHeight = 340
	// smallHeight is that of a chart among others, asked for by "small=1".
	smallHeight = 180
)

// frameOf returns the frame that a request asks for: its width, and whether it is for a dark page.
func frameOf(q url.Values) chart.Frame {
	f := chart.Frame{Width: usualWidth, Height: chartHeight, Dark: q.Get("dark") == "1"}
	if q.Get("small") == "1" {
		f.Height = smallHeight
	}
	if n, err := strconv.Atoi(q.Get("width")); err == nil {
		f.Width = min(max(n, leastWidth), mostWidth)
	}
	return f
}

// incidentChart serves the chart of an incident in one form.
func (w *Web) incidentChart(draw form) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		p := w.newPage(rw, r)
		in, err := w.settings.Source.Incident(r.Context(), r.PathValue("id"))
		if err != nil {
			w.refuseIncident(rw, r, p, err)
			return
		}
		v := w.reader(p.speaker).OfIncident(in)
		w.draw(rw, r, draw, v.Picture(frameOf(r.URL.Query()), w.course(r.Context(), v)))
	}
}

// signalChart serves the chart of a signal in one form.
func (w *Web) signalChart(draw form) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		p := w.newPage(rw, r)
		sig := w.findSignal(rw, r, p)
		if sig == nil {
			return
		}
		v := w.reader(p.speaker).OfSignal(sig)
		w.draw(rw, r, draw, v.Picture(frameOf(r.URL.Query()), w.course(r.Context(), v)))
	}
}

// spark serves the course of a signal as a picture the size of a word.
func (w *Web) spark(rw http.ResponseWriter, r *http.Request) {
	p := w.newPage(rw, r)
	sig := w.findSignal(rw, r, p)
	if sig == nil {
		return
	}
	v := w.reader(p.speaker).OfSignal(sig)
	c := v.Picture(chart.Frame{Width: 160, Height: 36, Dark: r.URL.Query().Get("dark") == "1"}, w.course(r.Context(), v))
	rw.Header().Set("Cache-Control", "private, max-age=20") // a page that is renewed need not load all of them again
	w.draw(rw, r, w.svg(), chart.Sparkline{Frame: c.Frame, History: c.History, Limit: c.Limit, Forecast: c.Forecast})
}

// reader returns for whom charts are.
func (w *Web) reader(s speaker) view.Reader {
	return view.Reader{Language: s.Lang, Zone: s.Zone, Now: s.Now, Calendar: w.settings.Calendar}
}

// course reads what a view shows, as far as there is a history.
func (w *Web) course(ctx context.Context, v view.View) view.Course {
	c, err := w.settings.Source.Course(ctx, v.Key, v.Series, v.From, v.Until)
	if err != nil && !errors.Is(err, pipeline.ErrNoHistory) && !errors.Is(err, pipeline.ErrNoSeries) && ctx.Err() == nil {
		w.settings.Logger.Warn("history cannot be read for a chart", zap.Error(err))
	}
	if v.Habit {
		c.Expected = w.settings.Source.Band(ctx, v.Key, v.Root, v.From, v.Until.Add(v.Ahead))
	}
	return c
}

// form is how a picture is written.
type form struct {
	contentType string
	write       func(chart.Picture) ([]byte, error)
}

func (w *Web) svg() form { return form{"image/svg+xml", w.charts.SVG} }
func (w *Web) png() form { return form{"image/png", w.charts.PNG} }

// draw answers with a picture.
func (w *Web) draw(rw http.ResponseWriter, r *http.Request, f form, p chart.Picture) {
	data, err := f.write(p)
	if err != nil {
		w.settings.Logger.Error("chart cannot be drawn", zap.String("path", r.Pattern), zap.Error(err))
		http.Error(rw, "the chart cannot be drawn; the log of the console says why", http.StatusInternalServerError)
		return
	}
	h := rw.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Vary", "Accept-Language, Cookie")
	rw.Write(data) //nolint:errcheck // the client went away
}

// figure is a chart in a page: its address without the query, what it shows in words, and what is missing.
type figure struct {
	Path, Alt, Missing string
	Shown              bool
	// Extra is what the picture is asked for beside how it looks.
	Extra url.Values
}

// newFigure reads what a view shows, which the request for the picture then finds read, and says what is missing.
func (w *Web) newFigure(ctx context.Context, p *page, v view.View, path string) figure {
	c, err := w.settings.Source.Course(ctx, v.Key, v.Series, v.From, v.Until)
	f := figure{Path: path, Shown: len(c.Used) > 0 || v.Foretells()}
	f.Alt = p.Plain(p.Sayf("Chart of %s: its past, its limit and what was forecast; the text beside it says the same.",
		"%s 的图表：历史、上限与预测；内容与文字一致。", v.Title))
	if v.Habit {
		f.Alt = p.Plain(p.Sayf("Chart of %s: its past, and between what it is usual; the text beside it says where it was not.",
			"%s 的图表：历史与预期范围；旁边的文字说明何时超出预期。", v.Title))
	}
	switch {
	case errors.Is(err, pipeline.ErrNoHistory):
		f.Missing = p.Say("No history is kept here, so there is no chart of the past.", "未配置历史存储，无法绘制历史曲线。")
	case errors.Is(err, pipeline.ErrNoSeries):
		f.Missing = p.Say("It is not one series, so there is no chart of its past; what it is made of has charts of its own.",
			"它不对应单一序列，因此没有历史曲线；其组成部分各有图表。")
	case err != nil:
		f.Missing = p.Say("The history did not answer in time; the chart has no past.", "历史存储未能及时响应，图表不含历史。")
	case len(c.Used) == 0:
		f.Missing = p.Say("The history has no samples of this signal for this time.", "历史存储中没有该信号这段时间的数据。")
	}
	return f
}

// Query returns the query of the figure's picture for a reader of the page.
func (f figure) Query(p *page, width int, dark bool) string {
	q := url.Values{"lang": {string(p.Lang)}, "width": {strconv.Itoa(width)}}
	if p.ZoneName != "" {
		q.Set("tz", p.ZoneName)
	}
	if dark {
		q.Set("dark", "1")
	}
	maps.Copy(q, f.Extra)
	return f.Path + ".svg?" + q.Encode()
}
