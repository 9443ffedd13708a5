package feishu

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/group"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/shared/incident"
)

const (
	botSecret = "TOPSECRET-of-the-bot"
	hook      = "/open-apis/bot/v2/hook/0123-token"
)

// botServer answers by the documented rules: address, size, signature and its time, keyword, mentions of known people.
func botServer(t *testing.T, keyword string, seen func(note)) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		say := func(status, code int, msg string) {
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"code":%d,"msg":%q,"data":{}}`, code, msg)
		}
		var n note
		at, bad := int64(0), error(nil)
		if json.Unmarshal(data, &n) == nil {
			at, bad = strconv.ParseInt(n.Timestamp, 10, 64)
		}
		switch {
		case err != nil || r.URL.Path != hook:
			say(400, 19001, "param invalid: incoming webhook access token invalid "+r.URL.Path)
		case len(data) > 20<<10 || n.Type != "interactive" || n.Card.Header.Title.Content == "" || len(n.Card.Elements) == 0:
			say(400, 9499, "Bad Request")
		case bad != nil || math.Abs(float64(time.Now().Unix()-at)) > 3600 || n.Sign != Sign(botSecret, n.Timestamp):
			say(200, 19021, "sign match fail or timestamp is not within one hour from current time")
		case !strings.Contains(string(data), keyword):
			say(200, 19024, "Key Words Not Found")
		default:
			seen(n)
			fmt.Fprint(w, `{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}`)
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func bot(t *testing.T, url, secret string, o group.Options) *Bot {
	t.Helper()
	b, err := NewBot(BotSettings{URL: url, Timeout: 5 * time.Second, Secret: secret, Group: o})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// TestSignVector is the documented rule with fixed input, computed with Python's hmac.
func TestSignVector(t *testing.T) {
	if got, want := Sign("demo", "1599360473"), "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8="; got != want {
		t.Errorf("sign = %s, want %s", got, want)
	}
}

func TestBot(t *testing.T) {
	var got note
	url := botServer(t, "预警", func(n note) { got = n })
	b := bot(t, url+hook, botSecret, group.Options{Keyword: "预警", AtUserIDs: []string{"ou_1"}})
	if _, err := b.Send(t.Context(), sample(incident.ReasonOpened)); err != nil {
		t.Fatal(err)
	}
	if s := text(got.Card); !strings.Contains(s, "<at id=ou_1></at>") || !got.Card.Config.Shared {
		t.Errorf("opening: %s", s)
	}
	m := sample(incident.ReasonMoved)
	m.Known = true
	if _, err := b.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if s := text(got.Card); strings.Contains(s, "ou_1") || strings.Contains(s, "增加数据文件") {
		t.Errorf("a moved forecast: %s", s)
	}
}

// TestBotFits: long messages keep their button.
func TestBotFits(t *testing.T) {
	var got note
	b := bot(t, botServer(t, "", func(n note) { got = n })+hook, botSecret, group.Options{})
	for n := range 30 {
		m := sample(incident.ReasonOpened)
		m.Text.When = strings.Repeat("\"", n*500)
		for range n * 10 {
			m.Text.Why = append(m.Text.Why, strings.Repeat("很<\\>", n))
		}
		if n%2 == 1 {
			m.Text.Body = strings.Repeat("一二三\n", n*400)
		}
		if _, err := b.Send(t.Context(), m); err != nil {
			t.Fatalf("%d lines: %v", n, err)
		}
		if s := text(got.Card); !strings.HasSuffix(s, m.Text.URL) || strings.ContainsRune(s, '\uFFFD') {
			t.Errorf("%d lines: %s", n, s)
		}
	}
}

func TestBotRefusals(t *testing.T) {
	url := botServer(t, "预警", func(note) {})
	f := func(name, url, secret string, o group.Options, remedy string) {
		t.Helper()
		_, err := bot(t, url, secret, o).Send(t.Context(), sample(incident.ReasonOpened))
		var e *delivery.Error
		if !errors.As(err, &e) || !e.Channel || !strings.Contains(e.Remedy, remedy) || strings.Contains(err.Error(), "SECRET") || strings.Contains(err.Error(), "token-x") {
			t.Errorf("%s: %v", name, err)
		}
	}
	f("wrong secret", url+hook, "OTHERSECRET", group.Options{Keyword: "预警"}, "secret")
	f("no secret", url+hook, "", group.Options{Keyword: "预警"}, "secret")
	f("no keyword", url+hook, botSecret, group.Options{}, "keyword")
	f("wrong address", url+"/open-apis/bot/v2/hook/token-x", botSecret, group.Options{Keyword: "预警"}, "URL")
}

func TestBotDocument(t *testing.T) {
	var got note
	b := bot(t, botServer(t, "", func(n note) { got = n })+hook, botSecret, group.Options{AtAll: true})
	d := &message.Document{Subject: "每日摘要", Markdown: "**一**", URL: "https://ops.example/digest"}
	if _, err := b.Send(t.Context(), delivery.Message{ID: "d", Document: d}); err != nil {
		t.Fatal(err)
	}
	if want := "blue 每日摘要\nmarkdown: **一**\nbutton: 每日摘要 https://ops.example/digest"; text(got.Card) != want {
		t.Errorf("document:\n%s\nwant:\n%s", text(got.Card), want)
	}
}

// TestLiveBot sends one message to a real bot when its address is given.
func TestLiveBot(t *testing.T) {
	url := os.Getenv("FOREWARN_FEISHU_URL")
	if url == "" {
		t.Skip("FOREWARN_FEISHU_URL (and FOREWARN_FEISHU_SECRET) are not set: not run against the live service")
	}
	if _, err := bot(t, url, os.Getenv("FOREWARN_FEISHU_SECRET"), group.Options{}).Send(t.Context(), sample(incident.ReasonOpened)); err != nil {
		t.Fatal(err)
	}
}
