// Package dingtalk sends incidents to a DingTalk group by its custom robot, signed.
//
// The robot's rules, as DingTalk documents them (https://open.dingtalk.com/document/orgapp/custom-robot-access and
// https://open.dingtalk.com/document/orgapp/custom-bot-send-message-type, error codes included): the address
// carries access_token; timestamp (milliseconds) and sign = base64(HMAC-SHA256(secret, timestamp+"\n"+secret))
// are added to the query; the body is at most 20,000 bytes; 20 messages a minute, then silence for 10 minutes;
// errors come as errcode and errmsg in an answer with status 200. Only messages of the types text and markdown can mention
// people, so that a message which does is no card. The robot knows no idempotency id, so that an answer lost on the way shows a
// message twice, takes no picture but from a public address, and cannot change what it has sent.
package dingtalk

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/group"
	"github.com/forewarn/forewarn/services/notifier/internal/peer"
	"github.com/forewarn/forewarn/shared/config"
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
	Group  group.Options
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
	return &Robot{client: c, s: s, token: c.URL().Query().Get("access_token")}, nil
}

// Close closes idle connections.
func (r *Robot) Close() { r.client.Close() }

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
	e := &delivery.Error{What: fmt.Sprintf("DingTalk refused the message with errcode %d (%s)", *a.Code, peer.Quote(a.Msg, r.token))}
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
