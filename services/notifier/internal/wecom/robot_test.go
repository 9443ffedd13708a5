package wecom

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
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
	"unicode/utf8"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/group"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/incident"
)

const key = "693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa"

var png = append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 100)...)

func sample(why incident.Reason) delivery.Message {
	return delivery.Message{
		ID: "01KFYV8M40AAAAAAAAAAAAAAAA.1.ops", Reason: why, Incident: &incident.Incident{ID: "01KFYV8M40AAAAAAAAAAAAAAAA", Version: 1},
		Text: message.Text{
			What: "【严重】LEDGER_DATA 将满 <@all> [x](http://evil) <font color=\"info\">", When: "预计 1月30日", Why: []string{"每天增长"}, Tone: message.ToneCritical,
			Advice: "增加数据文件", AdviceLabel: "建议处理：", URL: "https://ops.example/incidents/1", URLLabel: "查看详情",
		},
	}
}

// robotServer answers by the documented rules: key, content type, types of messages, their sizes and checksums.
func robotServer(t *testing.T, seen func(content)) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		var c content
		var code int
		var msg string
		switch {
		case err != nil || r.URL.Path != "/cgi-bin/webhook/send":
			w.WriteHeader(http.StatusNotFound)
			return
		case r.URL.Query().Get("key") != key:
			code, msg = 93000, "invalid webhook url, hint: "+r.URL.Query().Get("key")
		case json.Unmarshal(data, &c) != nil || !utf8.Valid(data):
			code, msg = 40008, "invalid message type"
		default:
			code, msg = ruled(c)
		}
		if code == 0 {
			seen(c)
		}
		fmt.Fprintf(w, `{"errcode":%d,"errmsg":%q}`, code, msg)
	}))
	t.Cleanup(srv.Close)
	return srv.URL + "/cgi-bin/webhook/send?key="
}

func ruled(c content) (code int, msg string) {
	switch c.Type {
	case "markdown":
		if c.Markdown == nil || c.Markdown.Content == "" {
			return 44004, "empty content"
		}
		if len(c.Markdown.Content) > 4096 {
			return 40058, "markdown.content exceed max length 4096"
		}
	case "text":
		if c.Text == nil || c.Text.Content == "" {
			return 44004, "empty content"
		}
		if len(c.Text.Content) > 2048 {
			return 40058, "text.content exceed max length 2048"
		}
	case "image":
		raw, err := base64.StdEncoding.DecodeString(c.Image.Base64)
		if err != nil || len(raw) > 2<<20 {
			return 40009, "invalid image size"
		}
		if sum := md5.Sum(raw); hex.EncodeToString(sum[:]) != c.Image.MD5 {
			return 301019, "image md5 not match"
		}
	default:
		return 40008, "invalid message type"
	}
	return 0, "ok"
}

func robot(t *testing.T, url string, o group.Options) *Robot {
	t.Helper()
	r, err := NewRobot(RobotSettings{URL: url, Timeout: 5 * time.Second, Group: o})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func TestRobot(t *testing.T) {
	var got []content
	r := robot(t, robotServer(t, func(c content) { got = append(got, c) })+key, group.Options{AtUserIDs: []string{"li.wei"}})
	send := func(m delivery.Message) []content {
		t.Helper()
		got = nil
		if sent, err := r.Send(t.Context(), m); err != nil || sent.Missed != "" {
			t.Fatalf("%+v, %v", sent, err)
		}
		return got
	}
	m := sample(incident.ReasonOpened)
	m.Picture = png
	m.To = []person.Person{{Name: "wang", WeComUserID: "wang"}}
	all := send(m)
	if len(all) != 2 || all[0].Type != "markdown" || all[1].Type != "image" {
		t.Fatalf("an opening with a picture: %+v", all)
	}
	text := all[0].Markdown.Content
	if !strings.HasPrefix(text, "### <font color=\"warning\">⛔ 【严重】LEDGER_DATA 将满 ＜＠all＞ ［x］") || !strings.HasSuffix(text, "[查看详情](https://ops.example/incidents/1)\n\n<@li.wei><@wang>") {
		t.Errorf("text: %s", text)
	}
	m.To = append(m.To, person.Person{Name: "zhao", Phone: "+8613800000000"})
	all = send(m)
	if all[0].Type != "text" || all[0].Text.Mobiles[0] != "13800000000" || len(all[0].Text.Users) != 2 || strings.Contains(all[0].Text.Content, "<") {
		t.Errorf("a message that mentions by number: %+v", all[0])
	}
	m.Reason, m.Known = incident.ReasonMoved, true
	all = send(m)
	if len(all) != 1 || strings.Contains(all[0].Markdown.Content, "<@") || strings.Contains(all[0].Markdown.Content, "增加数据文件") || !strings.Contains(all[0].Markdown.Content, "**预计 1月30日**") {
		t.Errorf("a moved forecast: %+v", all)
	}
}

// TestRobotFits: long messages keep their link and whole characters, also where everybody is mentioned.
func TestRobotFits(t *testing.T) {
	for _, o := range []group.Options{{}, {AtAll: true}, {AtUserIDs: []string{strings.Repeat("x", 64)}}} {
		var got content
		r := robot(t, robotServer(t, func(c content) { got = c })+key, o)
		for n := range 40 {
			m := sample(incident.ReasonOpened)
			m.Text.What = strings.Repeat("长", n*100)
			for range n {
				m.Text.Why = append(m.Text.Why, strings.Repeat("很<长>", n))
			}
			if _, err := r.Send(t.Context(), m); err != nil {
				t.Fatalf("%+v with %d lines: %v", o, n, err)
			}
			text := ""
			if got.Markdown != nil {
				text = got.Markdown.Content
			} else {
				text = got.Text.Content
			}
			if !strings.Contains(text, m.Text.URL) || strings.Count(text, "<font") != strings.Count(text, "</font>") {
				t.Errorf("%d lines: link or markup was lost: %s", n, text)
			}
		}
	}
}

// TestPictureRefused: a picture that is not accepted is said, and the message is not sent again for it.
func TestPictureRefused(t *testing.T) {
	posts := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		posts++
		fmt.Fprintf(w, `{"errcode":%d,"errmsg":"x %s"}`, map[bool]int{true: 45009}[posts > 1], key)
	}))
	t.Cleanup(srv.Close)
	m := sample(incident.ReasonOpened)
	m.Picture = png
	sent, err := robot(t, srv.URL+"?key="+key, group.Options{}).Send(t.Context(), m)
	if err != nil || !strings.Contains(sent.Missed, "picture") || strings.Contains(sent.Missed, key) {
		t.Errorf("%+v, %v", sent, err)
	}
	posts, m.Picture = 0, make([]byte, MaxPicture+1)
	if _, err := robot(t, srv.URL+"?key="+key, group.Options{}).Send(t.Context(), m); err != nil || posts != 1 {
		t.Errorf("a picture that is too large: %d posts, %v", posts, err)
	}
}

// TestRobotDocument: a document goes as its card, with its first picture.
func TestRobotDocument(t *testing.T) {
	var got []content
	r := robot(t, robotServer(t, func(c content) { got = append(got, c) })+key, group.Options{AtAll: true})
	m := delivery.Message{ID: "digest.ops", Document: &message.Document{
		Subject: "每日摘要", Markdown: "### 每日摘要\n\n" + strings.Repeat("- 一二三四五六七八九十\n", 200), Images: []message.Image{{ID: "a", PNG: png}},
	}}
	if _, err := r.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || !strings.HasSuffix(got[0].Markdown.Content, "十") || len(got[0].Markdown.Content) < 4000 {
		t.Errorf("document: %+v", got)
	}
}

// TestWrongKey: the key is in no error.
func TestWrongKey(t *testing.T) {
	_, err := robot(t, robotServer(t, func(content) {})+"wrong-key", group.Options{}).Send(t.Context(), sample(incident.ReasonOpened))
	var e *delivery.Error
	if !errors.As(err, &e) || !e.Channel || !strings.Contains(e.Remedy, "key") || strings.Contains(err.Error(), "wrong-key") {
		t.Errorf("%v", err)
	}
}

// TestCodes says what each documented code means.
func TestCodes(t *testing.T) {
	const again, message, channel = "", "message", "channel" // whose fault it is, if another attempt needs more than time
	f := func(code int, fault string, retryAfter time.Duration, remedy string) {
		t.Helper()
		_, err := read(fmt.Appendf(nil, `{"errcode":%d,"errmsg":"secret words @all"}`, code), "secret")
		var e *delivery.Error
		if !errors.As(err, &e) || e.Permanent != (fault == message) || e.Channel != (fault == channel) || e.RetryAfter != retryAfter || !strings.Contains(e.Remedy, remedy) ||
			!strings.Contains(e.What, "*** words ＠all") && !strings.Contains(e.What, "＊＊＊ words ＠all") {
			t.Errorf("%d: %+v", code, err)
		}
	}
	f(-1, again, 0, "busy")
	f(45009, again, pause, "rate_per_minute")
	f(45033, again, pause, "rate_per_minute")
	f(40058, message, 0, "report")
	f(45002, message, 0, "report")
	f(93000, channel, 0, "key")
	f(93004, channel, 0, "stopped")
	f(93008, channel, 0, "group")
	f(40001, channel, 0, "secret")
	f(40013, channel, 0, "corp_id")
	f(40014, channel, 0, "token")
	f(40056, channel, 0, "agent_id")
	f(60020, channel, 0, "address")
	f(81013, channel, 0, "to_users")
	f(48002, channel, 0, "right")
	f(777, channel, 0, "table")
	for _, reply := range []string{`<html>`, `{}`, ``} {
		if _, err := read([]byte(reply)); err == nil {
			t.Errorf("%q is accepted", reply)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"errcode":93000,"errmsg":"invalid webhook url"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := read(data, key); err != nil && strings.Contains(err.Error(), key) {
			t.Errorf("the error holds the key: %v", err)
		}
	})
}

// FuzzMarkup: whatever labels say, nothing in a message is a link, a mention, a colour or a tag but what we wrote.
func FuzzMarkup(f *testing.F) {
	f.Add("<@all> [x](http://e) <font color=\"info\">x</font> &lt;@all&gt; ![p](http://e) `c` www.e.com")
	f.Fuzz(func(t *testing.T, s string) {
		m := sample(incident.ReasonOpened)
		m.Text.What, m.Text.Cause, m.Text.When, m.Text.Why, m.Text.Advice = s, s, s, []string{s}, s
		for _, text := range []string{m.Text.In(markup(message.ToneCritical), maxMarkdown), m.Text.In(plain(), maxText), description(m.Text)} {
			ours := strings.NewReplacer("\n> ", "", `<font color="warning">`, "", "</font>", "", "[查看详情]("+m.Text.URL+")", "", m.Text.URL, "", `<div class="highlight">`, "", `<div class="normal">`, "", `<div class="gray">`, "", "</div>", "")
			if rest := ours.Replace(text); strings.ContainsAny(rest, "<>@[]`&") || strings.Contains(rest, "://") {
				t.Errorf("%q acts in %q", s, text)
			}
		}
	})
}

// TestLiveRobot sends one message to a real robot when its address is given.
func TestLiveRobot(t *testing.T) {
	url := os.Getenv("FOREWARN_WECOM_URL")
	if url == "" {
		t.Skip("FOREWARN_WECOM_URL is not set: not run against the live service")
	}
	if _, err := robot(t, url, group.Options{}).Send(t.Context(), sample(incident.ReasonOpened)); err != nil {
		t.Fatal(err)
	}
}
