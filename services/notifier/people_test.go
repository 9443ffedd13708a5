package notifier_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/services/notifier/internal/route"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/outcome"
	"github.com/forewarn/forewarn/shared/selector"
)

// order sends a command over the bus, as the console does.
func (r *rig) order(t *testing.T, c *incident.Command) *incident.Reply {
	t.Helper()
	data, err := incident.EncodeCommand(c)
	if err != nil {
		t.Fatal(err)
	}
	if data, err = r.bus.Command(t.Context(), incident.Commands, data); err != nil {
		t.Fatal(err)
	}
	var reply incident.Reply
	if err := json.Unmarshal(data, &reply); err != nil {
		t.Fatal(err)
	}
	return &reply
}

// TestCommandOverTheBus: it is obeyed, counted and answered, and what is no command is refused in words.
func TestCommandOverTheBus(t *testing.T) {
	rec := newReceiver(t, nil)
	r := newRig(t, rec.URL)
	for _, name := range []string{"a", "elsewhere"} {
		r.cfg.Teams = append(r.cfg.Teams, notifier.TeamConfig{Team: route.Team{Name: name, Owns: []selector.Selector{selector.MustParse(`host="` + name + `"`)}}})
	}
	r.cfg.RenotifyAfter = notifier.RenotifyConfig{Warning: 2 * time.Second}
	defer r.start(t)()
	opening := say(0, finding.Opened, finding.Warning, "1", "space/volume:a:/")
	opening.Time, opening.Entity = time.Now().UTC(), entity.Entity{ID: "volume:a:/", Root: "host:a", Labels: map[string]string{"host": "a"}}
	r.find(t, opening)
	id := incident.NewID(opening.Time, opening.ID)
	bustest.Eventually(t, time.Minute, func() error {
		if got := strings.Join(rec.accepted(), ","); !strings.Contains(got, "opened") || !strings.Contains(got, "unacknowledged") {
			return errors.New("told: " + got)
		}
		return nil
	})
	c := &incident.Command{ID: "a", Incident: id, Action: incident.Acknowledge, Actor: "li.wei"}
	if reply := r.order(t, c); reply.Code != incident.Done || reply.Stage != incident.StageAcknowledged {
		t.Errorf("acknowledge: %+v", reply)
	}
	if reply := r.order(t, c); reply.Code != incident.Repeated {
		t.Errorf("again: %+v", reply)
	}
	if reply := r.order(t, &incident.Command{ID: "b", Incident: id, Action: incident.Judge, Verdict: incident.Useful, Actor: "li.wei"}); reply.Code != incident.Done {
		t.Errorf("judge: %+v", reply)
	}
	if card, err := scorecard(t.Context(), r.bus); err != nil || len(card.Verdicts) != 1 || card.Verdicts[0].Useful != 1 ||
		len(card.TeamVerdicts) != 1 || card.TeamVerdicts[0] != (outcome.Verdicts{Team: "a", Useful: 1}) {
		t.Errorf("the scorecard has %+v, %v", card, err)
	}
	data, err := r.bus.Command(t.Context(), incident.Commands, []byte(`{"schema":1,"id":"x"}`))
	if err != nil || !strings.Contains(string(data), `"code":"invalid"`) || !strings.Contains(string(data), "incident:") {
		t.Errorf("no command: %s, %v", data, err)
	}
	if n, err := testutil.GatherAndCount(r.reg, "forewarn_notifier_changes_total"); err != nil || n != 3 {
		t.Errorf("%d kinds of changes are counted, want acknowledge, verdict and remind: %v", n, err)
	}
}
