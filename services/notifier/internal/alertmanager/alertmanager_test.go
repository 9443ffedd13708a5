package alertmanager

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/machinetest"
)

const id = "01KFYV8M40AAAAAAAAAAAAAAAA"

// sample is an incident whose labels try what labels can.
func sample() delivery.Message {
	i := &incident.Incident{
		ID: id, Version: 1, Severity: finding.Warning, Worst: finding.Warning, Kind: finding.Exhaustion,
		OpenedAt: time.Now().Add(-time.Hour).UTC(), UpdatedAt: time.Now().UTC(),
		Entity: entity.Entity{
			ID: "volume:erp-01:/u01", Type: "volume", Root: "host:erp-01", Name: "/u01 on erp-01",
			Labels: map[string]string{
				"mountpoint": "/u01", "1bad": "x", "__name__": "x", "a-b": "x", "": "x", "empty": "", "severity": "none",
				"hostile": "a\"}\n{中文\xff", "alertname": "Watchdog",
			},
		},
	}
	return delivery.Message{
		ID: id + ".1.am", Reason: incident.ReasonOpened, Incident: i,
		Text: message.Text{What: "[Warning] LEDGER_DATA full <b>", When: "about Fri", URL: "https://forewarn.example.com/incidents/" + id},
	}
}

// start runs a real Alertmanager until the test ends.
func start(t *testing.T) (url string) {
	t.Helper()
	program := machinetest.Program(t, "prometheus-alertmanager", "prometheus-alertmanager")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	dir := t.TempDir()
	conf := filepath.Join(dir, "am.yml")
	if err := os.WriteFile(conf, []byte("route: {receiver: none}\nreceivers: [{name: none}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, "--config.file", conf, "--storage.path", dir, "--web.listen-address", address, "--cluster.listen-address", "")
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		cmd.Wait() //nolint:errcheck // it was killed
	})
	for deadline := time.Now().Add(30 * time.Second); ; {
		resp, err := http.Get("http://" + address + "/-/ready")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return "http://" + address
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("alertmanager does not answer: %v\n%s", err, out.String())
		}
	}
}

type shown struct {
	Labels, Annotations map[string]string
	StartsAt, EndsAt    time.Time
	GeneratorURL        string
}

// active returns the alerts that are active at a server.
func active(t *testing.T, url string) (out []shown) {
	t.Helper()
	resp, err := http.Get(url + "/api/v2/alerts")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

func open(t *testing.T, url string) *Channel {
	t.Helper()
	c, err := New(Settings{URL: url, Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func send(t *testing.T, c *Channel, m delivery.Message) {
	t.Helper()
	if _, err := c.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}

// TestLife follows an incident through a real server: it opens, is worse, and ends.
func TestLife(t *testing.T) {
	url := start(t)
	c := open(t, url)
	m := sample()
	send(t, c, m)
	got := active(t, url)
	if len(got) != 1 {
		t.Fatalf("active: %v", got)
	}
	a := got[0]
	want := map[string]string{
		"alertname": "ForewarnIncident", "incident": id, "severity": "warning", "kind": "exhaustion", "entity": "/u01 on erp-01", "entity_type": "volume",
		"root": "erp-01", "mountpoint": "/u01", "hostile": "a\"}\n{中文\uFFFD",
	}
	if len(a.Labels) != len(want) {
		t.Errorf("labels: %v", a.Labels)
	}
	for k, v := range want {
		if a.Labels[k] != v {
			t.Errorf("label %s is %q, want %q", k, a.Labels[k], v)
		}
	}
	if left := time.Until(a.EndsAt); left < 3*time.Minute || left > 5*time.Minute || a.GeneratorURL != m.Text.URL || a.Annotations["summary"] != m.Text.What || !a.StartsAt.Equal(m.Incident.OpenedAt.Truncate(time.Millisecond)) {
		t.Errorf("alert: %+v", a)
	}
	m.Reason, m.Incident.Severity, m.Incident.Worst = incident.ReasonRaised, finding.Critical, finding.Critical
	send(t, c, m)
	if got := active(t, url); len(got) != 1 || got[0].Labels["severity"] != "critical" {
		t.Errorf("after it became worse: %v", got)
	}
	now := time.Now().UTC()
	m.Reason, m.Incident.ResolvedAt = incident.ReasonResolved, &now
	send(t, c, m)
	if got := active(t, url); len(got) != 0 {
		t.Errorf("after its end: %v", got)
	}
}

// TestRepeat: a server that lost all is told again of what is open, and not of what has ended since it was read.
func TestRepeat(t *testing.T) {
	url := start(t)
	c := open(t, url)
	m := sample()
	if err := c.Repeat(t.Context(), []delivery.Message{m}); err != nil {
		t.Fatal(err)
	}
	first := active(t, url)
	if len(first) != 1 {
		t.Fatalf("active: %v", first)
	}
	if err := c.Repeat(t.Context(), []delivery.Message{m}); err != nil {
		t.Fatal(err)
	}
	if again := active(t, url); len(again) != 1 || !again[0].EndsAt.After(first[0].EndsAt) {
		t.Errorf("a repeat does not move the end on: %v, then %v", first, again)
	}
	ended, now := sample(), time.Now().UTC()
	ended.Reason, ended.Incident.ResolvedAt = incident.ReasonResolved, &now
	send(t, c, ended)
	if err := c.Repeat(t.Context(), []delivery.Message{m}); err != nil {
		t.Fatal(err)
	}
	if got := active(t, url); len(got) != 0 {
		t.Errorf("a repeat from before its end brings it back: %v", got)
	}
}

// TestRefused says what a server's refusal means.
func TestRefused(t *testing.T) {
	f := func(status int, permanent, channel bool) {
		t.Helper()
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		defer srv.Close()
		_, err := open(t, srv.URL).Send(t.Context(), sample())
		var e *delivery.Error
		if !errors.As(err, &e) || e.Permanent != permanent || e.Channel != channel || e.Remedy == "" {
			t.Errorf("%d: %+v", status, err)
		}
	}
	f(http.StatusBadRequest, true, false)
	f(http.StatusUnauthorized, false, true)
	f(http.StatusNotFound, false, true)
	f(http.StatusInternalServerError, false, false)
	if _, err := open(t, "http://127.0.0.1:1").Send(t.Context(), delivery.Message{Document: &message.Document{}}); err == nil {
		t.Error("a document is taken")
	}
}

func FuzzLabels(f *testing.F) {
	f.Add("mountpoint", "/u01")
	f.Add("__x", "\xff")
	f.Add("é", "")
	f.Fuzz(func(t *testing.T, name, value string) {
		i := sample().Incident
		i.Entity.Labels = map[string]string{name: value}
		got := labels(i)
		for k, v := range got {
			if !valid(k) || v == "" || strings.ToValidUTF8(v, "") != v {
				t.Errorf("%q=%q gives the label %q=%q", name, value, k, v)
			}
		}
		if got["alertname"] != "ForewarnIncident" || got["incident"] != id {
			t.Errorf("%q=%q takes the place of our own: %v", name, value, got)
		}
	})
}
