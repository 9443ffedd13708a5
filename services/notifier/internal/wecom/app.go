package wecom

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/peer"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/services/notifier/internal/ticket"
	"github.com/forewarn/forewarn/shared/config"
)

const (
	// AppRate is how many messages an application may send a member in a minute.
	AppRate = 30
	// AppURL is where WeCom's API is.
	AppURL = "https://qyapi.weixin.qq.com"
	// MaxUpload is the largest picture that can be uploaded, in bytes.
	MaxUpload = 10 << 20
)

// AppSettings are those of an application.
type AppSettings struct {
	URL     string // of the API, such as [AppURL]
	Timeout time.Duration
	TLS     config.ClientTLS
	// Secret is that of the application.
	Secret string
	Options
}

// App is a channel that sends to members, departments and tags.
type App struct {
	client *peer.Client
	s      AppSettings
	tokens *ticket.Keeper
	told   delivery.Told
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
	reply, err := a.client.Call(ctx, peer.Request{
		Method: http.MethodGet, Path: "cgi-bin/gettoken", Query: url.Values{"corpid": {a.s.CorpID}, "corpsecret": {a.s.Secret}},
	})
	if err != nil {
		return "", 0, err
	}
	got, err := a.read(reply, "")
	if err != nil {
		return "", 0, err
	}
	if got.Token == "" || got.Expires <= 0 {
		return "", 0, &delivery.Error{What: "WeCom gave no token", Remedy: "check the URL, and the proxy in between"}
	}
	return got.Token, time.Duration(got.Expires) * time.Second, nil
}

// read judges an answer.
func (a *App) read(r peer.Reply, token string) (answer, error) {
	if err := a.client.Judge(r); err != nil {
		return answer{}, err
	}
	return read(r.Body, a.s.Secret, token)
}

// call makes a call with a token, once more with a new one if the token was not accepted.
func (a *App) call(ctx context.Context, r peer.Request) (answer, error) {
	for again := false; ; again = true {
		token, err := a.tokens.Token(ctx)
		if err != nil {
			return answer{}, err
		}
		q := url.Values{"access_token": {token}}
		for k, v := range r.Query {
			q[k] = v
		}
		withToken := r
		withToken.Query = q
		reply, err := a.client.Call(ctx, withToken)
		if err != nil {
			return answer{}, err
		}
		got, err := a.read(reply, token)
		if again || !stale(err) {
			return got, err
		}
		a.tokens.Drop(token)
	}
}

// nobody reports whether none of the members of a message is known, which keeps it from nobody else.
func nobody(err error) bool {
	var r *refusal
	return errors.As(err, &r) && unknownMembers(r.code)
}

// stale reports whether a call was refused because of its token.
func stale(err error) bool {
	var r *refusal
	return errors.As(err, &r) && (r.code == codeBadToken || r.code == codeTokenExpired || r.code == codeBadSecret)
}

// Send sends each edition of m to its receivers, and its picture after it if m is worth a sound.
func (a *App) Send(ctx context.Context, m delivery.Message) (delivery.Sent, error) {
	editions := a.address(&m)
	switch len(editions) {
	case 0:
		return delivery.Sent{}, &delivery.Error{Channel: true, What: "the message is for nobody", Remedy: "set to_users, to_parties or to_tags, or people's wecom_user_id"}
	case 1:
		missed, err := a.sendEdition(ctx, &editions[0])
		return delivery.Sent{Missed: missed}, err
	}
	by, all := map[string]*addressed{}, make([]person.Receiver, len(editions))
	for k := range editions {
		e := &editions[k]
		by[e.Mark], all[k] = e, person.Receiver{Name: "members who read " + string(e.Text.Language), Address: e.Mark}
	}
	var left []string
	missed, err := a.told.Each(ctx, m.ID, all, nil, func(r person.Receiver) error {
		missed, err := a.sendEdition(ctx, by[r.Address])
		if missed != "" {
			left = append(left, missed)
		}
		if nobody(err) {
			return &delivery.Error{Permanent: true, What: err.Error()}
		}
		return err
	})
	if missed != "" {
		left = append(left, missed)
	}
	return delivery.Sent{Missed: strings.Join(left, "; ")}, err
}

// sendEdition sends one edition, and says whom, or what of it, WeCom left out.
func (a *App) sendEdition(ctx context.Context, e *addressed) (left string, err error) {
	got, err := a.send(ctx, a.letter(&e.Message, e.to))
	if err != nil {
		return "", err
	}
	left = missed(got)
	if png := pictureOf(&e.Message); len(png) > 0 && len(png) <= MaxUpload {
		if err := a.sendPicture(ctx, e.to, png); err != nil && left == "" {
			left = "the picture of a message was not accepted: " + err.Error()
		}
	}
	return left, nil
}

// missed says whom WeCom left out of a message that it sent.
func missed(a answer) string {
	if a.InvalidUser+a.InvalidParty+a.InvalidTag+a.Unlicensed == "" {
		return ""
	}
	return fmt.Sprintf("WeCom left out users %q, departments %q, tags %q, and users without a licence %q; correct the receivers, or widen the application's visible range",
		peer.Quote(a.InvalidUser), peer.Quote(a.InvalidParty), peer.Quote(a.InvalidTag), peer.Quote(a.Unlicensed))
}

func (a *App) send(ctx context.Context, l letter) (answer, error) {
	data, err := json.Marshal(l)
	if err != nil {
		return answer{}, &delivery.Error{Permanent: true, What: "the message cannot be encoded: " + err.Error()}
	}
	return a.call(ctx, peer.Request{Path: "cgi-bin/message/send", Body: data})
}

// sendPicture uploads a picture and sends it.
func (a *App) sendPicture(ctx context.Context, to receivers, png []byte) error {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="media"; filename="forecast.png"`}, "Content-Type": {"image/png"},
	})
	if err == nil {
		_, err = part.Write(png)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return err
	}
	got, err := a.call(ctx, peer.Request{
		Path: "cgi-bin/media/upload", Query: url.Values{"type": {"image"}},
		Header: http.Header{"Content-Type": {w.FormDataContentType()}}, Body: b.Bytes(),
	})
	if err != nil {
		return err
	}
	l := a.envelope(to, "image")
	l.Image = &media{ID: got.MediaID}
	_, err = a.send(ctx, l)
	return err
}
