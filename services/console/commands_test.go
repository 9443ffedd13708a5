package console

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// clerk obeys commands as the notifier does, and keeps them.
type clerk struct {
	mu    sync.Mutex
	got   []incident.Command
	reply incident.Reply
}

// obey starts a clerk and waits until it obeys.
func (f *fixture) obey(reply incident.Reply) *clerk {
	f.t.Helper()
	c := &clerk{reply: reply}
	f.run(func(ctx context.Context) error {
		return f.Bus.Obey(ctx, incident.Commands, func(request []byte) ([]byte, error) {
			cmd, err := incident.DecodeCommand(request)
			if err != nil {
				return nil, err
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.got = append(c.got, *cmd)
			return json.Marshal(c.reply)
		})
	})
	bustest.Until(f.t, 10*time.Second, "a clerk obeys", func() bool {
		_, err := f.Bus.Command(f.t.Context(), incident.Commands, []byte("{}"))
		return err != nil && strings.Contains(err.Error(), "schema")
	})
	return c
}

func (c *clerk) answer(r incident.Reply) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reply = r
}

func (c *clerk) last() incident.Command {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.got[len(c.got)-1]
}

const liToken = "a-token-of-li-wei-alone"

func withPeople(c *Config, _ *Settings) {
	c.Token, c.Tokens = testToken, []TokenConfig{{Name: "li.wei", Token: config.Secret(liToken)}}
}

// TestCommandByAPI: it goes on under the name of the token, and what became of it is told by status and code.
func TestCommandByAPI(t *testing.T) {
	f := start(t, nil, nil, withPeople)
	in := f.open(fault(volume("erp-01", "/u01", 0.95, 0.9), finding.Warning, time.Hour))
	path := "/api/v1/incidents/" + in.ID + "/commands"
	send := func(token, kind, body string, want int, words ...string) {
		t.Helper()
		resp, answer := f.do("POST", path, strings.NewReader(body), "Authorization", "Bearer "+token, "Content-Type", kind)
		if resp.StatusCode != want {
			t.Errorf("%s: status %d %s, want %d", body, resp.StatusCode, answer, want)
		}
		for _, w := range words {
			if !strings.Contains(answer, w) {
				t.Errorf("%s: %s does not say %s", body, answer, w)
			}
		}
	}
	const js = "application/json"
	send(liToken, js, `{"action":"acknowledge"}`, 503, `"unavailable"`)
	c := f.obey(incident.Reply{Code: incident.Done, Version: 3, Stage: incident.StageAcknowledged, Possible: []incident.Action{incident.Resolve}})
	send(liToken, js, `{"id":"a","action":"acknowledge","version":2,"text":"seen"}`, 200, `{"id":"a","repeated":false,"version":3,"stage":"acknowledged","possible":["resolve"]}`)
	if got, want := c.last(), (incident.Command{Schema: 1, ID: "a", Incident: in.ID, Version: 2, Action: incident.Acknowledge, Actor: "li.wei", Text: "seen"}); got != want {
		t.Errorf("sent on: %+v, want %+v", got, want)
	}
	send(testToken, js, `{"action":"acknowledge"}`, 200)
	if got := c.last(); got.Actor != "operator" || len(got.ID) < 16 {
		t.Errorf("sent on: %+v", got)
	}
	send("nobody-has-this-token", js, `{"action":"acknowledge"}`, 401)
	send(liToken, js, `{"action":"acknowledge","actor":"boss"}`, 400, "bad_body", "actor")
	send(liToken, js, `{"action":"link","url":"javascript:alert(1)"}`, 400, "url: is no http or https address")
	c.answer(incident.Reply{Code: incident.Repeated, Version: 3, Stage: incident.StageAcknowledged})
	send(liToken, js, `{"id":"a","action":"acknowledge"}`, 200, `"repeated":true`)
	c.answer(incident.Reply{Code: incident.NotFound, Message: i18n.Text{En: "gone"}})
	send(liToken, js, `{"action":"acknowledge"}`, 404, `"not_found"`, "gone")
	known := path
	path = "/api/v1/incidents/nothing/commands" // which never was an id
	send(liToken, js, `{"action":"acknowledge"}`, 404, `"not_found"`)
	path = known
	c.answer(incident.Reply{
		Code: incident.Conflict, Message: i18n.Text{En: "others were faster"}, Version: 4, Stage: incident.StageAssigned,
		Changes: []incident.Change{{Version: 4, Action: incident.Assign, Actor: "x"}},
	})
	send(liToken, js, `{"action":"acknowledge"}`, 409, `"code":"conflict"`, `"version":4,"stage":"assigned"`, `"changes":[{`)
	if resp, _ := f.get(path, "Authorization", "Bearer "+liToken); resp.StatusCode != 405 || resp.Header.Get("Allow") != "POST" {
		t.Errorf("GET: %d, Allow %q", resp.StatusCode, resp.Header.Get("Allow"))
	}
}

// TestCommandByForm: the page's forms work without a script, twice is once, another site's are refused, and what was not done is said.
func TestCommandByForm(t *testing.T) {
	f := start(t, nil, nil)
	in := fault(volume("erp-01", "/u01", 0.95, 0.9), finding.Warning, time.Hour)
	at := in.OpenedAt
	in.Work = incident.Work{
		Owner: "dba", Assigned: &incident.Sign{By: "li.wei", At: at}, Verdict: &incident.Verdict{Judgement: incident.Useful, Sign: incident.Sign{By: "li.wei", At: at}},
		Links: []incident.Link{{URL: "https://tickets.example/4711", Title: "<b>4711</b>", Sign: incident.Sign{By: "li.wei", At: at}}},
	}
	in.Timeline = append(in.Timeline, incident.Change{
		Time: at, Version: 3, Action: incident.Comment, Level: finding.Warning, Actor: "li.wei", Text: i18n.Text{En: "Comment", Zh: "评论"}, Note: "extending <it>\nnow",
	})
	f.open(in)
	path := "/incidents/" + in.ID
	text := f.page(path).text.String()
	for _, w := range []string{"assigned", "dba", "useful", "<b>4711</b>", "extending <it>", "Assign to me", "Acknowledge", "somebody on this machine"} {
		if !strings.Contains(text, w) {
			t.Errorf("the page does not say %q:\n%s", w, text)
		}
	}
	list := f.page("/incidents?stage=assigned").text.String()
	if !strings.Contains(list, "assigned") || !strings.Contains(list, "dba") {
		t.Errorf("the list does not tell stage and owner:\n%s", list)
	}
	c := f.obey(incident.Reply{Code: incident.Done})
	form := url.Values{"token": {"t"}, "version": {"2"}, "action": {"comment"}, "text": {"line\r\nline"}}
	post := func(form url.Values, header ...string) (*http.Response, string) {
		t.Helper()
		return f.do("POST", path+"/commands", strings.NewReader(form.Encode()), append(header, "Content-Type", "application/x-www-form-urlencoded")...)
	}
	resp, _ := post(form)
	first := c.last()
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != path+"#work" || first.Text != "line\nline" || first.Version != 2 || first.Actor != "local" {
		t.Errorf("%d to %q, sent on %+v", resp.StatusCode, resp.Header.Get("Location"), first)
	}
	if post(form); c.last().ID != first.ID {
		t.Error("the same form is another command")
	}
	form.Set("text", "other")
	if post(form); c.last().ID == first.ID {
		t.Error("another text is the same command")
	}
	n := len(c.got)
	if resp, _ := post(form, "Origin", "https://evil.example"); resp.StatusCode != http.StatusForbidden || len(c.got) != n {
		t.Errorf("from another site: %d", resp.StatusCode)
	}
	form.Set("text", " ")
	if resp, body := post(form, "Accept-Language", "zh"); resp.StatusCode != http.StatusBadRequest || !strings.Contains(body, "请先填写评论") {
		t.Errorf("an empty comment: %d", resp.StatusCode)
	}
	c.answer(incident.Reply{Code: incident.Impossible, Message: i18n.Text{En: "it is closed", Zh: "已关闭"}})
	if resp, body := post(url.Values{"action": {"resolve"}}); resp.StatusCode != http.StatusConflict || !strings.Contains(body, "it is closed") || strings.Contains(body, "http-equiv") {
		t.Errorf("impossible: %d %s", resp.StatusCode, body)
	}
}

// TestNamesOfTokens: each of its own, and none that the console uses itself.
func TestNamesOfTokens(t *testing.T) {
	f := func(words string, tokens ...TokenConfig) {
		t.Helper()
		cfg := freePort()
		cfg.Token, cfg.Tokens = testToken, tokens
		if err := cfg.Validate(); err == nil && words != "" || err != nil && (words == "" || !strings.Contains(err.Error(), words)) {
			t.Errorf("%+v: %v, want %q", tokens, err, words)
		}
	}
	f("", TokenConfig{"li.wei", liToken}, TokenConfig{"王芳", liToken + "2"})
	f("tokens[0].name", TokenConfig{"li wei", liToken})
	f("tokens[0].name", TokenConfig{"operator", liToken})
	f("tokens[1].name", TokenConfig{"a", liToken}, TokenConfig{"a", liToken + "2"})
	f("tokens[1].token", TokenConfig{"a", liToken}, TokenConfig{"b", liToken})
	f("tokens[0].token", TokenConfig{"a", testToken})
	f("tokens[0].token", TokenConfig{"a", "short"})
	f("tokens[0].token", TokenConfig{"a", ""})
}
