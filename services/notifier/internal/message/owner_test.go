package message

import (
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// called shows people by a list of names.
type called map[string]string

func (c called) Shown(name string) string {
	if s := c[name]; s != "" {
		return s
	}
	return name
}

// TestOwner: whom people named, else who was told, else the team, else a label; and whether somebody has acknowledged it.
func TestOwner(t *testing.T) {
	names := called{"li.wei": "李伟", "ana": "Ana"}
	f := func(why incident.Reason, change func(*incident.Incident), en, zh string) {
		t.Helper()
		i := ledger()
		change(i)
		for lang, want := range map[i18n.Language]string{i18n.English: en, i18n.Chinese: zh} {
			if got := (Reader{Language: lang, Zone: time.UTC, Names: names}).Render(i, why).Owner; got != want {
				t.Errorf("%s: got %q, want %q", lang, got, want)
			}
		}
	}
	told := func(to ...incident.Told) func(*incident.Incident) {
		return func(i *incident.Incident) { i.Notified = &incident.Notice{Told: to} }
	}
	onCall := told(incident.Told{Channel: "robot", Team: "dba"}, incident.Told{Channel: "sms", To: []string{"li.wei"}, Team: "dba"}, incident.Told{Channel: "call", To: []string{"li.wei"}})
	opened, reminder := incident.ReasonOpened, incident.ReasonUnacknowledged

	f(opened, func(*incident.Incident) {}, "", "")
	f(opened, onCall, "李伟 (dba)", "李伟（dba）")
	f(opened, told(incident.Told{Channel: "robot", Team: "dba"}), "team dba", "dba 团队")
	f(opened, told(incident.Told{Channel: "sms", To: []string{"ana", "b", "c", "d", "e"}}), "Ana, b, c and 2 more", "Ana、b、c 等 5 人")
	f(opened, func(i *incident.Incident) {
		i.Entity = entity.Entity{Labels: map[string]string{"team": "ledger", "owner": "lao.wang"}}
	}, "lao.wang", "lao.wang")
	f(opened, func(i *incident.Incident) { onCall(i); i.Work.Owner = "ana" }, "Ana", "Ana")
	f(reminder, onCall, "李伟 (dba); nobody has acknowledged it", "李伟（dba），至今无人确认")
	f(reminder, func(*incident.Incident) {}, "nobody, and nobody has acknowledged it", "未指定，至今无人确认")
	acknowledged := func(owner string) func(*incident.Incident) {
		return func(i *incident.Incident) { i.Work.Owner, i.Work.Acknowledged = owner, &incident.Sign{By: "ana"} }
	}
	f(incident.ReasonMoved, acknowledged("li.wei"), "李伟; acknowledged by Ana", "李伟（Ana 已确认）")
	f(incident.ReasonMoved, acknowledged("ana"), "Ana, acknowledged", "Ana（已确认）")
	f(incident.ReasonMoved, acknowledged(""), "Ana, acknowledged", "Ana（已确认）")
	f(incident.ReasonResolved, onCall, "", "")
	f(incident.ReasonResolved, acknowledged("li.wei"), "李伟", "李伟")
}
