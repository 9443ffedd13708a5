package feishu

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/group"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/peer"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/incident"
)

var png = append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 100)...)

func sample(why incident.Reason) delivery.Message {
	return delivery.Message{
		ID: "01KFYV8M40AAAAAAAAAAAAAAAA.1.a-channel-with-a-long-name", Reason: why, Incident: &incident.Incident{ID: "01KFYV8M40AAAAAAAAAAAAAAAA", Version: 1},
		Text: message.Text{
			What: "【严重】LEDGER_DATA 将满 <at id=all></at> [x](http://evil)", When: "预计 1月30日 <at id=all></at>", Why: []string{"每天增长"}, Tone: message.ToneCritical,
			Advice: "增加数据文件", AdviceLabel: "建议处理：", URL: "https://ops.example/incidents/1", URLLabel: "查看详情",
		},
	}
}

// text returns all that a card says, a line for each element.
func text(c card) string {
	lines := []string{c.Header.Colour + " " + c.Header.Title.Content}
	for _, e := range c.Elements {
		switch {
		case e.Text != nil:
			lines = append(lines, e.Text.Tag+": "+e.Text.Content)
		case e.Tag == "action":
			lines = append(lines, "button: "+e.Actions[0].Text.Content+" "+e.Actions[0].URL)
		default:
			lines = append(lines, e.Tag+": "+e.Content+e.Picture)
		}
	}
	return strings.Join(lines, "\n")
}

func TestCard(t *testing.T) {
	got := text(cardOf(sample(incident.ReasonOpened).Text, group.Calls{UserIDs: []string{"ou_1"}, All: true}, "预警", "img_1"))
	want := strings.Join([]string{
		"red ⛔ 【严重】LEDGER_DATA 将满 <at id=all></at> [x](http：//evil)", "lark_md: **预计 1月30日 ＜at id=all＞＜/at＞**", "plain_text: • 每天增长",
		"plain_text: 建议处理：增加数据文件", "img: img_1", "lark_md: <at id=ou_1></at><at id=all></at>", "plain_text: 预警", "button: 查看详情 https://ops.example/incidents/1",
	}, "\n")
	if got != want {
		t.Errorf("card:\n%s\nwant:\n%s", got, want)
	}
	for tone, want := range map[message.Tone]string{
		message.ToneCritical: "red", message.ToneWarning: "orange", message.ToneInfo: "blue", message.ToneResolved: "green", message.ToneUnheard: "grey",
	} {
		if c := colour(tone); c != want || tone.Symbol() == "" {
			t.Errorf("%s is %s %q, want %s and a symbol", tone, c, tone.Symbol(), want)
		}
	}
}

// FuzzCard: whatever labels say, nothing in a card is a link, a mention or a tag but what we wrote.
func FuzzCard(f *testing.F) {
	f.Add("<at id=all></at> [x](http://e) &#60;at id=all&#62; ![p](http://e) <font color='red'> www.e.com")
	f.Fuzz(func(t *testing.T, s string) {
		m := sample(incident.ReasonOpened).Text
		m.What, m.Cause, m.When, m.Why, m.Advice = s, s, s, []string{s}, s
		for _, e := range cardOf(m, group.Calls{}, "", "").Elements {
			switch {
			case e.Text == nil:
			case strings.Contains(e.Text.Content, "://"):
				t.Errorf("%q links in %q", s, e.Text.Content)
			case e.Text.Tag != "plain_text" && strings.ContainsAny(strings.Trim(e.Text.Content, "*"), "<>@[]`&*"):
				t.Errorf("%q acts in %q", s, e.Text.Content)
			}
		}
	})
}

// TestCodes says what each documented code means.
func TestCodes(t *testing.T) {
	c, err := peer.New("https://open.feishu.cn", time.Second, config.ClientTLS{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	const again, message, channel = "", "message", "channel" // whose fault it is, if another attempt needs more than time
	f := func(code int, msg, fault string, retryAfter time.Duration, remedy string) {
		t.Helper()
		r := peer.Reply{Status: http.StatusBadRequest, Header: http.Header{}, Body: fmt.Appendf(nil, `{"code":%d,"msg":%q}`, code, msg+" TOPSECRET")}
		if code == 99991400 {
			r.Header.Set("x-ogw-ratelimit-reset", "52")
		}
		_, err := read(c, r, "TOPSECRET")
		var e *delivery.Error
		if !errors.As(err, &e) || e.Permanent != (fault == message) || e.Channel != (fault == channel) || e.RetryAfter != retryAfter || !strings.Contains(e.Remedy, remedy) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%d: %+v", code, err)
		}
	}
	f(11232, "frequency limited psm", again, pause, "rate_per_minute")
	f(99991400, "request trigger frequency limit", again, 52*time.Second, "rate_per_minute")
	f(230020, "This operation triggers the frequency limit", again, pause, "rate_per_minute")
	f(9499, "Bad Request", message, 0, "report")
	f(230025, "The length of the message content reaches its limit", message, 0, "report")
	f(230022, "sensitive", message, 0, "content")
	f(230001, "invalid request parameter, ext=invalid receive_id.", channel, 0, "receive_id")
	f(230001, "invalid request parameter, ext=content", message, 0, "report")
	f(19001, "param invalid: incoming webhook access token invalid", channel, 0, "URL")
	f(19021, "sign match fail or timestamp is not within one hour from current time", channel, 0, "secret")
	f(19022, "Ip Not Allowed", channel, 0, "address")
	f(19024, "Key Words Not Found", channel, 0, "keyword")
	f(10014, "app secret invalid", channel, 0, "app_id")
	f(99991663, "Invalid access token", channel, 0, "token")
	f(99991672, "Access denied", channel, 0, "grant")
	f(230002, "The bot can not be outside the group", channel, 0, "group")
	f(230013, "Bot has NO availability to this user", channel, 0, "availability")
	f(777, "new", channel, 0, "table")
	for status, permanent := range map[int]bool{200: false, 502: false, 400: true} {
		_, err := read(c, peer.Reply{Status: status, Body: []byte("<html>")})
		var e *delivery.Error
		if !errors.As(err, &e) || e.Permanent != permanent {
			t.Errorf("status %d without an answer: %v", status, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"code":19024,"msg":"Key Words Not Found"}`), 200)
	c, err := peer.New("https://open.feishu.cn", time.Second, config.ClientTLS{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte, status int) {
		if _, err := read(c, peer.Reply{Status: status, Body: data}, "TOPSECRET"); err != nil && strings.Contains(err.Error(), "TOPSECRET") {
			t.Errorf("the error holds a secret: %v", err)
		}
	})
}

func TestProblems(t *testing.T) {
	var keys []string
	bad := func(key, _ string) { keys = append(keys, key) }
	BotProblems("https://open.feishu.cn/x/TOPSECRET", &group.Options{AtMobiles: []string{"1"}}, bad)
	(&Options{ReceiveID: "a b"}).Problems("", &group.Options{Keyword: "x"}, bad)
	if want := []string{"url", "at_mobiles", "app_id", "secret", "receive_id", "keyword"}; !slices.Equal(keys, want) {
		t.Errorf("problems of %v, want %v", keys, want)
	}
}
