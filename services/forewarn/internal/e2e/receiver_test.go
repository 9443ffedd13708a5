package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// receiver is a webhook of the user's: it verifies what it is sent as the documentation says.
type receiver struct {
	*httptest.Server
	secret string

	mu       sync.Mutex
	messages []message
	problems []string
}

// message is what the tests read of a delivery.
type message struct {
	Delivery string `json:"-"`
	Reason   string `json:"event"`
	Incident struct {
		ID     string `json:"id"`
		Signal string `json:"signal"`
		State  string `json:"state"`
	} `json:"incident"`
}

func newReceiver(t *testing.T, secret string) *receiver {
	r := &receiver{secret: secret}
	r.Server = httptest.NewServer(http.HandlerFunc(r.receive))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) receive(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	var m message
	if err == nil {
		err = json.Unmarshal(body, &m)
	}
	if err == nil {
		err = r.verify(req.Header.Get("Forewarn-Signature"), body)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.problems = append(r.problems, err.Error())
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	m.Delivery = req.Header.Get("Forewarn-Delivery")
	r.messages = append(r.messages, m)
}

// verify checks "t=<unix seconds>,v1=<hex of HMAC-SHA256 over <t>.<body>>".
func (r *receiver) verify(signature string, body []byte) error {
	stamp, sum, ok := strings.Cut(signature, ",")
	stamp, isStamp := strings.CutPrefix(stamp, "t=")
	sum, isSum := strings.CutPrefix(sum, "v1=")
	if !ok || !isStamp || !isSum {
		return fmt.Errorf("signature %q has another form", signature)
	}
	mac := hmac.New(sha256.New, []byte(r.secret))
	mac.Write([]byte(stamp + "."))
	mac.Write(body)
	if hex.EncodeToString(mac.Sum(nil)) != sum {
		return fmt.Errorf("signature %q does not verify", signature)
	}
	return nil
}

// about returns the deliveries about signals that contain the words.
func (r *receiver) about(words string) (out []message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.messages {
		if strings.Contains(m.Incident.Signal, words) {
			out = append(out, m)
		}
	}
	return out
}

// refused returns why deliveries were refused.
func (r *receiver) refused() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.problems)
}

// count returns how many of the messages say so.
func count(messages []message, reason string) (n int) {
	for _, m := range messages {
		if m.Reason == reason {
			n++
		}
	}
	return n
}
