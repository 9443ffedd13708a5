// Package tencent calls Tencent Cloud's API 3.0, signed by version 3 (TC3-HMAC-SHA256), and says what the answers of its message and
// voice services mean.
//
// After Tencent Cloud's documents, as of 2026: "Signature Algorithm v3" (intl.cloud.tencent.com/document/api/1021/34193), "SendSms" of
// 2021-01-11 (cloud.tencent.com/document/api/382/55981), "SendTtsVoice" of 2020-09-02 (cloud.tencent.com/document/api/1128/51558), and
// the codes of both (cloud.tencent.com/document/api/382/52075, cloud.tencent.com/document/api/382/59177, and those of the SDK).
//
// Neither operation is idempotent: SessionContext is only given back.
package tencent

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/peer"
	"github.com/forewarn/forewarn/shared/config"
)

const contentType = "application/json; charset=utf-8"

// Client calls one service. It is safe for concurrent use.
type Client struct {
	Peer *peer.Client
	// Service is its short name, such as sms, Version that of its API.
	Service, Version string
	Region           string
	KeyID            string
	Secret           config.Secret
}

// Call calls an operation once with a body that is encoded as JSON. It returns nil if all was taken, and a [*delivery.Error]
// otherwise.
func (c *Client) Call(ctx context.Context, action string, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return &delivery.Error{Permanent: true, What: "the request cannot be encoded: " + err.Error()}
	}
	now := time.Now()
	reply, err := c.Peer.Call(ctx, peer.Request{Method: http.MethodPost, Body: data, Header: http.Header{
		"Content-Type": {contentType}, "Authorization": {Authorization(c.KeyID, c.Secret.Reveal(), c.Service, c.Peer.Host(), now, data)},
		"X-Tc-Action": {action}, "X-Tc-Version": {c.Version}, "X-Tc-Region": {c.Region}, "X-Tc-Timestamp": {strconv.FormatInt(now.Unix(), 10)},
	}})
	if err != nil {
		return err
	}
	return c.answer(reply)
}

// answer reads the answer to a message for one number.
func (c *Client) answer(reply peer.Reply) error {
	var a struct {
		Response *struct {
			Error         *status
			SendStatusSet []status
			SendStatus    *struct{ CallID string }
		}
	}
	if err := json.Unmarshal(reply.Body, &a); err != nil || a.Response == nil {
		if err := c.Peer.Judge(reply); err != nil {
			return err
		}
		return misunderstood()
	}
	switch r := a.Response; {
	case r.Error != nil:
		return judge(r.Error.Code, r.Error.Message)
	case len(r.SendStatusSet) == 1:
		return judge(r.SendStatusSet[0].Code, r.SendStatusSet[0].Message)
	case r.SendStatus != nil:
		return nil
	}
	return misunderstood()
}

type status struct{ Code, Message string }

func misunderstood() error {
	return &delivery.Error{What: "Tencent Cloud's answer is not understood", Remedy: "check endpoint, and the proxy in between"}
}

// Authorization returns the header of that name for a request by POST to / with a JSON body, in which content type and host
// are signed.
func Authorization(keyID, secret, service, host string, at time.Time, body []byte) string {
	const signed = "content-type;host"
	request := strings.Join([]string{
		http.MethodPost, "/", "", "content-type:" + contentType + "\nhost:" + host + "\n", signed, hexSHA256(body),
	}, "\n")
	day := at.UTC().Format("2006-01-02")
	scope := day + "/" + service + "/tc3_request"
	text := strings.Join([]string{"TC3-HMAC-SHA256", strconv.FormatInt(at.Unix(), 10), scope, hexSHA256([]byte(request))}, "\n")
	key := sum(sum(sum([]byte("TC3"+secret), day), service), "tc3_request")
	return "TC3-HMAC-SHA256 Credential=" + keyID + "/" + scope + ", SignedHeaders=" + signed + ", Signature=" + hex.EncodeToString(sum(key, text))
}

func sum(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func hexSHA256(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}
