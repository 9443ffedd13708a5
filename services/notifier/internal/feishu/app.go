package feishu

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/group"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/peer"
	"github.com/forewarn/forewarn/services/notifier/internal/ticket"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/incident"
)

const (
	// AppRate is how many messages a minute one group takes of an application that sends at most [PerSecond].
	AppRate = 300
	// AppURL is where Feishu's API is; Lark's is https://open.larksuite.com.
	AppURL = "https://open.feishu.cn"
	// MaxPicture is the largest picture, in bytes.
	MaxPicture = 10 << 20
	// maxCard is the largest body of a request with a card, in bytes.
	maxCard = 30 << 10
	// uploading bounds how long a message waits for its picture.
	uploading = 3 * time.Second
)

// AppSettings are those of an application.
type AppSettings struct {
	URL     string // of the API, such as [AppURL]
	Timeout time.Duration
	TLS     config.ClientTLS
	// Secret is that of the application.
	Secret string
	Group  group.Options
	Options
}

// App is a channel that sends to one group or person. What changes about an incident replaces the card that it sent first; what is
// worth a sound, or an end, is also said in the card's thread.
type App struct {
	client *peer.Client
	s      AppSettings
	tokens *ticket.Keeper
}

var _ delivery.Channel = (*App)(nil)

// NewApp returns an application. It connects to nothing yet.
func NewApp(s AppSettings) (*App, error) {
	c, err := peer.New(s.URL, s.Timeout, s.TLS)
	if err != nil {
		return nil, err
	}
	a := &App{client: c, s: s}
	a.tokens = ticket.New(a.fetch)
	return a, nil
}

// Close closes idle connections.
func (a *App) Close() { a.client.Close() }

// fetch asks for a token.
func (a *App) fetch(ctx context.Context) (string, time.Duration, error) {
	data, err := json.Marshal(map[string]string{"app_id": a.s.AppID, "app_secret": a.s.Secret})
	if err != nil {
		return "", 0, err
	}
	reply, err := a.client.Call(ctx, peer.Request{Path: "open-apis/auth/v3/tenant_access_token/internal", Body: data})
	if err != nil {
		return "", 0, err
	}
	got, err := read(a.client, reply, a.s.Secret)
	if err != nil {
		return "", 0, err
	}
	if got.Token == "" || got.Expire <= 0 {
		return "", 0, &delivery.Error{What: "Feishu gave no token", Remedy: "check the URL, and the proxy in between"}
	}
	return got.Token, time.Duration(got.Expire) * time.Second, nil
}

// call makes a call with a token, once more with a new one if the token was not accepted.
func (a *App) call(ctx context.Context, r peer.Request) (answer, error) {
	for again := false; ; again = true {
		token, err := a.tokens.Token(ctx)
		if err != nil {
			return answer{}, err
		}
		withToken := r
		withToken.Path = "open-apis/im/v1/" + r.Path
		withToken.Header = http.Header{"Authorization": {"Bearer " + token}}
		for k, v := range r.Header {
			withToken.Header[k] = v
		}
		reply, err := a.client.Call(ctx, withToken)
		if err != nil {
			return answer{}, err
		}
		got, err := read(a.client, reply, token, a.s.Secret)
		var no *refusal
		if again || !errors.As(err, &no) || !staleCode(no.code) {
			return got, err
		}
		a.tokens.Drop(token)
	}
}

// Send sends m, or replaces the card of the message before by it.
func (a *App) Send(ctx context.Context, m delivery.Message) (delivery.Sent, error) {
	t := m.Text
	if m.Document != nil {
		t = documentText(m.Document)
	}
	picture, missed := a.upload(ctx, pictureOf(&m))
	show := func(t message.Text) (string, error) {
		return content(cardOf(t, a.s.Group.Calls(&m, openID), "", picture))
	}
	if m.Previous != "" {
		err := a.update(ctx, &m, t, show)
		if !lost(err) {
			return delivery.Sent{Missed: missed}, err
		}
	}
	got, err := a.post(ctx, peer.Request{Path: "messages", Query: url.Values{"receive_id_type": {receiverType(a.s.ReceiveID)}}}, t, func(t message.Text) (any, error) {
		c, err := show(t)
		return letter{To: a.s.ReceiveID, Type: "interactive", Content: c, UUID: once(m.ID, "new")}, err
	})
	return delivery.Sent{Ref: got.Data.MessageID, Missed: missed}, err
}

// letter is the body of a message: To is empty in an answer, which has Thread, and in an update, which has the content only.
type letter struct {
	To      string `json:"receive_id,omitempty"`
	Type    string `json:"msg_type,omitempty"`
	Content string `json:"content"`
	Thread  bool   `json:"reply_in_thread,omitempty"`
	UUID    string `json:"uuid,omitempty"`
}

// update replaces the card of the message before, and says in its thread what people should notice.
func (a *App) update(ctx context.Context, m *delivery.Message, t message.Text, show func(message.Text) (string, error)) error {
	at := "messages/" + url.PathEscape(m.Previous)
	_, err := a.post(ctx, peer.Request{Method: http.MethodPatch, Path: at}, t, func(t message.Text) (any, error) {
		c, err := show(t)
		return letter{Content: c}, err
	})
	if err != nil || !noticed(m) {
		return err
	}
	_, err = a.post(ctx, peer.Request{Path: at + "/reply"}, t.Changed(m.Reason), func(t message.Text) (any, error) {
		c, err := content(cardOf(t, a.s.Group.Calls(m, openID), "", ""))
		return letter{Type: "interactive", Content: c, Thread: true, UUID: once(m.ID, "reply")}, err
	})
	return err
}

// noticed reports whether people should hear of an update, which a card that changes does not do.
func noticed(m *delivery.Message) bool {
	return m.Loud() || m.Reason == incident.ReasonResolved || m.Reason == incident.ReasonUnheard
}

// lost reports whether a message cannot be replaced or answered any more.
func lost(err error) bool {
	var no *refusal
	return errors.As(err, &no) && lostCode(no.code)
}

// post makes a call whose body holds a card, which is shortened until it fits.
func (a *App) post(ctx context.Context, r peer.Request, t message.Text, body func(message.Text) (any, error)) (answer, error) {
	data, err := encode(t, maxCard, func(t message.Text) ([]byte, error) {
		b, err := body(t)
		if err != nil {
			return nil, err
		}
		return json.Marshal(b)
	})
	if err != nil {
		return answer{}, &delivery.Error{Permanent: true, What: "the message cannot be encoded: " + err.Error()}
	}
	r.Body = data
	return a.call(ctx, r)
}

// upload returns the key of a picture, or why there is none: a message goes without it.
func (a *App) upload(ctx context.Context, png []byte) (key, missed string) {
	if len(png) == 0 || len(png) > MaxPicture {
		return "", ""
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	err := w.WriteField("image_type", "message")
	part, err2 := w.CreateFormFile("image", "forecast.png")
	if err = errors.Join(err, err2); err == nil {
		_, err = part.Write(png)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return "", ""
	}
	ctx, cancel := context.WithTimeout(ctx, uploading)
	defer cancel()
	got, err := a.call(ctx, peer.Request{Path: "images", Header: http.Header{"Content-Type": {w.FormDataContentType()}}, Body: b.Bytes()})
	if err != nil {
		return "", "the picture of a message was not accepted: " + err.Error()
	}
	return got.Data.ImageKey, ""
}

// once returns the key by which the platform tells a repeat, at most 50 characters.
func once(id, what string) string {
	sum := sha256.Sum256([]byte(id + "/" + what))
	return hex.EncodeToString(sum[:20])
}

// receiverType tells what an id names.
func receiverType(id string) string {
	switch {
	case strings.HasPrefix(id, "oc_"):
		return "chat_id"
	case strings.HasPrefix(id, "ou_"):
		return "open_id"
	case strings.HasPrefix(id, "on_"):
		return "union_id"
	case strings.Contains(id, "@"):
		return "email"
	}
	return "user_id"
}
