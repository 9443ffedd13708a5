package dingtalk_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/dingtalk"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
)

// TestDocument: a document is sent as its card, with the robot's keyword, and mentions nobody.
func TestDocument(t *testing.T) {
	var got struct {
		Markdown struct{ Title, Text string }
		At       struct {
			All bool `json:"isAtAll"`
		}
	}
	peer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(data, &got) != nil {
			t.Errorf("body %s: %v", data, err)
		}
		io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`) //nolint:errcheck // the client sees it
	}))
	t.Cleanup(peer.Close)
	robot, err := dingtalk.New(dingtalk.Settings{URL: peer.URL + "/?access_token=x", Options: dingtalk.Options{Keyword: "Forewarn", AtAll: true}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(robot.Close)
	doc := &message.Document{Subject: "Risk digest: 2 risks", Plain: "plain", HTML: "<html>", Markdown: "### Risk digest\n\n**2 risks**"}
	if _, err := robot.Send(t.Context(), delivery.Message{ID: "digest.erp.2026-W48.ops", Reason: delivery.ReasonDocument, Document: doc}); err != nil {
		t.Fatal(err)
	}
	if got.Markdown.Title != "Forewarn Risk digest: 2 risks" || got.Markdown.Text != doc.Markdown+"\n\nForewarn" || got.At.All {
		t.Errorf("sent %+v", got)
	}
}
