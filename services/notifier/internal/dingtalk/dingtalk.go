// Package dingtalk sends incidents to a DingTalk group by its custom robot, signed.
//
// The robot's rules, as DingTalk documents them ("Custom robot access", error codes included): the address
// carries access_token; timestamp (milliseconds) and sign = base64(HMAC-SHA256(secret, timestamp+"\n"+secret))
// are added to the query; the body is at most 20,000 bytes; 20 messages a minute, then silence for 10 minutes;
// errors come as errcode and errmsg in an answer with status 200. The robot knows no idempotency id, so that
// an answer lost on the way shows a message twice.
package dingtalk

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/peer"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/incident"
)

// MaxBody is the largest body that a robot accepts, in bytes.
const MaxBody = 20_000

// Settings of a robot.
type Settings struct {
	// URL is the robot's address with its access_token.
	URL     string
	Timeout time.Duration
	TLS     config.ClientTLS
	// Secret signs; "" if the robot's security setting is a keyword or an address range.
	Secret string
	Options
}

// Robot is a channel that posts to a group.
type Robot struct {
	client *peer.Client
	s      Settings
	token  string // which no error may hold, even if the peer repeats it
}

var _ delivery.Channel = (*Robot)(nil)

// New returns a robot. It connects to nothing yet.
func New(s Settings) (*Robot, error) {
	c, err := peer.New(s.URL, s.Timeout, s.TLS)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(s.URL)
	if err != nil {
		return nil, errors.New("url is not valid")
	}
	return &Robot{client: c, s: s, token: u.Query().Get("access_token")}, nil
}

// Close closes idle connections.
func (r *Robot) Close() { r.client.Close() }

type body struct {
	Type     string   `json:"msgtype"`
	Markdown markdown `json:"markdown"`
	At       at       `json:"at"`
}

type markdown struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

type at struct {
	Mobiles []string `json:"atMobiles,omitempty"`
	UserIDs []string `json:"atUserIds,omitempty"`
	All     bool     `json:"isAtAll"`
}

// Send posts m once.
func (r *Robot) Send(ctx context.Context, m delivery.Message) (delivery.Sent, error) {
	data, err := r.body(m)
	if err != nil {
		return delivery.Sent{}, &delivery.Error{Permanent: true, What: "the message cannot be encoded: " + err.Error()}
	}
	query := url.Values{}
	if r.s.Secret != "" {
		ms := strconv.FormatInt(time.Now().UnixMilli(), 10)
		query.Set("timestamp", ms)
		query.Set("sign", Sign(r.s.Secret, ms))
	}
	reply, err := r.client.Ask(ctx, query, data)
	if err != nil {
		return delivery.Sent{}, err
	}
	return delivery.Sent{}, r.judge(reply)
}

// Sign returns the parameter sign for a timestamp in milliseconds, not yet escaped for a URL.
func Sign(secret, timestampMillis string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestampMillis + "\n" + secret))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// body encodes m, giving up the last lines until it fits.
func (r *Robot) body(m delivery.Message) ([]byte, error) {
	b := body{Type: "markdown", Markdown: markdown{Title: title(m.Text, r.s.Keyword)}}
	tail := ""
	if mentions(m.Reason) {
		b.At = at{Mobiles: r.s.AtMobiles, UserIDs: r.s.AtUserIDs, All: r.s.AtAll}
		tail = calls(r.s.AtMobiles, r.s.AtUserIDs)
	}
	if r.s.Keyword != "" {
		tail += "\n\n" + r.s.Keyword
	}
	for limit := MaxBody - 2_000; ; limit /= 2 {
		b.Markdown.Text = m.Text.Markdown(limit) + tail
		data, err := json.Marshal(b)
		if err != nil || len(data) <= MaxBody || limit < 500 {
			return data, err
		}
	}
}

func title(t message.Text, keyword string) string {
	s := message.Escape(t.Title())
	if keyword != "" && !strings.Contains(s, keyword) {
		s = keyword + " " + s
	}
	return s
}

// mentions says whether a message is worth a sound: a beginning or a turn for the worse.
func mentions(why incident.Reason) bool {
	return slices.Contains([]incident.Reason{incident.ReasonOpened, incident.ReasonReopened, incident.ReasonRaised}, why)
}

// calls is the line of mentions, which DingTalk wants in the text as well.
func calls(lists ...[]string) string {
	var b strings.Builder
	for _, who := range slices.Concat(lists...) {
		b.WriteString(" @" + who)
	}
	if b.Len() == 0 {
		return ""
	}
	return "\n\n" + strings.TrimSpace(b.String())
}

// Codes of the answer, from DingTalk's tables for custom robots.
const (
	codeOK       = 0
	codeBusy     = -1
	codeSecurity = 310000
)

// pause is how long a robot is silenced that sent more than 20 messages in a minute.
const pause = 10 * time.Minute

// judge reads errcode and errmsg of an answer with status 200.
func (r *Robot) judge(reply []byte) error {
	var a struct {
		Code *int   `json:"errcode"`
		Msg  string `json:"errmsg"`
	}
	if err := json.Unmarshal(reply, &a); err != nil || a.Code == nil {
		return &delivery.Error{What: "DingTalk's answer is not understood", Remedy: "check that the URL is that of a custom robot, and the proxy in between"}
	}
	if *a.Code == codeOK {
		return nil
	}
	if r.token != "" {
		a.Msg = strings.ReplaceAll(a.Msg, r.token, "***")
	}
	e := &delivery.Error{What: fmt.Sprintf("DingTalk refused the message with errcode %d (%s)", *a.Code, excerpt(a.Msg))}
	switch *a.Code {
	case codeBusy:
		e.Remedy = "DingTalk is busy"
	case 130101, 410100, 90030:
		e.RetryAfter, e.Remedy = pause, "too many messages for one robot; lower rate_per_minute, or give other senders a robot of their own"
	case codeSecurity:
		securityRemedy(e, a.Msg)
	case 300001, 300005, 400101:
		e.Channel, e.Remedy = true, "the access_token is not known; copy the robot's URL anew"
	case 400013:
		e.Channel, e.Remedy = true, "the group was dissolved; add a robot to another group"
	case 400102, 400106:
		e.Channel, e.Remedy = true, "the robot was stopped or removed; enable it in the group's settings, or add one and copy its URL"
	case 430101, 430102, 430103, 430104:
		e.Permanent, e.Remedy = true, "DingTalk finds the content not acceptable; the incident is on the page"
	case 460101:
		e.Permanent, e.Remedy = true, "the message is too long; please report this"
	default:
		e.Channel, e.Remedy = true, "see DingTalk's table of error codes for custom robots"
	}
	return e
}

// securityRemedy tells apart what one code covers: signature, clock, keyword and address.
func securityRemedy(e *delivery.Error, msg string) {
	e.Channel = true
	low := strings.ToLower(msg)
	switch {
	case strings.Contains(low, "timestamp") || strings.Contains(msg, "过期"):
		e.Remedy = "this machine's clock is off by more than an hour; set it by NTP"
	case strings.Contains(low, "keyword") || strings.Contains(msg, "关键词"):
		e.Remedy = "the robot wants a keyword; set the channel's keyword to it"
	case strings.Contains(low, "whitelist") || strings.Contains(low, "ip "):
		e.Remedy = "add this machine's outer address to the robot's address range"
	default:
		e.Remedy = "set the channel's secret to the robot's signing secret (it begins with SEC)"
	}
}

// excerpt is what an error shows of a peer's words.
func excerpt(s string) string {
	s = message.Escape(s)
	if r := []rune(s); len(r) > 120 {
		return string(r[:120]) + "…"
	}
	return s
}
