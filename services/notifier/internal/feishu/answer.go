// Package feishu sends incidents to Feishu (飞书) and Lark: to a group by its custom bot, and to a group or person by an application.
//
// The rules of custom bots are those of https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot: timestamp (seconds) and sign stand
// in the body, where sign is the base64 of the HMAC-SHA256 of nothing under the key timestamp+"\n"+secret, and is good for an hour; the
// body is at most 20 KB; 100 messages a minute and 5 a second. A bot takes no pictures, and cannot change what it has sent.
//
// The rules of applications are those of https://open.feishu.cn/document/server-docs/im-v1/message/create (a message with the same uuid is sent once
// within an hour; a card is at most 30 KB), …/im-v1/message/reply, …/im-v1/message-card/patch (a card that says update_multi can be replaced for 14 days, 5
// times a second), …/im-v1/image/create (at most 10 MB) and …/authentication-management/access-token/tenant_access_token_internal (a token lives for two
// hours at most). Lark's are the same at open.larksuite.com.
//
// Both answer with code and msg, under status 200 or 4xx; who is too fast gets status 429 or 400 with the seconds to wait in
// x-ogw-ratelimit-reset (https://open.feishu.cn/document/server-docs/api-call-guide/frequency-control).
package feishu

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/peer"
)

// answer is what all calls answer; the fields beside the code are of some.
type answer struct {
	Code *int   `json:"code"`
	Msg  string `json:"msg"`

	Token  string `json:"tenant_access_token"`
	Expire int    `json:"expire"` // seconds

	Data struct {
		MessageID string `json:"message_id"`
		ImageKey  string `json:"image_key"`
	} `json:"data"`
}

// pause is how long a sender that was too fast is left alone if the answer does not say.
const pause = 10 * time.Second

// refusal is an error with the code that it came from.
type refusal struct {
	cause *delivery.Error
	code  int
}

func (r *refusal) Error() string { return r.cause.Error() }
func (r *refusal) Unwrap() error { return r.cause }

// read returns an answer whose code says that it worked, and a [*delivery.Error] otherwise, which holds none of the secrets.
func read(c *peer.Client, r peer.Reply, secrets ...string) (answer, error) {
	var a answer
	if err := json.Unmarshal(r.Body, &a); err != nil || a.Code == nil {
		if err := c.Judge(r); err != nil {
			return answer{}, err
		}
		return answer{}, &delivery.Error{What: "Feishu's answer is not understood", Remedy: "check the URL, and the proxy in between"}
	}
	if *a.Code == 0 {
		return a, nil
	}
	e := verdict(*a.Code, a.Msg)
	e.What = fmt.Sprintf("Feishu refused with code %d (%s)", *a.Code, peer.Quote(a.Msg, secrets...))
	if e.RetryAfter > 0 {
		if n, err := strconv.Atoi(r.Header.Get("X-Ogw-Ratelimit-Reset")); err == nil && n > 0 {
			e.RetryAfter = min(time.Duration(n)*time.Second, time.Hour)
		}
	}
	return answer{}, &refusal{cause: e, code: *a.Code}
}

// verdict says what a code means for another attempt.
func verdict(code int, msg string) *delivery.Error {
	e := &delivery.Error{}
	switch code {
	case 11232, 230020, 99991400:
		e.RetryAfter, e.Remedy = pause, "too many messages at once; lower rate_per_minute, or give other senders a bot of their own"
	case 230049, 1500, 1551, 2200, 99991000:
		e.Remedy = "Feishu is busy"
	case 230022, 230028:
		e.Permanent, e.Remedy = true, "Feishu finds the content not acceptable; the incident is on the page"
	case 9499, 19002, 230025, 230054, 230099:
		e.Permanent, e.Remedy = true, "Feishu cannot take this message; please report this"
	case 230001:
		e.Permanent, e.Remedy = true, "Feishu cannot take this message; please report this"
		if strings.Contains(msg, "receive_id") {
			e.Permanent, e.Channel, e.Remedy = false, true, "receive_id is not known; copy the group's chat_id (oc_…) or a person's open_id (ou_…)"
		}
	default:
		e.Channel, e.Remedy = true, remedy(code)
	}
	return e
}

// remedy says what to do about the codes that somebody has to do something about.
func remedy(code int) string {
	switch code {
	case 19001:
		return "the bot's address is not known; copy its URL anew"
	case 19021:
		return "set the channel's secret to the bot's signing secret, and this machine's clock by NTP"
	case 19022, 99991401:
		return "add this machine's outer address to the list of allowed addresses"
	case 19024:
		return "the bot wants a keyword; set the channel's keyword to it"
	case 10003, 10014:
		return "app_id or secret is not that of the application; copy both from its page"
	case 99991672, 230006, 230027, 230035:
		return "the application lacks the bot ability, or the right im:message:send_as_bot or im:resource; grant it and publish a version"
	case 230002, 230018:
		return "the bot is not in the group, or may not speak there; add it to the group of receive_id"
	case 230013, 230029, 230034, 230038:
		return "the receiver cannot be reached by the application; correct receive_id, or widen its availability"
	}
	if staleCode(code) {
		return "the access token was not accepted; if this stays, check app_id and secret"
	}
	return "see Feishu's table of error codes, https://open.feishu.cn/document/server-docs/api-call-guide/generic-error-code"
}

// staleCode reports whether a call was refused because of its token.
func staleCode(code int) bool {
	return slices.Contains([]int{99991661, 99991663, 99991664, 99991665, 99991668, 99991671, 99991677}, code)
}

// lostCode reports whether a message cannot be replaced or answered any more: it is withdrawn, deleted, too old, or no card.
func lostCode(code int) bool {
	return slices.Contains([]int{230001, 230011, 230031, 230050, 230054, 230099, 230110, 230111}, code)
}
