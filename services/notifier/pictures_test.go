package notifier_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// steady is a history of which nothing but its presence counts.
type steady struct{}

func (steady) Course(_ context.Context, _, _ string, from, to time.Time) (used, limit []telemetry.Sample, err error) {
	for at := from; at.Before(to); at = at.Add(time.Hour) {
		used = append(used, telemetry.Sample{TimeMillis: at.UnixMilli(), Value: 0.2})
	}
	return used, nil, nil
}

// TestPictureOfHabit: the picture that a chat gets of unusual behaviour is drawn with what the worker says is usual, over all that it
// shows.
func TestPictureOfHabit(t *testing.T) {
	var mu sync.Mutex
	var types []string
	chat := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Type string `json:"msgtype"`
		}
		data, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(data, &body) != nil {
			t.Errorf("body %.100q, %v", data, err)
		}
		mu.Lock()
		defer mu.Unlock()
		types = append(types, body.Type)
		fmt.Fprint(w, `{"errcode":0,"errmsg":"ok"}`) //nolint:errcheck // the client gave up in between
	}))
	t.Cleanup(chat.Close)
	catalogue, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t)
	r.catalogue, r.courses = catalogue, steady{}
	r.cfg.Channels = []notifier.ChannelConfig{{Name: "chat", Type: notifier.TypeWeCom, URL: config.Secret(chat.URL + "/?key=" + token)}}
	asked := make(chan signal.PageRequest, 1)
	answer := func(request []byte) ([]byte, error) {
		var q signal.PageRequest
		err := json.Unmarshal(request, &q)
		if q.Key != "" {
			asked <- q
		}
		return []byte(`{"band":null}`), err
	}
	const root = "host:erp-01"
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.bus.Answer(ctx, signal.HabitKeeper, r.bus.PartitionOf(root), answer) }()
	bustest.Until(t, 10*time.Second, "somebody answers", func() bool {
		_, err := r.bus.Query(t.Context(), signal.HabitKeeper, r.bus.PartitionOf(root), []byte("{}"))
		return err == nil
	})
	stop := r.start(t)
	f := say(0, finding.Opened, finding.Critical, "e1", "http-latency/application:erp-01:8080")
	f.Kind, f.Entity = finding.Anomaly, entity.Entity{ID: "application:erp-01:8080", Type: "application", Root: root, Name: "8080 on erp-01"}
	r.find(t, f)
	r.quiet(t)
	stop()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if len(types) != 2 || types[0] != "markdown" || types[1] != "image" {
		t.Errorf("the chat got %v", types)
	}
	if q := <-asked; q.Key != f.Signal || q.To.Sub(q.From) < 4*24*time.Hour {
		t.Errorf("asked for %+v", q)
	}
}
