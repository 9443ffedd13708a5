package gallery

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"

	"github.com/forewarn/forewarn/shared/i18n"
)

// chat is what a telephone shows of one platform.
type chat struct {
	Platform i18n.Text
	Class    string
	Bubbles  []bubble
}

// chatPage is the page that draws chats side by side.
type chatPage struct {
	Language i18n.Language
	Chats    []chat
}

//go:embed chats.html
var chatsHTML string

// Say chooses the language of a phrase.
func (p chatPage) Say(en, zh string) string { return i18n.Text{En: en, Zh: zh}.In(p.Language) }

// Pick is the same of a text.
func (p chatPage) Pick(t i18n.Text) string { return t.In(p.Language) }

// render writes the page.
func (p chatPage) render() ([]byte, error) {
	t, err := template.New("chats").Parse(chatsHTML)
	if err != nil {
		return nil, fmt.Errorf("page of chats: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return nil, fmt.Errorf("page of chats: %w", err)
	}
	return b.Bytes(), nil
}

// ServeHTTP shows the page of the language that is asked for.
func (g *gallery) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	page, err := g.chats(i18n.Language(r.URL.Query().Get("lang")))
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write(page) //nolint:errcheck,gosec // the browser is gone; the page is of a template that escapes
}
