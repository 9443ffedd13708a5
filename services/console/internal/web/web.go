// Package web serves the console's pages: server-rendered, of use without scripts, in every language of Forewarn.
//
// Nothing of what a page shows is trusted: names and label values come from the systems that are watched.
// They are escaped by html/template, isolated by <bdi> from the text around them, and cut. A page is
// rendered completely before its first byte is sent, so that an error never leaves half a page.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/console/internal/guard"
	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/chart"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/view"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// Settings are what the pages show and how.
type Settings struct {
	Logger *zap.Logger
	Source *pipeline.Source
	Guard  *guard.Guard
	// Calendar tells which days charts shade; nil shades nights alone.
	Calendar view.Calendar
	// Ending is closed when connections that would stay are to end.
	Ending <-chan struct{}
	// Version is shown at the foot of every page.
	Version string
	// SecureCookies marks cookies for https only.
	SecureCookies bool
	// Banner stands at the head of every page; none if it is empty.
	Banner i18n.Text
}

// Web is an http.Handler for all pages and /static/; it is safe for concurrent use.
type Web struct {
	settings  Settings
	templates map[string]*template.Template
	charts    *chart.Renderer
	version   string // of the static files
	mux       *http.ServeMux
}

// New parses the templates.
func New(s Settings) (*Web, error) {
	w := &Web{settings: s, templates: map[string]*template.Template{}, mux: http.NewServeMux()}
	var err error
	if w.charts, err = chart.New(); err != nil {
		return nil, fmt.Errorf("read fonts of charts: %w", err)
	}
	for _, name := range []string{
		"overview", "incident", "incidents", "signal", "signals", "entity", "entities", "plan", "capacity", "record", "logs", "log", "pipeline", "targets", "unread", "letters",
		"transactions", "transaction", "silences", "digest", "login", "message",
	} {
		t, err := template.New(name).Funcs(funcs()).ParseFS(templateFiles,
			"templates/layout.html", "templates/parts.html", "templates/checks.html", "templates/silenceform.html", "templates/work.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("parse page %s: %w", name, err)
		}
		w.templates[name] = t
	}
	static, err := w.static()
	if err != nil {
		return nil, err
	}
	w.mux.Handle("GET /static/", static)
	for pattern, h := range w.routes() {
		w.mux.HandleFunc(pattern, h)
	}
	return w, nil
}

// routes returns what answers which requests.
func (w *Web) routes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET /{$}":                      w.overview,
		"GET /events":                   w.events,
		"GET /incidents":                w.incidents,
		"GET /incidents.csv":            w.incidentsCSV,
		"GET /incidents/{id}":           w.incident,
		"POST /incidents/{id}/commands": w.command,
		"GET /incidents/{id}/chart.svg": w.incidentChart(w.svg()),
		"GET /incidents/{id}/chart.png": w.incidentChart(w.png()),
		"GET /signals":                  w.signals,
		"GET /signals.csv":              w.signalsCSV,
		"GET /signals/{key}":            w.signal,
		"GET /signals/{key}/chart.svg":  w.signalChart(w.svg()),
		"GET /signals/{key}/chart.png":  w.signalChart(w.png()),
		"GET /signals/{key}/spark.svg":  w.spark,
		"GET /entities":                 w.entities,
		"GET /entities.csv":             w.entitiesCSV,
		"GET /entities/{id}":            w.entity,
		"GET /capacity":                 w.capacity,
		"GET /capacity.csv":             w.capacityCSV,
		"GET /capacity/{key}":           w.plan,
		"GET /capacity/{key}/chart.svg": w.planChart(w.svg()),
		"GET /capacity/{key}/chart.png": w.planChart(w.png()),
		"GET /record":                   w.record,
		"GET /record.csv":               w.recordCSV,
		"GET /record/chart.svg":         w.reliabilityChart(w.svg()),
		"GET /record/chart.png":         w.reliabilityChart(w.png()),
		"GET /digest":                   w.digest,
		"GET /digest/{week}":            w.digest,
		"GET /report/{month}":           w.report,
		"GET /logs":                     w.logs,
		"GET /logs.csv":                 w.logsCSV,
		"GET /logs/{source}":            w.log,
		"GET /logs/{source}/chart.svg":  w.logChart(w.svg()),
		"GET /logs/{source}/chart.png":  w.logChart(w.png()),
		"GET /transactions":             w.transactions,
		"GET /transactions/{name}":      w.transaction,
		"GET /silences":                 w.silences,
		"POST /silences":                w.addSilence,
		"POST /silences/{id}/expire":    w.endSilence,
		"GET /pipeline":                 w.pipeline,
		"GET /pipeline/targets":         w.targets,
		"GET /pipeline/targets.csv":     w.targetsCSV,
		"GET /pipeline/unread":          w.unread,
		"GET /pipeline/unread.csv":      w.unreadCSV,
		"GET /pipeline/letters":         w.deadLetters,
		"GET /pipeline/letters.csv":     w.deadLettersCSV,
		"POST /login":                   w.login,
		"POST /logout":                  w.logout,
		"GET /":                         w.notFound,
	}
}

// ServeHTTP answers one request.
func (w *Web) ServeHTTP(rw http.ResponseWriter, r *http.Request) { w.mux.ServeHTTP(rw, r) }

// static serves the embedded files under a version, which lets browsers keep them.
func (w *Web) static() (http.Handler, error) {
	sum := sha256.New()
	err := fs.WalkDir(staticFiles, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := staticFiles.ReadFile(path)
		sum.Write(data)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read static files: %w", err)
	}
	w.version = hex.EncodeToString(sum.Sum(nil)[:6])
	files := http.FileServerFS(staticFiles)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("v") == w.version {
			rw.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		if r.URL.Path[len(r.URL.Path)-1] == '/' { // no listings
			w.notFound(rw, r)
			return
		}
		files.ServeHTTP(rw, r)
	}), nil
}

// page is what every template gets: how to speak, the frame, and the page's own content.
type page struct {
	speaker
	Title string
	// Refresh is after how many seconds the browser loads the page again, 0 for never.
	Refresh int
	// Forms says that people write on the page: then it loads again only where a script can see that nobody does.
	Forms bool
	// Path is the page's own address without lang and tz, for links that change them.
	Path string
	// Query is what the page was asked for beside lang and tz, as "?name=value", so that such links keep it.
	Query   string
	Static  string
	Version string
	Banner  string
	// Session says that there is a login to end.
	Session bool
	Content any
}

// refreshSeconds is how often an open page reloads itself.
const refreshSeconds = 10

// newPage fills the frame for one request.
func (w *Web) newPage(rw http.ResponseWriter, r *http.Request) *page {
	l := chooseLocale(rw, r, w.settings.SecureCookies)
	return &page{
		Banner:  w.settings.Banner.In(l.Lang),
		speaker: speaker{locale: l, Now: time.Now()},
		Path:    path.Clean("/" + r.URL.Path), // "//host" would be a link to a foreign one
		Static:  w.version, Version: strings.TrimPrefix(w.settings.Version, "forewarn "),
		Session: w.settings.Guard.Required(),
	}
}

// live makes an open page load itself again, unless the reader has paused that.
func (p *page) live(r *http.Request) {
	if r.URL.Query().Get("refresh") != "off" {
		p.Refresh = refreshSeconds
	}
}

// OtherLang is the language that the page can be switched to.
func (p *page) OtherLang() i18n.Language {
	if p.Lang == i18n.Chinese {
		return i18n.English
	}
	return i18n.Chinese
}

// LangLink is the address of the page in the other language.
func (p *page) LangLink() string {
	if p.Query == "" {
		return p.Path + "?lang=" + string(p.OtherLang())
	}
	return p.Path + p.Query + "&lang=" + string(p.OtherLang())
}

// kept is a parameter that the page was asked for and a form beside it must not lose.
type kept struct{ Name, Value string }

// Kept returns what the page was asked for beside lang and tz.
func (p *page) Kept() (out []kept) {
	q, err := url.ParseQuery(strings.TrimPrefix(p.Query, "?"))
	if err != nil {
		return nil // what it was made from was a query
	}
	for _, name := range slices.Sorted(maps.Keys(q)) {
		out = append(out, kept{name, q.Get(name)})
	}
	return out
}

// ZoneLabel names the time zone of the page's times.
func (p *page) ZoneLabel() string { return zoneLabel(p.Now.In(p.Zone)) }

// render writes a whole page, or says that it could not.
func (w *Web) render(rw http.ResponseWriter, status int, name string, p *page) {
	var buf bytes.Buffer
	if err := w.templates[name].ExecuteTemplate(&buf, "layout", p); err != nil {
		w.settings.Logger.Error("page cannot be rendered", zap.String("page", name), zap.Error(err))
		http.Error(rw, p.Say("This page cannot be shown; the log of the console says why.", "页面无法显示；原因见控制台日志。"), http.StatusInternalServerError)
		return
	}
	h := rw.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Vary", "Accept-Language, Cookie")
	rw.WriteHeader(status)
	rw.Write(buf.Bytes()) //nolint:errcheck // the client went away
}

// message is a page with one thing to say and what to do about it.
type message struct{ Text, Remedy string }

// say answers with a message page.
func (w *Web) say(rw http.ResponseWriter, p *page, status int, title, text, remedy string) {
	p.Title, p.Content = title, message{text, remedy}
	w.render(rw, status, "message", p)
}

func (w *Web) notFound(rw http.ResponseWriter, r *http.Request) {
	p := w.newPage(rw, r)
	w.say(rw, p, http.StatusNotFound, p.Say("Not found", "未找到"),
		p.Say("There is no such page.", "没有这个页面。"),
		p.Say("The overview shows what there is.", "请从总览页进入。"))
}
