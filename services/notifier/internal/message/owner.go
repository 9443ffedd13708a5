package message

import (
	"fmt"
	"slices"
	"strings"

	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// named is how many people a message names of those who were told.
const named = 3

// owner says who has an incident: whom people gave it to, else who was told, else the team that owns what it is about; and whether
// somebody has acknowledged it. Of what is over it says who had it.
func (r Reader) owner(i *incident.Incident, why incident.Reason) string {
	who := r.shown(i18n.Line(i.Work.Owner))
	if why == incident.ReasonResolved || why == incident.ReasonUnheard {
		return who
	}
	if who == "" {
		who = r.told(i)
	}
	switch by := i.Work.Acknowledged; {
	case why == incident.ReasonUnacknowledged && who == "":
		return r.say("nobody, and nobody has acknowledged it", "未指定，至今无人确认")
	case why == incident.ReasonUnacknowledged:
		return who + r.say("; nobody has acknowledged it", "，至今无人确认")
	case by == nil:
		return who
	case who == "" || who == r.shown(by.By):
		return r.shown(by.By) + r.say(", acknowledged", "（已确认）")
	default:
		return who + r.say("; acknowledged by "+r.shown(by.By), "（"+r.shown(by.By)+" 已确认）")
	}
}

// told says whom the newest message is for, by whatever channel, with the team; or the team, or the owner that a label names.
func (r Reader) told(i *incident.Incident) string {
	var people []string
	team := ""
	if i.Notified != nil {
		for _, t := range i.Notified.Targets() {
			people = appendNew(people, t.To)
			if team == "" {
				team = t.Team
			}
		}
	}
	switch who := r.list(people); {
	case who == "" && team == "":
		return ownerLabel(i)
	case who == "":
		return r.say("team "+team, team+" 团队")
	case team == "":
		return who
	default:
		return who + r.say(" ("+team+")", "（"+team+"）")
	}
}

// list names the first of some people.
func (r Reader) list(names []string) string {
	shown := make([]string, min(named, len(names)))
	for k := range shown {
		shown[k] = r.shown(names[k])
	}
	text := strings.Join(shown, r.say(", ", "、"))
	if more := len(names) - named; more > 0 {
		text += r.say(fmt.Sprintf(" and %d more", more), fmt.Sprintf(" 等 %d 人", len(names)))
	}
	return text
}

// ownerLabel returns who owns what an incident is about, as its labels say; "" if they do not.
func ownerLabel(i *incident.Incident) string {
	for _, name := range []string{"owner", "team"} {
		if v := i.Entity.Labels[name]; v != "" {
			return CutRunes(i18n.Line(v), maxEntity)
		}
	}
	return ""
}

func (r Reader) shown(name string) string {
	if r.Names == nil || name == "" {
		return name
	}
	return r.Names.Shown(name)
}

// appendNew appends those of more that all lacks.
func appendNew(all, more []string) []string {
	for _, m := range more {
		if !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	return all
}
