package notifier_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/selector"
	"github.com/forewarn/forewarn/shared/silence"
)

// on says a trouble of a kind about a host.
func on(minute int, a finding.Action, s finding.Severity, kind finding.Kind, host string) *finding.Finding {
	f := say(minute, a, s, fmt.Sprint(kind, host), fmt.Sprintf("%s/host:%s", kind, host))
	f.ID = fmt.Sprintf("trend:00:%s-%s-%d:0", host, kind, minute)
	f.Kind, f.Entity = kind, entity.Outermost(entity.Host, "", host)
	return f
}

// silenced asks a notifier that has just started for silences until it answers.
func (r *rig) silenced(t *testing.T, c silence.Command) (out []silence.Silence) {
	t.Helper()
	bustest.Eventually(t, time.Minute, func() (err error) {
		out, err = silence.Ask(t.Context(), r.bus, c)
		if errors.Is(err, bus.ErrNoWorker) {
			return err
		}
		if err != nil {
			t.Fatal(err)
		}
		return nil
	})
	return out
}

func (r *rig) open(t *testing.T) *incident.Store {
	t.Helper()
	kv, err := r.bus.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	return incident.NewStore(kv)
}

// TestSilenced: nobody is told of what is silenced, which the incident says; at the end of the silence, also over a restart, people
// are told once of what goes on, and not of what came and went.
func TestSilenced(t *testing.T) {
	rec := newReceiver(t, nil)
	r := newRig(t, rec.URL)
	stop := r.start(t)
	made := r.silenced(t, silence.Command{Do: silence.Create, Silence: &silence.Silence{
		Author: "ana", Comment: "restart", Match: selector.MustParse(`name="erp-*"`), Starts: time.Now(), Ends: time.Now().Add(time.Hour),
	}})
	minute := int(time.Since(start)/time.Minute) + 1
	r.find(t,
		on(minute, finding.Opened, finding.Warning, finding.Silence, "erp-01"), on(minute, finding.Opened, finding.Warning, finding.Silence, "erp-02"),
		on(minute, finding.Opened, finding.Warning, finding.Silence, "db-01"))
	r.find(t, on(minute+1, finding.Updated, finding.Critical, finding.Silence, "erp-01"), on(minute+1, finding.Resolved, finding.Info, finding.Silence, "erp-02"))
	r.quiet(t)
	if diff := cmp.Diff([]string{"opened silence/host:db-01"}, rec.accepted()); diff != "" {
		t.Errorf("received while silenced (-want +got):\n%s", diff)
	}
	held, err := r.open(t).Held(t.Context())
	if err != nil || len(held) != 2 || held[1].Held.Why != "ana: restart" {
		t.Fatalf("held: %d, %v", len(held), err)
	}
	if all := r.silenced(t, silence.Command{Do: silence.List}); len(all) != 1 || all[0].Held != 2 {
		t.Errorf("listed %+v", all)
	}
	stop()
	r.start(t)
	r.silenced(t, silence.Command{Do: silence.Expire, ID: made[0].ID, By: "bo"})
	bustest.Until(t, time.Minute, "nothing held", func() bool {
		held, err := r.open(t).Held(t.Context())
		return err == nil && len(held) == 0
	})
	r.quiet(t)
	r.find(t, on(minute+20, finding.Resolved, finding.Info, finding.Silence, "erp-01"))
	r.quiet(t)
	want := []string{"opened silence/host:db-01", "opened silence/host:erp-01", "resolved silence/host:erp-01"}
	if diff := cmp.Diff(want, rec.accepted()); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
}

// TestInhibited: of what is on a host that is down people are not told, and once the host is back of what goes on there.
func TestInhibited(t *testing.T) {
	rec := newReceiver(t, nil)
	r := newRig(t, rec.URL)
	r.cfg.JoinWindow = 0 // nothing joins
	r.start(t)
	leak := on(10, finding.Opened, finding.Warning, finding.Leak, "erp-01")
	leak.Signal = "leak/process:erp-01:java"
	r.find(t, on(0, finding.Opened, finding.Critical, finding.Silence, "erp-01"), leak)
	r.quiet(t)
	r.find(t, on(20, finding.Resolved, finding.Info, finding.Silence, "erp-01"))
	bustest.Until(t, time.Minute, "word of the leak", func() bool { return len(rec.accepted()) == 3 })
	r.quiet(t)
	want := []string{"opened silence/host:erp-01", "resolved silence/host:erp-01", "opened leak/process:erp-01:java"}
	if diff := cmp.Diff(want, rec.accepted()); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
}

// TestRoutingRefused: all that is wrong with whom to tell is said at once.
func TestRoutingRefused(t *testing.T) {
	c := notifier.DefaultConfig()
	if err := loadYAML(&c, `
teams: [{name: dba, members: [zoe]}]
routes: [{channels: [pager], to: [nobody]}]
maintenance: [{name: "", duration: 1s}]
`); err != nil {
		t.Fatal(err)
	}
	err := c.Validate()
	for _, want := range []string{"teams[0].members", "routes[0].channels", "routes[0].to", "maintenance[0].name", "maintenance[0].duration"} {
		if err == nil || !strings.Contains("\n"+err.Error(), "\n"+want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}
