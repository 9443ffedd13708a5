package notifier

import (
	"context"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// TestStaleIncidents: those of which nothing was heard for long end, once; the others stay.
func TestStaleIncidents(t *testing.T) {
	b := bustest.New(t)
	n, err := open(t.Context(), DefaultConfig(), Settings{Bus: b})
	if err != nil {
		t.Fatal(err)
	}
	defer n.close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- n.consumer().Run(ctx) }()
	now := time.Now().UTC()
	for signal, at := range map[string]time.Time{"old": now.Add(-8 * 24 * time.Hour), "young": now.Add(-6 * 24 * time.Hour)} {
		err := n.say(t.Context(), &finding.Finding{
			ID: "trend:00:1:" + signal, Episode: signal, Action: finding.Opened, Time: at, Kind: finding.Exhaustion,
			Signal: signal, Severity: finding.Warning, Entity: entity.Entity{ID: signal},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	settled(t, b, 2)
	for range 2 {
		if err := n.closeStale(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	settled(t, b, 3)
	for _, state := range []incident.State{incident.Open, incident.Resolved} {
		page, err := n.store.List(t.Context(), incident.Query{State: state})
		if err != nil || len(page.Incidents) == 0 {
			t.Fatal(err)
		}
		for _, i := range page.Incidents {
			if (i.Signal == "old") != (i.State == incident.Resolved) {
				t.Errorf("%s is %s", i.Signal, i.State)
			}
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// settled waits until so many findings, and no more, are applied.
func settled(t *testing.T, b *bus.Bus, findings uint64) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		c, err := b.JetStream().Consumer(t.Context(), bus.StreamFindings, "notifier")
		if err == nil && c.CachedInfo().AckFloor.Stream == findings {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d findings are not applied within a minute: %v", findings, err)
		}
	}
	s, err := b.JetStream().Stream(t.Context(), bus.StreamFindings)
	if err != nil || s.CachedInfo().State.LastSeq != findings {
		t.Errorf("%d findings, %v; want %d", s.CachedInfo().State.LastSeq, err, findings)
	}
}
