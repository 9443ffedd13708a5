package intake

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
)

// in puts findings on a volume of a host, and message is what a log of that host says of it.
func in(host string, findings ...*finding.Finding) []*finding.Finding {
	for _, f := range findings {
		f.Entity = entity.Entity{ID: "volume:" + host + ":/", Type: entity.Volume, Root: "host:" + host}
		f.Unit, f.Used, f.Limit = "bytes", 96, 100
		if f.Kind == finding.Log {
			f.Entity = entity.Entity{ID: "host:" + host, Type: entity.Host, Root: "host:" + host}
			f.Unit, f.Limit = "entries", 0
		}
	}
	return findings
}

func message(minute int, a finding.Action, s finding.Severity, episode, signature string) *finding.Finding {
	f := say(minute, a, s, episode, "log-"+signature+"/host:a")
	f.ID, f.Kind, f.Resource = fmt.Sprintf("anomaly:00:%d:0", minute+1), finding.Log, finding.Storage
	f.Message = i18n.Text{En: "a has written: No space left on device"}
	return f
}

// joined is a life in which messages join predictions, predictions messages, and messages each other.
func joined() []*finding.Finding {
	const a = "space/volume:a:/"
	return in("a",
		say(0, finding.Opened, finding.Warning, "1", a),
		message(1, finding.Opened, finding.Info, "m0", "note"),
		message(2, finding.Opened, finding.Critical, "m1", "enospc"), // joins, and is worse
		say(3, finding.Updated, finding.Warning, "1", a),
		message(4, finding.Opened, finding.Critical, "m2", "quota"), // joins, too
		message(5, finding.Resolved, finding.Critical, "m1", "enospc"),
		say(6, finding.Resolved, finding.Info, "1", a), // a message keeps it open
		message(7, finding.Resolved, finding.Critical, "m2", "quota"),
		message(8, finding.Opened, finding.Critical, "m3", "enospc"), // another incident, although "1" might open again
		message(9, finding.Opened, finding.Warning, "m4", "quota"),   // of the same resource
		say(10, finding.Opened, finding.Warning, "2", a),             // which it joins
		message(11, finding.Resolved, finding.Critical, "m3", "enospc"),
		message(12, finding.Resolved, finding.Warning, "m4", "quota"),
		message(13, finding.Opened, finding.Critical, "m5", "enospc"), // and again
		say(14, finding.Resolved, finding.Info, "2", a),
		message(15, finding.Resolved, finding.Critical, "m5", "enospc"),
		message(16, finding.Resolved, finding.Info, "m0", "note"),
		say(17, finding.Updated, finding.Warning, "1", a), // its worker goes on as if it had not ended
	)
}

// TestJoined follows messages and predictions of one fault, then again: the second time changes nothing.
func TestJoined(t *testing.T) {
	a, b := newApplier(t)
	var got []Result
	for _, f := range joined() {
		got = append(got, apply(t, a, f))
	}
	want := []Result{
		OpenedIncident, Ignored, JoinedIncident, UpdatedIncident, JoinedIncident, UpdatedIncident, UpdatedIncident, ResolvedIncident,
		OpenedIncident, JoinedIncident, JoinedIncident, UpdatedIncident, UpdatedIncident, UpdatedIncident, UpdatedIncident, ResolvedIncident,
		Ignored, Repeated,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	once := look(t, b, a.Store)
	if len(once.Incidents) != 2 || len(once.Open) != 0 {
		t.Fatalf("%d incidents, %d open", len(once.Incidents), len(once.Open))
	}
	for _, i := range once.Incidents {
		if i.Kind != finding.Exhaustion || len(i.ConfirmedBy) != 2 || i.Worst != finding.Critical {
			t.Errorf("incident: %+v", i)
		}
	}
	// ops: opened, raised, resolved; opened, resolved. night: all of them but the first.
	if len(once.Queue) != 5+4 {
		t.Errorf("queue: %q", once.Queue)
	}
	for _, f := range joined() {
		if r := apply(t, a, f); r != Repeated && r != Ignored {
			t.Errorf("%s the second time: %s", f.ID, r)
		}
	}
	if diff := cmp.Diff(once, look(t, b, a.Store), sameWorld); diff != "" {
		t.Errorf("after a replay (-once +twice):\n%s", diff)
	}
}

// TestOtherHostsStayApart: what another host says is another incident.
func TestOtherHostsStayApart(t *testing.T) {
	a, b := newApplier(t)
	apply(t, a, in("a", say(0, finding.Opened, finding.Warning, "1", "space/volume:a:/"))[0])
	if r := apply(t, a, in("b", message(1, finding.Opened, finding.Critical, "m1", "enospc"))[0]); r != OpenedIncident {
		t.Errorf("the message of another host: %s", r)
	}
	if w := look(t, b, a.Store); len(w.Open) != 2 {
		t.Errorf("%d open incidents, want 2", len(w.Open))
	}
}
