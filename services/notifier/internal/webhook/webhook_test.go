package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/peer"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

const (
	secret = "a-signing-secret"
	token  = "token-in-the-path"
)

func sample() delivery.Message {
	i := &incident.Incident{ID: "01KFYV8M40AAAAAAAAAAAAAAAA", Title: i18n.Text{En: "full"}}
	return delivery.Message{ID: i.ID + ".1.ops", Reason: incident.ReasonOpened, Incident: i, Text: message.Text{What: "what", When: "when"}}
}

func hook(t *testing.T, h http.HandlerFunc, s Settings) *Webhook {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	s.URL, s.Secret = srv.URL+"/"+token+"?key="+token, secret
	if s.Timeout == 0 {
		s.Timeout = 5 * time.Second
	}
	w, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

// verify is the receiver's side, as the README shows it.
func verify(header string, body []byte, now time.Time) bool {
	t, sig, ok := strings.Cut(strings.TrimPrefix(header, "t="), ",v1=")
	at, err := time.ParseDuration(t + "s")
	if !ok || err != nil || now.Sub(time.Unix(0, 0).Add(at)).Abs() > 5*time.Minute {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return hmac.Equal([]byte(sig), []byte(hex.EncodeToString(mac.Sum(nil))))
}

func TestSend(t *testing.T) {
	got := make(chan Body, 1)
	w := hook(t, func(_ http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		sig := r.Header.Get("Forewarn-Signature")
		if !verify(sig, data, time.Now()) {
			t.Errorf("signature %q does not verify", sig)
		}
		if verify(sig, append(data, ' '), time.Now()) || verify(sig, data, time.Now().Add(time.Hour)) {
			t.Error("a changed or old message verifies")
		}
		if h := r.Header; h.Get("Forewarn-Delivery") != sample().ID || h.Get("X-Route") != "erp" || r.URL.Query().Get("key") != token {
			t.Errorf("headers %v, query %v", h, r.URL.Query())
		}
		var b Body
		if err := json.Unmarshal(data, &b); err != nil {
			t.Error(err)
		}
		got <- b
	}, Settings{Headers: peer.Headers{Headers: map[string]config.Secret{"X-Route": "erp"}}})
	if _, err := w.Send(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
	if b := <-got; b.Delivery != sample().ID || b.Event != incident.ReasonOpened || b.Text != "what\nwhen" || b.Incident.ID != sample().Incident.ID {
		t.Errorf("body: %+v", b)
	}
}

// TestAnswers says what each answer means, and that no error holds a secret.
func TestAnswers(t *testing.T) {
	const again, message, channel = "", "message", "channel" // whose fault it is, if another attempt needs more than time
	f := func(name, fault string, retryAfter time.Duration, h http.HandlerFunc) {
		t.Helper()
		timeout := time.Minute
		if name == "hangs" {
			timeout = 200 * time.Millisecond
		}
		w := hook(t, h, Settings{Timeout: timeout, Headers: peer.Headers{Headers: map[string]config.Secret{"Authorization": "Bearer " + token}}})
		_, err := w.Send(t.Context(), sample())
		var e *delivery.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: error is %v", name, err)
			return
		}
		if e.Permanent != (fault == message) || e.Channel != (fault == channel) || e.RetryAfter != retryAfter || e.Remedy == "" {
			t.Errorf("%s: %+v", name, e)
		}
		if s := err.Error(); strings.Contains(s, token) || strings.Contains(s, secret) {
			t.Errorf("%s: the error holds a secret: %s", name, s)
		}
	}
	status := func(code int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for k := 0; k < len(header); k += 2 {
				w.Header().Set(header[k], header[k+1])
			}
			w.WriteHeader(code)
		}
	}
	f("server error", again, 0, status(500))
	f("too many", again, 7*time.Second, status(429, "Retry-After", "7"))
	f("too many, for ever", again, time.Hour, status(503, "Retry-After", "999999999"))
	f("too many, nonsense", again, 0, status(429, "Retry-After", "soon"))
	f("bad request", message, 0, status(400))
	f("forbidden", channel, 0, status(403))
	f("not found", channel, 0, status(404))
	f("too large", message, 0, status(413))
	f("unprocessable", message, 0, status(422))
	f("method", channel, 0, status(405))
	f("proxy", channel, 0, status(407))
	f("refused, and breaks off", message, 0, broken(400))
	f("redirect", channel, 0, status(302, "Location", "http://127.0.0.1:1/"+token))
	f("hangs", again, 0, func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) //nolint:errcheck // only then the server sees the client go
		<-r.Context().Done()
	})
	f("breaks off", again, 0, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	f("endless headers", again, 0, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X", strings.Repeat("x", 1<<20))
	})
}

// broken answers with a status and a body that ends before its announced length.
func broken(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		w.WriteHeader(code)
		io.WriteString(w, "x") //nolint:errcheck // the client reads on and finds the connection closed
	}
}

// TestAcceptedAndBrokenOff: the status is the answer; a body that breaks afterwards must not send the message again.
func TestAcceptedAndBrokenOff(t *testing.T) {
	if _, err := hook(t, broken(200), Settings{}).Send(t.Context(), sample()); err != nil {
		t.Error(err)
	}
}

// TestQueryAsWritten: a URL's query reaches the receiver byte for byte.
func TestQueryAsWritten(t *testing.T) {
	got := make(chan string, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.URL.RawQuery }))
	defer srv.Close()
	const query = "z=1&token=a+b/c~;x&a"
	w, err := New(Settings{URL: srv.URL + "/?" + query, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.Send(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
	if q := <-got; q != query {
		t.Errorf("query %q, want %q", q, query)
	}
}

// TestEcho: a peer that answers with what it was sent gets no secret into the error, in the head nor in the body.
func TestEcho(t *testing.T) {
	f := func(before string) {
		t.Helper()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		go func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			io.WriteString(c, before)                      //nolint:errcheck // the test fails if nothing comes
			io.CopyN(c, c, int64(len("POST /"+token))+100) //nolint:errcheck // the client may go first
		}()
		w, err := New(Settings{URL: "http://" + l.Addr().String() + "/" + token + "?key=" + token, Timeout: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		_, err = w.Send(t.Context(), sample())
		var e *delivery.Error
		if !errors.As(err, &e) || e.Permanent || strings.Contains(err.Error(), token) {
			t.Errorf("after %q: %v", before, err)
		}
	}
	f("")
	f("HTTP/1.1 ")
	f("HTTP/1.1 200 OK\r\n")
	f("HTTP/1.1 200 OK\r\nTransfer-Encoding: ")
}

func TestNobodyThere(t *testing.T) {
	srv := httptest.NewServer(nil)
	srv.Close()
	w, err := New(Settings{URL: srv.URL + "/" + token, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Send(t.Context(), sample())
	var e *delivery.Error
	if !errors.As(err, &e) || e.Permanent || strings.Contains(err.Error(), token) {
		t.Errorf("error: %v", err)
	}
}

// TestTLS trusts by ca_file only, and says so.
func TestTLS(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer srv.Close()
	w, err := New(Settings{URL: srv.URL, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.Send(t.Context(), sample()); err == nil || !strings.Contains(err.Error(), "ca_file") {
		t.Errorf("an unknown authority: %v", err)
	}
	if _, err := New(Settings{URL: srv.URL, TLS: config.ClientTLS{CAFile: "no such file"}}); err == nil {
		t.Error("a missing ca_file is accepted")
	}
}
