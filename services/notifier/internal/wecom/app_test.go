package wecom

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

const corpSecret = "TOPSECRET-of-the-app"

// company answers as the API does: tokens that end, known members, sizes, uploads, and its own look for repeats.
type company struct {
	t        *testing.T
	tokens   int  // given out
	ended    bool // the newest token is refused, once
	seen     []letter
	repeated int
	bodies   map[string]bool
	uploads  int
	busy     string // the users for whom it has no time
}

func (c *company) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	say := func(code int, msg, more string) { fmt.Fprintf(w, `{"errcode":%d,"errmsg":%q%s}`, code, msg, more) }
	q := r.URL.Query()
	if r.URL.Path == "/cgi-bin/gettoken" {
		switch {
		case q.Get("corpid") != "ww1":
			say(40013, "invalid corpid", "")
		case q.Get("corpsecret") != corpSecret:
			say(40001, "invalid credential "+q.Get("corpsecret"), "")
		default:
			c.tokens++
			say(0, "ok", fmt.Sprintf(`,"access_token":"token-%d","expires_in":7200`, c.tokens))
		}
		return
	}
	if token := q.Get("access_token"); token != fmt.Sprintf("token-%d", c.tokens) || c.ended {
		c.ended = false
		say(42001, "access_token expired "+token, "")
		return
	}
	switch r.URL.Path {
	case "/cgi-bin/media/upload":
		file, header, err := r.FormFile("media")
		if err != nil || q.Get("type") != "image" || header.Size < 5 || header.Size > 10<<20 || header.Header.Get("Content-Type") != "image/png" {
			say(40004, "invalid media type", "")
			return
		}
		file.Close()
		c.uploads++
		say(0, "ok", `,"type":"image","media_id":"media-`+strconv.Itoa(c.uploads)+`","created_at":"1380000000"`)
	case "/cgi-bin/message/send":
		c.send(r, say)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (c *company) send(r *http.Request, say func(int, string, string)) {
	data, err := io.ReadAll(r.Body)
	var l letter
	if err != nil || json.Unmarshal(data, &l) != nil {
		say(40008, "invalid message type", "")
		return
	}
	var unknown []string
	users := strings.Split(l.Users, "|")
	for _, u := range users {
		if u == "gone" {
			unknown = append(unknown, u)
		}
	}
	switch {
	case c.busy == l.Users && c.busy != "":
		say(-1, "system busy", "")
	case l.Agent != 1000002:
		say(40056, "invalid agentid", "")
	case l.Users+l.Parties+l.Tags == "" || len(unknown) == len(users) && l.Parties+l.Tags == "":
		say(81013, "user & party & tag all invalid", "")
	case l.Card != nil && (l.Card.Title == "" || l.Card.Description == "" || l.Card.URL == "" || len([]rune(l.Card.Title)) > 128 || len([]rune(l.Card.Description)) > 512):
		say(40058, "textcard", "")
	case l.Markdown != nil && len(l.Markdown.Content) > 2048, l.Text != nil && len(l.Text.Content) > 2048:
		say(45002, "content size out of limit", "")
	case l.Once == 1 && l.Within > 0 && l.Within <= 4*60*60 && c.bodies[string(data)]:
		c.repeated++
		say(0, "ok", `,"msgid":"m"`)
	default:
		c.bodies[string(data)] = true
		c.seen = append(c.seen, l)
		say(0, "ok", fmt.Sprintf(`,"invaliduser":%q,"msgid":"m"`, strings.Join(unknown, "|")))
	}
}

func app(t *testing.T, o Options, secret string) (*App, *company) {
	t.Helper()
	c := &company{t: t, bodies: map[string]bool{}}
	srv := httptest.NewServer(c)
	t.Cleanup(srv.Close)
	o.CorpID, o.AgentID = "ww1", 1000002
	a, err := NewApp(AppSettings{URL: srv.URL, Timeout: 5 * time.Second, Secret: secret, Options: o})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a, c
}

// TestAppEditions: members read their own language, and who has the message is not sent it again while others wait; with departments
// there is one message for all.
func TestAppEditions(t *testing.T) {
	message := func() delivery.Message {
		m := sample(incident.ReasonOpened)
		m.To = []person.Person{{Name: "wang", WeComUserID: "wang"}}
		english := m.Text
		english.What, english.Language = "[Critical] full", i18n.English
		m.Others = []delivery.Edition{{Mark: "en.UTC", Text: english, To: []person.Person{{Name: "ana", WeComUserID: "ana"}, {Name: "rui", WeComUserID: "rui"}}}}
		return m
	}
	a, c := app(t, Options{ToUsers: []string{"li.wei", "rui"}}, corpSecret)
	c.busy = "ana|rui"
	if _, err := a.Send(t.Context(), message()); err == nil {
		t.Fatal("somebody was not told, and there is no error")
	}
	c.busy = ""
	c.bodies = map[string]bool{} // so that a repeat would be seen
	if sent, err := a.Send(t.Context(), message()); err != nil || sent.Missed != "" {
		t.Fatalf("%+v, %v", sent, err)
	}
	var got []string
	for _, l := range c.seen {
		_, title, _ := strings.Cut(l.Card.Title, " ") // without the symbol
		got = append(got, l.Users+": "+string([]rune(title)[:4]))
	}
	if diff := cmp.Diff([]string{"li.wei|wang: 【严重】", "ana|rui: ［Cri"}, got); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	m := message()
	m.ID, m.Incident.Version, m.Others[0].To = "2", 2, []person.Person{{Name: "gone", WeComUserID: "gone"}}
	if sent, err := a.Send(t.Context(), m); err != nil || !strings.Contains(sent.Missed, "members who read en: WeCom refused with errcode 81013") {
		t.Errorf("an edition that reaches nobody: %+v, %v", sent, err)
	}
	a, c = app(t, Options{ToParties: []string{"2"}}, corpSecret)
	if _, err := a.Send(t.Context(), message()); err != nil || len(c.seen) != 1 || c.seen[0].Users != "wang|ana|rui" {
		t.Errorf("with a department: %+v, %v", c.seen, err)
	}
}

func TestApp(t *testing.T) {
	a, c := app(t, Options{ToUsers: []string{"li.wei"}, ToParties: []string{"2"}}, corpSecret)
	m := sample(incident.ReasonOpened)
	m.Picture, m.To = png, []person.Person{{Name: "wang", WeComUserID: "wang"}, {Name: "zhao"}}
	for range 2 { // the second as after an answer that was lost
		if sent, err := a.Send(t.Context(), m); err != nil || sent != (delivery.Sent{}) {
			t.Fatalf("%+v, %v", sent, err)
		}
	}
	if c.tokens != 1 || c.repeated != 1 || c.uploads != 2 {
		t.Errorf("%d tokens, %d repeats seen through, %d uploads", c.tokens, c.repeated, c.uploads)
	}
	l := c.seen[0]
	if l.Users != "li.wei|wang" || l.Parties != "2" || l.Card.URL != "https://ops.example/incidents/1#v1" || l.Card.Button != "查看详情" || c.seen[1].Image.ID != "media-1" {
		t.Errorf("letter: %+v %+v", l, l.Card)
	}
	if want := `<div class="highlight">预计 1月30日</div>` + "\n\n" + `<div class="normal">每天增长</div>` + "\n\n" + `<div class="gray">建议处理：增加数据文件</div>`; l.Card.Description != want {
		t.Errorf("description %q, want %q", l.Card.Description, want)
	}
	c.ended = true
	m.Reason, m.Incident.Version = incident.ReasonResolved, 2
	if _, err := a.Send(t.Context(), m); err != nil || c.tokens != 2 {
		t.Errorf("after the token's end: %v, %d tokens", err, c.tokens)
	}
}

// TestAppMissed: who is not reached by a message that was accepted is told.
func TestAppMissed(t *testing.T) {
	a, _ := app(t, Options{ToUsers: []string{"li.wei", "gone"}}, corpSecret)
	sent, err := a.Send(t.Context(), sample(incident.ReasonOpened))
	if err != nil || !strings.Contains(sent.Missed, `users "gone"`) {
		t.Errorf("%+v, %v", sent, err)
	}
}

func TestAppRefusals(t *testing.T) {
	f := func(name string, o Options, secret, remedy string) {
		t.Helper()
		a, c := app(t, o, secret)
		for range 3 {
			_, err := a.Send(t.Context(), sample(incident.ReasonOpened))
			var e *delivery.Error
			if !errors.As(err, &e) || !e.Channel || !strings.Contains(e.Remedy, remedy) || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if c.tokens > 1 {
			t.Errorf("%s: %d tokens", name, c.tokens)
		}
	}
	f("wrong secret", Options{ToUsers: []string{"li.wei"}}, "OTHERSECRET", "secret")
	f("nobody known", Options{ToUsers: []string{"gone"}}, corpSecret, "to_users")
	f("nobody", Options{}, corpSecret, "wecom_user_id")
}

// TestAppFits: in each format, long messages keep within the limits.
func TestAppFits(t *testing.T) {
	for _, format := range []string{Card, Markdown} {
		for _, url := range []string{"", "https://ops.example/incidents/1"} {
			a, c := app(t, Options{ToUsers: []string{"@all"}, Format: format}, corpSecret)
			for n := range 30 {
				m := sample(incident.ReasonOpened)
				m.Text.URL, m.Incident.Version, m.Text.What = url, n+1, strconv.Itoa(n)+strings.Repeat("长", n*40+1)
				for range n {
					m.Text.Why = append(m.Text.Why, strings.Repeat("很<长>", n))
				}
				if _, err := a.Send(t.Context(), m); err != nil {
					t.Fatalf("%s, %q, %d lines: %v", format, url, n, err)
				}
			}
			if len(c.seen) != 30 {
				t.Errorf("%s: %d messages", format, len(c.seen))
			}
		}
	}
}

func TestAppDocument(t *testing.T) {
	d := &message.Document{Subject: "每日摘要", Plain: "一\n二 http://evil", Markdown: "### 每日摘要", URL: "https://ops.example/digest", Images: []message.Image{{ID: "a", PNG: png}}}
	for format, want := range map[string]string{"": "textcard image", Markdown: "markdown image"} {
		a, c := app(t, Options{ToTags: []string{"1"}, Format: format}, corpSecret)
		if _, err := a.Send(t.Context(), delivery.Message{ID: "d", Document: d}); err != nil {
			t.Fatal(err)
		}
		if len(c.seen) != 2 || c.seen[0].Type+" "+c.seen[1].Type != want {
			t.Errorf("format %q: %+v", format, c.seen)
		}
		if card := c.seen[0].Card; card != nil && (card.Description != "一\n二 http：//evil" || card.Title != "每日摘要") {
			t.Errorf("card: %+v", card)
		}
	}
}

func TestAppProblems(t *testing.T) {
	var keys []string
	o := Options{Format: "x", ToUsers: []string{"a|b"}}
	o.Problems("", func(key, _ string) { keys = append(keys, key) })
	if want := []string{"corp_id", "agent_id", "secret", "message_type", "to_users"}; !slices.Equal(keys, want) {
		t.Errorf("problems of %v, want %v", keys, want)
	}
}

// TestLiveApp sends one message by a real application when it is given.
func TestLiveApp(t *testing.T) {
	agent, err := strconv.Atoi(os.Getenv("FOREWARN_WECOM_AGENT_ID"))
	if err != nil {
		t.Skip("FOREWARN_WECOM_AGENT_ID (and _CORP_ID, _SECRET, _USER) are not set: not run against the live service")
	}
	a, err := NewApp(AppSettings{URL: AppURL, Timeout: 10 * time.Second, Secret: os.Getenv("FOREWARN_WECOM_SECRET"), Options: Options{
		CorpID: os.Getenv("FOREWARN_WECOM_CORP_ID"), AgentID: agent, ToUsers: []string{os.Getenv("FOREWARN_WECOM_USER")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	if sent, err := a.Send(t.Context(), sample(incident.ReasonOpened)); err != nil || sent.Missed != "" {
		t.Fatalf("%+v, %v", sent, err)
	}
}
