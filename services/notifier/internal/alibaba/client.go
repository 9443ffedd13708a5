// Package alibaba calls Alibaba Cloud's APIs of RPC style, signed by version 3 (ACS3-HMAC-SHA256), and says what the answers of its
// message and voice services mean.
//
// After Alibaba Cloud's documents, as of 2026: "V3 request structure and signature" (help.aliyun.com/document_detail/2593177.html),
// "SendSms" (help.aliyun.com/en/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms), "SingleCallByTts"
// (help.aliyun.com/zh/vms/developer-reference/api-dyvmsapi-2017-05-25-singlecallbytts), and the tables of error codes of both
// (help.aliyun.com/document_detail/101347.htm, help.aliyun.com/en/vms/developer-reference/api-error-code).
//
// Neither operation is idempotent: OutId is only given back in receipts. An answer that is lost on the way may mean that
// somebody is told twice.
package alibaba

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/peer"
	"github.com/forewarn/forewarn/shared/config"
)

// Client calls one service. It is safe for concurrent use.
type Client struct {
	Peer *peer.Client
	// Version of the service's API.
	Version string
	KeyID   string
	Secret  config.Secret
}

// Call calls an operation once. It returns nil if the answer's code is OK, and a [*delivery.Error] otherwise.
func (c *Client) Call(ctx context.Context, action string, params map[string]string) error {
	query := canonical(params)
	header := map[string]string{
		"host": c.Peer.Host(), "x-acs-action": action, "x-acs-version": c.Version,
		"x-acs-date": time.Now().UTC().Format("2006-01-02T15:04:05Z"), "x-acs-signature-nonce": rand.Text(),
		"x-acs-content-sha256": hexSHA256(""),
	}
	h := http.Header{"Authorization": {Authorization(c.KeyID, c.Secret.Reveal(), query, header)}, "Accept": {"application/json"}}
	for k, v := range header {
		if k != "host" {
			h.Set(k, v)
		}
	}
	reply, err := c.Peer.Call(ctx, peer.Request{Method: http.MethodPost, RawQuery: query, Header: h})
	if err != nil {
		return err
	}
	var a struct {
		Code    string
		Message string
	}
	if err := json.Unmarshal(reply.Body, &a); err != nil || a.Code == "" {
		if err := c.Peer.Judge(reply); err != nil {
			return err
		}
		return &delivery.Error{What: "Alibaba Cloud's answer is not understood", Remedy: "check endpoint, and the proxy in between"}
	}
	return judge(a.Code, a.Message)
}

// Authorization returns the header of that name for a request by POST to / with a canonical query and no body. Header holds the
// headers that are signed, host among them, by their lower-case names.
func Authorization(keyID, secret, query string, header map[string]string) string {
	names := slices.Sorted(maps.Keys(header))
	var lines strings.Builder
	for _, name := range names {
		lines.WriteString(name + ":" + strings.TrimSpace(header[name]) + "\n")
	}
	signed := strings.Join(names, ";")
	request := strings.Join([]string{http.MethodPost, "/", query, lines.String(), signed, header["x-acs-content-sha256"]}, "\n")
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("ACS3-HMAC-SHA256\n" + hexSHA256(request)))
	return "ACS3-HMAC-SHA256 Credential=" + keyID + ",SignedHeaders=" + signed + ",Signature=" + hex.EncodeToString(mac.Sum(nil))
}

// canonical returns parameters as a query, sorted and encoded by RFC 3986.
func canonical(params map[string]string) string {
	pairs := make([]string, 0, len(params))
	for _, k := range slices.Sorted(maps.Keys(params)) {
		pairs = append(pairs, encode(k)+"="+encode(params[k]))
	}
	return strings.Join(pairs, "&")
}

func encode(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func hexSHA256(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
