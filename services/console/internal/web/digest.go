package web

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/chart"
	"github.com/forewarn/forewarn/shared/digest"
)

// digestPage is the content of the pages /digest/{week} and /report/{month}.
type digestPage struct {
	Paper *digest.Paper
	Teams choice
	// PDF, Text and JSON are the addresses of the same in forms that can be kept.
	PDF, Text, JSON string
	w               *Web
}

// digest serves the digest of a week, the present one if none is named.
func (w *Web) digest(rw http.ResponseWriter, r *http.Request) {
	w.paper(rw, r, digest.Request{Week: r.PathValue("week")})
}

// report serves the report of a month.
func (w *Web) report(rw http.ResponseWriter, r *http.Request) {
	w.paper(rw, r, digest.Request{Month: r.PathValue("month")})
}

func (w *Web) paper(rw http.ResponseWriter, r *http.Request, q digest.Request) {
	p := w.newPage(rw, r)
	q.Team, q.Language, q.Timezone = r.URL.Query().Get("team"), p.Lang, zoneFor(p)
	reply, err := w.settings.Source.Digest(r.Context(), q)
	if err != nil {
		if r.Context().Err() == nil {
			w.settings.Logger.Warn("digest cannot be read", zap.Error(err))
		}
		w.say(rw, p, http.StatusServiceUnavailable, p.Say("Risk digest", "风险周报"), p.Say("Nobody makes digests right now.", "周报服务没有响应。"),
			p.Say("Try again; the page Pipeline says what is running.", "请重试；“链路”页面显示正在运行的服务。"))
		return
	}
	if reply.Paper == nil {
		w.say(rw, p, http.StatusNotFound, p.Say("Not found", "未找到"), reply.Refusal, p.Say("The page of the present week is /digest.", "本周的页面为 /digest。"))
		return
	}
	p.Query = address("", chosen("team", q.Team))
	c := &digestPage{Paper: reply.Paper, w: w}
	c.Teams = choice{Name: "team", Label: p.Say("Team", "团队"), Value: q.Team, Options: []option{{"", p.Say("everybody", "全部")}}}
	for _, name := range reply.Teams {
		c.Teams.Options = append(c.Teams.Options, option{name, name})
	}
	form := func(f digest.Form) string {
		return address("/api/v1/digest", chosen("format", string(f), "language", string(p.Lang), "timezone", q.Timezone,
			"team", q.Team, "week", q.Week, "month", q.Month))
	}
	c.PDF, c.Text, c.JSON = form(digest.PDF), form(digest.Text), form(digest.JSON)
	p.Title, p.Content = reply.Paper.Title, c
	w.render(rw, http.StatusOK, "digest", p)
}

// zoneFor is the zone that a reader has chosen, if it has a name; else times are in the team's.
func zoneFor(p *page) string {
	if _, err := time.LoadLocation(p.ZoneName); err != nil {
		return ""
	}
	return p.ZoneName
}

// Draw draws a figure, light or dark, as a part of the page.
func (c *digestPage) Draw(f *digest.Figure, dark bool) template.HTML {
	svg, err := c.w.charts.SVG(f.Sparkline(chart.Frame{Width: 240, Height: 40, Dark: dark}))
	if err != nil {
		c.w.settings.Logger.Warn("figure of a digest cannot be drawn", zap.Error(err))
		return ""
	}
	return template.HTML(svg) //nolint:gosec // text within is escaped by the renderer
}

// Inner returns the address of a link into the console as one of this console, whatever name the notifier knows it by.
func (c *digestPage) Inner(link string) string {
	u, err := url.Parse(link)
	if err != nil || !strings.HasPrefix(u.Path, "/incidents/") {
		return ""
	}
	return u.Path
}
