package feishu

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/group"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/incident"
)

const appSecret = "TOPSECRET-of-the-app"

// tenant answers as the API does: tokens that end, uuids, sizes, uploads, cards that are replaced and answered.
type tenant struct {
	tokens  int
	ended   bool              // the newest token is refused, once
	cards   map[string]string // by message id
	uuids   map[string]string // to message ids
	gone    bool              // messages are withdrawn
	noImage bool
	calls   []string
}

func (c *tenant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	say := func(status, code int, msg, more string) {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"code":%d,"msg":%q%s}`, code, msg, more)
	}
	if r.URL.Path == "/open-apis/auth/v3/tenant_access_token/internal" {
		var id struct {
			App    string `json:"app_id"`
			Secret string `json:"app_secret"`
		}
		if err := json.NewDecoder(r.Body).Decode(&id); err != nil || id.App != "cli_1" || id.Secret != appSecret {
			say(200, 10014, "app secret invalid "+id.Secret, "")
			return
		}
		c.tokens++
		say(200, 0, "ok", fmt.Sprintf(`,"tenant_access_token":"t-%d","expire":7200`, c.tokens))
		return
	}
	if r.Header.Get("Authorization") != fmt.Sprintf("Bearer t-%d", c.tokens) || c.ended {
		c.ended = false
		say(400, 99991663, "Invalid access token for authorization. Please make a test attempt with the correct token.", "")
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/open-apis/im/v1/")
	c.calls = append(c.calls, r.Method+" "+path)
	id, reply := strings.CutSuffix(strings.TrimPrefix(path, "messages/"), "/reply")
	switch {
	case ok && path == "images" && r.Method == http.MethodPost:
		file, header, err := r.FormFile("image")
		if c.noImage || err != nil || r.FormValue("image_type") != "message" || header.Size == 0 || header.Size > 10<<20 {
			say(400, 234006, "The file size exceed the max value", "")
			return
		}
		file.Close()
		say(200, 0, "success", `,"data":{"image_key":"img_1"}`)
	case ok && path == "messages" && r.Method == http.MethodPost:
		c.message(r, "", say)
	case ok && reply && r.Method == http.MethodPost, ok && r.Method == http.MethodPatch:
		if c.gone || c.cards[id] == "" {
			say(400, 230011, "The message was withdrawn.", "")
			return
		}
		c.message(r, id, say)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (c *tenant) message(r *http.Request, id string, say func(int, int, string, string)) {
	data, err := io.ReadAll(r.Body)
	var l letter
	var shown card
	switch {
	case err != nil || json.Unmarshal(data, &l) != nil || json.Unmarshal([]byte(l.Content), &shown) != nil || shown.Header.Title.Content == "":
		say(400, 230001, "Your request contains an invalid request parameter, ext=content", "")
		return
	case len(data) > 30<<10:
		say(400, 230025, "The length of the message content reaches its limit.", "")
		return
	case !shown.Config.Shared:
		say(400, 230054, "This operation is not supported for this message type", "")
		return
	case id == "" && (l.To != "oc_1" || r.URL.Query().Get("receive_id_type") != "chat_id"):
		say(400, 230001, "Your request contains an invalid request parameter, ext=invalid receive_id.", "")
		return
	case len(l.UUID) > 50:
		say(400, 99992402, "field validation failed", "")
		return
	}
	if r.Method == http.MethodPatch {
		c.cards[id] = text(shown)
		say(200, 0, "success", `,"data":{}`)
		return
	}
	if l.UUID == "" || c.uuids[l.UUID] == "" {
		c.uuids[l.UUID] = fmt.Sprintf("om_%d", len(c.cards)+1)
		c.cards[c.uuids[l.UUID]] = text(shown)
	}
	say(200, 0, "success", fmt.Sprintf(`,"data":{"message_id":%q}`, c.uuids[l.UUID]))
}

func app(t *testing.T, secret string) (*App, *tenant) {
	t.Helper()
	c := &tenant{cards: map[string]string{}, uuids: map[string]string{}}
	srv := httptest.NewServer(c)
	t.Cleanup(srv.Close)
	a, err := NewApp(AppSettings{
		URL: srv.URL, Timeout: 5 * time.Second, Secret: secret, Group: group.Options{AtUserIDs: []string{"ou_1"}}, Options: Options{AppID: "cli_1", ReceiveID: "oc_1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a, c
}

// TestApp follows an incident: its card is sent once, replaced by what changes, and answered by what people should hear.
func TestApp(t *testing.T) {
	a, c := app(t, appSecret)
	ref := ""
	send := func(version int, why incident.Reason, calls ...string) {
		t.Helper()
		m := sample(why)
		m.ID, m.Previous, m.Known, m.Picture = fmt.Sprintf("01KFYV8M40AAAAAAAAAAAAAAAA.%d.ops", version), ref, ref != "", png
		m.To = []person.Person{{Name: "wang", FeishuOpenID: "ou_2"}}
		c.calls = nil
		sent, err := a.Send(t.Context(), m)
		if err != nil || sent.Missed != "" {
			t.Fatalf("version %d: %+v, %v", version, sent, err)
		}
		if sent.Ref != "" {
			ref = sent.Ref
		}
		if diff := cmp.Diff(calls, c.calls); diff != "" {
			t.Errorf("version %d: calls (-want +got):\n%s", version, diff)
		}
	}
	send(1, incident.ReasonOpened, "POST images", "POST messages")
	send(1, incident.ReasonOpened, "POST images", "PATCH messages/om_1", "POST messages/om_1/reply")
	c.ended = true
	send(2, incident.ReasonMoved, "POST images", "PATCH messages/om_1")
	if s := c.cards["om_1"]; !strings.Contains(s, "img_1") || !strings.Contains(s, "增加数据文件") || strings.Contains(s, "ou_1") || c.tokens != 2 {
		t.Errorf("the card after an update, with token %d: %s", c.tokens, s)
	}
	send(3, incident.ReasonRaised, "POST images", "PATCH messages/om_1", "POST messages/om_1/reply")
	if s := c.cards["om_3"]; !strings.Contains(s, "<at id=ou_1></at><at id=ou_2></at>") || strings.Contains(s, "增加数据文件") {
		t.Errorf("what was said in the thread: %s", s)
	}
	send(4, incident.ReasonResolved, "POST images", "PATCH messages/om_1", "POST messages/om_1/reply")
	c.gone = true
	send(5, incident.ReasonReopened, "POST images", "PATCH messages/om_1", "POST messages")
	if ref != "om_5" {
		t.Errorf("after the card was withdrawn the incident is at %s", ref)
	}
}

// TestAppRepeat: a message whose answer was lost is not shown twice.
func TestAppRepeat(t *testing.T) {
	a, c := app(t, appSecret)
	for range 2 {
		sent, err := a.Send(t.Context(), sample(incident.ReasonOpened))
		if err != nil || sent.Ref != "om_1" || len(c.cards) != 1 {
			t.Errorf("%+v, %v, %d messages", sent, err, len(c.cards))
		}
	}
}

// TestAppPicture: a picture that is not accepted is said, and the message goes without it.
func TestAppPicture(t *testing.T) {
	a, c := app(t, appSecret)
	c.noImage = true
	m := sample(incident.ReasonOpened)
	m.Picture = png
	sent, err := a.Send(t.Context(), m)
	if err != nil || sent.Ref != "om_1" || !strings.Contains(sent.Missed, "picture") || strings.Contains(c.cards["om_1"], "img") {
		t.Errorf("%+v, %v: %s", sent, err, c.cards["om_1"])
	}
}

func TestAppFits(t *testing.T) {
	a, _ := app(t, appSecret)
	for n := range 20 {
		m := sample(incident.ReasonOpened)
		for range n * 20 {
			m.Text.Why = append(m.Text.Why, strings.Repeat(`很"<\>`, n))
		}
		if _, err := a.Send(t.Context(), m); err != nil {
			t.Errorf("%d lines: %v", n*20, err)
		}
	}
}

func TestAppRefusal(t *testing.T) {
	a, _ := app(t, "OTHERSECRET")
	_, err := a.Send(t.Context(), sample(incident.ReasonOpened))
	var e *delivery.Error
	if !errors.As(err, &e) || !e.Channel || !strings.Contains(e.Remedy, "app_id") || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("%v", err)
	}
}

func TestReceiverType(t *testing.T) {
	for id, want := range map[string]string{"oc_1": "chat_id", "ou_1": "open_id", "on_1": "union_id", "li.wei@example.com": "email", "7a9b": "user_id"} {
		if got := receiverType(id); got != want {
			t.Errorf("%s is a %s, want %s", id, got, want)
		}
	}
}

// TestLiveApp sends one message by a real application when it is given.
func TestLiveApp(t *testing.T) {
	id := os.Getenv("FOREWARN_FEISHU_APP_ID")
	if id == "" {
		t.Skip("FOREWARN_FEISHU_APP_ID (and _APP_SECRET, _RECEIVE_ID) are not set: not run against the live service")
	}
	a, err := NewApp(AppSettings{
		URL: AppURL, Timeout: 10 * time.Second, Secret: os.Getenv("FOREWARN_FEISHU_APP_SECRET"), Options: Options{AppID: id, ReceiveID: os.Getenv("FOREWARN_FEISHU_RECEIVE_ID")},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	if sent, err := a.Send(t.Context(), sample(incident.ReasonOpened)); err != nil || sent.Ref == "" {
		t.Fatalf("%+v, %v", sent, err)
	}
}
