package dingtalk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/group"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/incident"
)

const (
	secret = "SEC000000000000000000000"
	token  = "0123456789abcdef"
)

func sample(why incident.Reason) delivery.Message {
	return delivery.Message{
		ID: "01KFYV8M40AAAAAAAAAAAAAAAA.1.ops", Reason: why,
		Text: message.Text{What: "【严重】LEDGER_DATA 将满 @all [x](http://evil)", When: "预计 1月30日", Why: []string{"每天增长"}, URL: "https://ops.example/incidents/1", URLLabel: "查看详情"},
	}
}

// robotServer answers by the documented rules: it verifies token, time and signature, size and content type.
func robotServer(t *testing.T, seen func(body)) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		say := func(code int, msg string) { fmt.Fprintf(w, `{"errcode":%d,"errmsg":%q}`, code, msg) }
		data, err := io.ReadAll(r.Body)
		q := r.URL.Query()
		ms, bad := time.ParseDuration(q.Get("timestamp") + "ms")
		var b body
		switch {
		case err != nil || r.URL.Path != "/robot/send":
			w.WriteHeader(http.StatusNotFound)
		case q.Get("access_token") != token:
			say(300005, "token is not exist: "+q.Get("access_token"))
		case !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
			say(43004, "invalid content type")
		case len(data) > MaxBody:
			say(460101, "message too long, exceed 20000 bytes")
		case bad != nil || time.Since(time.UnixMilli(0).Add(ms)).Abs() > time.Hour:
			say(310000, "invalid timestamp")
		case q.Get("sign") != Sign(secret, q.Get("timestamp")):
			say(310000, "sign not match, more: [https://ding-doc.dingtalk.com]")
		case json.Unmarshal(data, &b) != nil:
			say(40035, "缺少参数 json")
		case b.Type == "actionCard" && (b.Card == nil || b.Card.Title == "" || b.Card.Text == "" || b.Card.Button == "" || b.Card.URL == "" || b.At != nil):
			say(40035, "缺少参数 actionCard")
		case b.Type == "markdown" && (b.Markdown == nil || b.Markdown.Title == "" || b.Markdown.Text == ""):
			say(40035, "缺少参数 markdown")
		default:
			seen(b)
			say(0, "ok")
		}
	}))
	t.Cleanup(srv.Close)
	return srv
}

func robot(t *testing.T, s Settings) *Robot {
	t.Helper()
	s.Timeout = 5 * time.Second
	r, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// TestSignVector is the documented rule with fixed input, computed with openssl.
func TestSignVector(t *testing.T) {
	if got, want := Sign("this is secret", "1577262236757"), "hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM="; got != want {
		t.Errorf("sign = %s, want %s", got, want)
	}
}

func TestSend(t *testing.T) {
	var got body
	srv := robotServer(t, func(b body) { got = b })
	r := robot(t, Settings{URL: srv.URL + "/robot/send?access_token=" + token, Secret: secret, Group: group.Options{AtMobiles: []string{"13800000000"}, Keyword: "预警"}})
	if _, err := r.Send(t.Context(), sample(incident.ReasonOpened)); err != nil {
		t.Fatal(err)
	}
	text := got.Markdown.Text
	if got.Type != "markdown" || !strings.HasPrefix(got.Markdown.Title, "预警 【严重】") || len(got.At.Mobiles) != 1 {
		t.Errorf("body: %+v", got)
	}
	if !strings.Contains(text, "@13800000000") || strings.Contains(text, "@all") || strings.Contains(text, "](http://evil") || !strings.Contains(text, "](https://ops.example/incidents/1)") {
		t.Errorf("text: %s", text)
	}
	if _, err := r.Send(t.Context(), sample(incident.ReasonResolved)); err != nil {
		t.Fatal(err)
	}
	if len(got.At.Mobiles) != 0 || strings.Contains(got.Markdown.Text, "@138") {
		t.Errorf("a resolution mentions people: %+v", got)
	}
}

// TestCard: what mentions nobody is a card whose button opens the page, what mentions somebody is not.
func TestCard(t *testing.T) {
	var got body
	srv := robotServer(t, func(b body) { got = b })
	r := robot(t, Settings{URL: srv.URL + "/robot/send?access_token=" + token, Secret: secret, Options: Options{Card: true}})
	m := sample(incident.ReasonOpened)
	m.Text.What += strings.Repeat("长", 100)
	for range 100 {
		m.Text.Why = append(m.Text.Why, strings.Repeat("很长", 20))
	}
	if _, err := r.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got.Type != "actionCard" || got.Card.URL != m.Text.URL || got.Card.Button != "查看详情" || strings.Contains(got.Card.Text, "](") {
		t.Errorf("card: %+v", got.Card)
	}
	if n := len([]rune(got.Card.Text)); n > maxCardText || n < maxCardText/2 || len([]rune(got.Card.Title)) > maxCardTitle {
		t.Errorf("text of %d characters, title %q", n, got.Card.Title)
	}
	m.To = []person.Person{{Name: "li.wei", Phone: "+8613800000000"}, {Name: "wang", DingTalkUserID: "manager7"}}
	if _, err := r.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got.Type != "markdown" || !strings.HasSuffix(got.Markdown.Text, "@13800000000 @manager7") || len(got.At.UserIDs) != 1 {
		t.Errorf("message that mentions: %+v", got)
	}
}

// TestDocument: a document goes as its card.
func TestDocument(t *testing.T) {
	var got body
	srv := robotServer(t, func(b body) { got = b })
	r := robot(t, Settings{URL: srv.URL + "/robot/send?access_token=" + token, Secret: secret, Group: group.Options{AtAll: true}})
	m := delivery.Message{ID: "digest.ops", Document: &message.Document{Subject: "每日摘要", Markdown: "### 每日摘要\n\n" + strings.Repeat("- 长长\n", 10_000)}}
	if _, err := r.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got.Markdown.Title != "每日摘要" || !strings.HasPrefix(got.Markdown.Text, "### 每日摘要\n\n- 长长") || got.At != nil {
		t.Errorf("document: %.100s %+v", got.Markdown.Text, got.At)
	}
}

func TestLongMessageFits(t *testing.T) {
	var got body
	srv := robotServer(t, func(b body) { got = b })
	r := robot(t, Settings{URL: srv.URL + "/robot/send?access_token=" + token, Secret: secret})
	m := sample(incident.ReasonOpened)
	for range 100 {
		m.Text.Why = append(m.Text.Why, strings.Repeat(`\"&<长`, 100))
	}
	if _, err := r.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(got.Markdown.Text, "(https://ops.example/incidents/1)") {
		t.Errorf("the link was lost: …%s", got.Markdown.Text[len(got.Markdown.Text)-80:])
	}
}

func TestRefusals(t *testing.T) {
	srv := robotServer(t, func(body) {})
	f := func(name, url, secret, remedy string) {
		t.Helper()
		_, err := robot(t, Settings{URL: url, Secret: secret}).Send(t.Context(), sample(incident.ReasonOpened))
		var e *delivery.Error
		if !errors.As(err, &e) || e.Permanent || !e.Channel || !strings.Contains(e.Remedy, remedy) {
			t.Errorf("%s: %+v", name, err)
			return
		}
		if s := err.Error(); strings.Contains(s, "wrong-token") || strings.Contains(s, token) || strings.Contains(s, "SEC0") {
			t.Errorf("%s: the error holds a secret: %s", name, s)
		}
	}
	f("wrong secret", srv.URL+"/robot/send?access_token="+token, "SEC1", "secret")
	f("wrong token", srv.URL+"/robot/send?access_token=wrong-token", secret, "access_token")
	f("wrong path", srv.URL+"/robot?access_token="+token, secret, "URL")
}

// TestCodes says what each documented code means.
func TestCodes(t *testing.T) {
	r := &Robot{token: token}
	const again, message, channel = "", "message", "channel" // whose fault it is, if another attempt needs more than time
	f := func(reply, fault string, retryAfter time.Duration, remedy string) {
		t.Helper()
		err := r.judge([]byte(reply))
		var e *delivery.Error
		if !errors.As(err, &e) || e.Permanent != (fault == message) || e.Channel != (fault == channel) || e.RetryAfter != retryAfter || !strings.Contains(e.Remedy, remedy) {
			t.Errorf("%s: %+v", reply, err)
		}
	}
	f(`{"errcode":-1,"errmsg":"system busy"}`, again, 0, "busy")
	f(`{"status":1111,"wait":5,"source":"x5","punish":"deny","errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}`, again, pause, "rate_per_minute")
	f(`{"errcode":410100,"errmsg":"发送速度太快而限流"}`, again, pause, "rate_per_minute")
	f(`{"errcode":310000,"errmsg":"keywords not in content"}`, channel, 0, "keyword")
	f(`{"errcode":310000,"errmsg":"description:关键词不匹配"}`, channel, 0, "keyword")
	f(`{"errcode":310000,"errmsg":"sign not match"}`, channel, 0, "secret")
	f(`{"errcode":310000,"errmsg":"ip 1.2.3.4 not in whitelist"}`, channel, 0, "address")
	f(`{"errcode":310000,"errmsg":"invalid timestamp"}`, channel, 0, "clock")
	f(`{"errcode":400013,"errmsg":"群已被解散"}`, channel, 0, "group")
	f(`{"errcode":400102,"errmsg":"机器人已停用"}`, channel, 0, "robot")
	f(`{"errcode":430104,"errmsg":"含有不合适的内容"}`, message, 0, "content")
	f(`{"errcode":460101,"errmsg":"message too long"}`, message, 0, "too long")
	f(`{"errcode":300005,"errmsg":"token is not exist"}`, channel, 0, "access_token")
	f(`{"errcode":777,"errmsg":"new"}`, channel, 0, "table")
	f(`<html>proxy</html>`, again, 0, "URL")
	f(`{}`, again, 0, "URL")
	f(``, again, 0, "URL")
	if err := r.judge([]byte(`{"errcode":0,"errmsg":"ok"}`)); err != nil {
		t.Errorf("success: %v", err)
	}
}

func FuzzJudge(f *testing.F) {
	f.Add([]byte(`{"errcode":310000,"errmsg":"sign not match"}`))
	r := &Robot{token: token}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := r.judge(data); err != nil && strings.Contains(err.Error(), token) {
			t.Errorf("the error holds the token: %v", err)
		}
	})
}

// TestLive sends one message to a real robot when its address is given.
func TestLive(t *testing.T) {
	url := os.Getenv("FOREWARN_DINGTALK_URL")
	if url == "" {
		t.Skip("FOREWARN_DINGTALK_URL (and FOREWARN_DINGTALK_SECRET) are not set: not run against the live service")
	}
	r := robot(t, Settings{URL: url, Secret: os.Getenv("FOREWARN_DINGTALK_SECRET")})
	if _, err := r.Send(t.Context(), sample(incident.ReasonOpened)); err != nil {
		t.Fatal(err)
	}
}
