// Package wecom sends incidents to WeCom (企业微信): to a group by its robot, and to people by an application.
//
// The rules of robots are those of https://developer.work.weixin.qq.com/document/path/91770: the address carries key; Markdown of at most 4,096
// bytes with three colours and <@userid>, text of at most 2,048 bytes that mentions by number, pictures of at most 2 MB as base64
// with their MD5; 20 messages a minute. A robot's message cannot be changed.
//
// The rules of applications are those of https://developer.work.weixin.qq.com/document/path/90236 (messages), path/91039 (gettoken: the token lives
// for expires_in and is to be kept; who asks for it too often is blocked), path/90253 (pictures, at most 10 MB) and path/90313 (codes). A message of
// the same content is shown once within duplicate_check_interval, at most 4 hours: so a repeat whose answer was lost is not seen
// twice. An application sends a member 30 messages a minute and 1,000 an hour at most. Of its messages only cards that ask for
// an answer can be changed, by a code that is good once (path/94888), so that none is.
//
// Both answer with errcode and errmsg under status 200.
package wecom

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/peer"
)

// answer is what all calls answer; the fields beside the code are of some.
type answer struct {
	Code *int   `json:"errcode"`
	Msg  string `json:"errmsg"`

	Token   string `json:"access_token"`
	Expires int    `json:"expires_in"` // seconds
	MediaID string `json:"media_id"`

	InvalidUser  string `json:"invaliduser"`
	InvalidParty string `json:"invalidparty"`
	InvalidTag   string `json:"invalidtag"`
	Unlicensed   string `json:"unlicenseduser"`
}

// Codes of the answer, from WeCom's table of all codes.
const (
	codeOK           = 0
	codeBusy         = -1
	codeBadSecret    = 40001
	codeBadToken     = 40014
	codeTokenExpired = 42001
	codeTooMany      = 45009
	codeTooManyNow   = 45033
)

// pause is how long a sender is left alone that was over its limit of messages in a minute.
const pause = time.Minute

// refusal is an error with the code that it came from.
type refusal struct {
	cause *delivery.Error
	code  int
}

func (r *refusal) Error() string { return r.cause.Error() }
func (r *refusal) Unwrap() error { return r.cause }

// read returns an answer whose code says that it worked, and a [*delivery.Error] otherwise, which holds none of the secrets.
func read(reply []byte, secrets ...string) (answer, error) {
	var a answer
	if err := json.Unmarshal(reply, &a); err != nil || a.Code == nil {
		return answer{}, &delivery.Error{What: "WeCom's answer is not understood", Remedy: "check the URL, and the proxy in between"}
	}
	if *a.Code == codeOK {
		return a, nil
	}
	e := verdict(*a.Code)
	e.What = fmt.Sprintf("WeCom refused with errcode %d (%s)", *a.Code, peer.Quote(a.Msg, secrets...))
	return answer{}, &refusal{cause: e, code: *a.Code}
}

// verdict says what a code means for another attempt.
func verdict(code int) *delivery.Error {
	e := &delivery.Error{}
	switch code {
	case codeBusy:
		e.Remedy = "WeCom is busy"
	case codeTooMany, codeTooManyNow:
		e.RetryAfter, e.Remedy = pause, "too many messages; lower rate_per_minute, or give other senders a robot or application of their own"
	case 40008, 40009, 40058, 44004, 45002, 301019:
		e.Permanent, e.Remedy = true, "WeCom cannot take this message; please report this"
	case 93000:
		e.Channel, e.Remedy = true, "the robot's key is not known, or the robot was removed from the group; copy its URL anew"
	case 93004:
		e.Channel, e.Remedy = true, "the robot was stopped; enable it in the group's settings"
	case 93008:
		e.Channel, e.Remedy = true, "the robot is not in the group any more; add it, and copy its URL"
	default:
		e.Channel, e.Remedy = true, appRemedy(code)
	}
	return e
}

// appRemedy says what to do about the codes that applications get.
func appRemedy(code int) string {
	if unknownMembers(code) {
		return "none of the receivers is known to the application; correct to_users, to_parties, to_tags and people's wecom_user_id, or widen its visible range"
	}
	switch code {
	case codeBadSecret:
		return "the secret is not that of the application; copy it from the application's page in the administration"
	case 40013:
		return "corp_id is not known; copy it from the administration, My Company"
	case codeBadToken, codeTokenExpired, 41001:
		return "the access token was not accepted; if this stays, another program asks for tokens with the same secret"
	case 40056, 301002:
		return "agent_id is not that of the application of this secret; correct it"
	case 48002:
		return "the application may not send messages; give it the right in the administration"
	case 60020:
		return "add this machine's outer address to the application's trusted addresses"
	}
	return "see WeCom's table of error codes, https://developer.work.weixin.qq.com/document/path/90313"
}

// unknownMembers reports whether a message was refused because none of those whom it is for is known.
func unknownMembers(code int) bool {
	return slices.Contains([]int{81013, 82001, 40003, 40031, 60111}, code)
}
