package notifier_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

func loadYAML(c *notifier.Config, doc string) error { return yaml.Unmarshal([]byte(doc), c) }

// TestStorm: 500 hosts in trouble at once give a handful of messages to a robot, of which none is lost and each is noted.
func TestStorm(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes under the race detector; run without -short")
	}
	const hosts = 500
	var mu sync.Mutex
	var times []time.Time
	robot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		times = append(times, time.Now())
		fmt.Fprint(w, `{"errcode":0,"errmsg":"ok"}`) //nolint:errcheck // the client gave up in between
	}))
	t.Cleanup(robot.Close)
	r := &rig{bus: bustest.New(t, func(c *bus.Config) { c.MaxStore = 1 << 30 }), cfg: notifier.DefaultConfig()}
	r.cfg.Channels = []notifier.ChannelConfig{{
		Name: "ops", Type: notifier.TypeDingTalk, URL: config.Secret(robot.URL + "/robot/send?access_token=" + token), Secret: token,
	}}
	if err := loadYAML(&r.cfg, "routes: [{group_wait: 0s, group_interval: 5s}]"); err != nil { // no test waits for minutes
		t.Fatal(err)
	}
	r.start(t)
	for k := range hosts {
		severity := []finding.Severity{finding.Warning, finding.Critical}[k%2]
		r.find(t, on(0, finding.Opened, severity, finding.Anomaly, fmt.Sprintf("h%03d", k)))
	}
	r.quiet(t)
	mu.Lock()
	defer mu.Unlock()
	if len(times) > hosts/10 {
		t.Errorf("%d messages about %d incidents", len(times), hosts)
	}
	page, err := r.open(t).List(t.Context(), incident.Query{Limit: hosts})
	if err != nil || len(page.Incidents) != hosts {
		t.Fatalf("%d incidents, %v", len(page.Incidents), err)
	}
	for _, i := range page.Incidents {
		if got, err := r.open(t).Receipt(t.Context(), i.ID, "ops"); err != nil || got.Outcome != incident.Delivered || got.Version != i.Notified.Version {
			t.Fatalf("receipt of %s: %+v, %v", i.ID, got, err)
		}
	}
	if n := r.count(t, bus.StreamDeadLetters); n != 0 {
		t.Errorf("%d dead letters", n)
	}
	r.counted(t, "forewarn_notifier_deliveries_total", "collapsed", float64(hosts-len(times)))
}
