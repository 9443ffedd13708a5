package console

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/obs"
)

// TestStopAnswersRequestsUnderWay: a request that the console has begun when it is stopped gets its answer,
// and one that hangs does not hold up the stop.
func TestStopAnswersRequestsUnderWay(t *testing.T) {
	begun, release := make(chan struct{}, 2), make(chan struct{})
	hang := func(w http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		<-r.Context().Done()
	}
	slow := func(w http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		<-release
		io.WriteString(w, "answered") //nolint:errcheck // the client sees it
	}
	url, stop, stopped := startToStop(t, map[string]http.Handler{"/slow": http.HandlerFunc(slow), "/hang": http.HandlerFunc(hang)})
	slowly, hanging := request(t, url+"/slow"), request(t, url+"/hang")
	<-begun
	<-begun
	stop()
	bustest.Until(t, 20*time.Second, "it takes no more", func() bool { // it takes no more
		resp, err := http.Get(url + "/healthz")
		if err == nil {
			resp.Body.Close()
		}
		return err != nil
	})
	close(release)
	if got := <-slowly; got != "answered" {
		t.Errorf("the request under way got %q", got)
	}
	if got := <-hanging; got != "no answer" {
		t.Errorf("the request that hangs got %q", got)
	}
	select {
	case err := <-stopped:
		if err != nil {
			t.Errorf("stopped with %v", err)
		}
	case <-time.After(15 * time.Second):
		t.Error("the console did not stop")
	}
}

// TestStopEndsEvents: pages that listen do not hold up the stop.
func TestStopEndsEvents(t *testing.T) {
	url, stop, stopped := startToStop(t, nil)
	f := &fixture{t: t, URL: strings.TrimSuffix(url, "/")}
	events := f.listen(t.Context())
	if got := next(t, events, 5*time.Second); got != "hello" {
		t.Fatalf("first event %q", got)
	}
	stop()
	select {
	case err := <-stopped:
		if err != nil {
			t.Errorf("stopped with %v", err)
		}
	case <-time.After(2 * time.Second): // what requests under way have
		t.Error("a page that listens holds up the stop")
	}
}

// startToStop runs a console with mounts; stop ends it, and stopped gets what Run returned.
func startToStop(t *testing.T, mounts map[string]http.Handler) (url string, stop func(), stopped chan error) {
	t.Helper()
	b := bustest.New(t)
	kv, err := b.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	cfg := freePort()
	l, err := Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stopped = make(chan error, 1)
	go func() {
		stopped <- Run(ctx, cfg, Settings{
			Logger: zap.NewNop(), Registry: prometheus.NewRegistry(), Health: &obs.Health{}, Bus: b,
			Incidents: incident.NewStore(kv), Mounts: mounts, Listener: l,
		})
	}()
	return "http://" + l.Addr().String(), stop, stopped
}

// request sends a request and returns where its answer will be.
func request(t *testing.T, url string) chan string {
	t.Helper()
	out := make(chan string, 1)
	go func() {
		resp, err := http.Get(url)
		if err != nil {
			out <- "no answer"
			return
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			out <- "no answer"
			return
		}
		out <- string(body)
	}()
	return out
}
