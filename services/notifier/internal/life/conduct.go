package life

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// Conduct returns what a command makes of cur at a time, or why it makes nothing: then the step is nil. It changes the people's part
// of the incident alone ([incident.Work]). cur is not changed.
func Conduct(cur *incident.Incident, c *incident.Command, now time.Time) (*Step, *incident.Reply) {
	if k := slices.IndexFunc(cur.Timeline, func(l incident.Change) bool { return l.Command == c.ID }); k >= 0 {
		return nil, answer(cur, incident.Repeated, i18n.Text{})
	}
	if changes := since(cur, c); len(changes) > 0 {
		r := answer(cur, incident.Conflict, conflict(cur, changes))
		r.Changes = changes
		return nil, r
	}
	if !slices.Contains(cur.Possible(), c.Action) {
		return nil, answer(cur, incident.Impossible, impossible(cur, c.Action))
	}
	next := clone(cur)
	text, refused := carryOut(next, c, &incident.Sign{By: c.Actor, At: now})
	if refused != nil {
		return nil, answer(cur, incident.Impossible, *refused)
	}
	s := change(next, c.Action, c.Actor, now)
	s.Change.Command = c.ID
	if c.Action != incident.AddLink {
		s.Change.Note = strings.TrimSpace(c.Text)
	}
	s.Reindex = c.Action == incident.Close || c.Action == incident.Reopen || c.Action == incident.Judge
	s.Places = len(next.Places) // a command moves nothing
	return s.tell("", text), answer(next, incident.Done, i18n.Text{})
}

// change gives next the next version, made by somebody at a time.
func change(next *incident.Incident, action incident.Action, by string, now time.Time) *Step {
	next.Version++
	return &Step{Incident: next, Change: incident.Change{
		Time: now, Version: next.Version, Action: action, Level: next.Severity, Actor: by,
	}}
}

func answer(i *incident.Incident, code incident.Code, text i18n.Text) *incident.Reply {
	return &incident.Reply{
		Schema: incident.SchemaVersion, Code: code, Message: text, Version: i.Version, Stage: i.Stage(), Possible: i.Possible(),
	}
}

// since returns what was done to stage and owner after the version that the command's author saw. What is only said, and what moves by
// itself while people look at it, is none of it.
func since(cur *incident.Incident, c *incident.Command) (changes []incident.Change) {
	if c.Version == 0 || slices.Contains([]incident.Action{incident.Comment, incident.AddLink, incident.Judge}, c.Action) {
		return nil
	}
	for _, l := range cur.Timeline {
		switch l.Action {
		case incident.Comment, incident.AddLink, incident.Judge, incident.Remind, finding.Updated:
			continue
		}
		if l.Version > c.Version {
			changes = append(changes, l)
		}
	}
	return changes
}

func conflict(cur *incident.Incident, changes []incident.Change) i18n.Text {
	last := changes[len(changes)-1]
	stage := stageName(cur.Stage())
	return i18n.Text{
		En: fmt.Sprintf("It has changed since you saw it: %s (%s). It is %s now; look again, then decide.", last.Text.En, last.Actor, stage.En),
		Zh: fmt.Sprintf("在您查看之后已有变化：%s（%s）。当前状态：%s。请重新查看后再操作。", last.Text.Zh, last.Actor, stage.Zh),
	}
}

func impossible(cur *incident.Incident, a incident.Action) i18n.Text {
	var can []string
	for _, p := range cur.Possible() {
		can = append(can, string(p))
	}
	stage, list := stageName(cur.Stage()), strings.Join(can, ", ")
	text := i18n.Text{
		En: fmt.Sprintf("%s is not possible: the incident is %s. Possible are: %s.", a, stage.En, list),
		Zh: fmt.Sprintf("无法执行 %s：事件当前为“%s”。可执行：%s。", a, stage.Zh, list),
	}
	switch {
	case cur.MergedInto != "":
		text.En += fmt.Sprintf(" It was merged into incident %s; go on there.", cur.MergedInto)
		text.Zh += fmt.Sprintf("该事件已并入 %s，请在那里处理。", cur.MergedInto)
	case a == incident.Verify && cur.State == incident.Open:
		text.En += " The danger is still seen; what is there cannot be verified to be gone."
		text.Zh += "仍检测到该问题，无法确认已消除。"
	}
	return text
}

// stageName names a stage for people.
func stageName(s incident.Stage) i18n.Text {
	zh := map[incident.Stage]string{
		incident.StageOpen: "未处理", incident.StageAssigned: "已分派", incident.StageAcknowledged: "已确认", incident.StageMitigated: "已缓解",
		incident.StageResolved: "已解决", incident.StageVerified: "已验证", incident.StageClosed: "已关闭",
	}
	return i18n.Text{En: string(s), Zh: zh[s]}
}

// carryOut signs next, and says it in words; or why it cannot be.
func carryOut(next *incident.Incident, c *incident.Command, by *incident.Sign) (text i18n.Text, refused *i18n.Text) {
	w := &next.Work
	switch c.Action {
	case incident.Assign:
		return assign(w, c.Owner, by)
	case incident.Acknowledge:
		w.Acknowledged, text = by, i18n.Text{En: "Acknowledged", Zh: "已确认"}
	case incident.Unacknowledge:
		w.Acknowledged, text = nil, i18n.Text{En: "Acknowledgement taken back", Zh: "撤销确认"}
	case incident.Mitigate:
		w.Mitigated, text = by, i18n.Text{En: "Mitigated", Zh: "已缓解"}
	case incident.Resolve:
		w.Resolved, w.Reopened, text = by, nil, i18n.Text{En: "Resolved", Zh: "已解决"}
	case incident.Reopen:
		reopenByHand(next, by)
		text = i18n.Text{En: "Open again", Zh: "重新打开"}
	case incident.Verify:
		w.Verified, text = by, i18n.Text{En: "Verified", Zh: "已验证"}
	case incident.Close:
		w.Closed, text = by, i18n.Text{En: "Closed", Zh: "已关闭"}
	case incident.Comment:
		text = i18n.Text{En: "Comment", Zh: "评论"}
	case incident.AddLink:
		return addLink(w, c, by)
	case incident.Judge:
		w.Verdict = &incident.Verdict{Judgement: c.Verdict, Sign: *by}
		v := judgementName(c.Verdict)
		text = i18n.Text{En: "Verdict: " + v.En, Zh: "评价：" + v.Zh}
	}
	return text, nil
}

func assign(w *incident.Work, owner string, by *incident.Sign) (text i18n.Text, refused *i18n.Text) {
	owner = strings.TrimSpace(owner)
	switch {
	case owner == w.Owner && owner == "":
		return text, &i18n.Text{En: "It is assigned to nobody; name an owner.", Zh: "当前无负责人；请填写负责人。"}
	case owner == w.Owner && w.Assigned != nil:
		return text, &i18n.Text{En: fmt.Sprintf("It is assigned to %s already.", owner), Zh: fmt.Sprintf("已分派给 %s。", owner)}
	}
	was := w.Owner
	w.Owner, w.Assigned = owner, by
	if owner == "" {
		w.Assigned = nil
		return i18n.Text{En: fmt.Sprintf("No longer assigned to %s", was), Zh: fmt.Sprintf("取消分派（原负责人 %s）", was)}, nil
	}
	return i18n.Text{En: "Assigned to " + owner, Zh: "分派给 " + owner}, nil
}

func addLink(w *incident.Work, c *incident.Command, by *incident.Sign) (text i18n.Text, refused *i18n.Text) {
	if len(w.Links) >= incident.MaxLinks {
		return text, &i18n.Text{
			En: fmt.Sprintf("It has %d links, and takes no more; write the address as a comment.", incident.MaxLinks),
			Zh: fmt.Sprintf("已有 %d 个链接，无法再添加；请把地址写在评论中。", incident.MaxLinks),
		}
	}
	w.Links = append(slices.Clip(w.Links), incident.Link{URL: c.URL, Title: c.Title, Sign: *by})
	name := c.Title
	if name == "" {
		name = c.URL
	}
	return i18n.Text{En: "Link: " + name, Zh: "链接：" + name}, nil
}

// reopenByHand takes back what said that it is over. Who works on it stays.
func reopenByHand(next *incident.Incident, by *incident.Sign) {
	w := &next.Work
	w.Mitigated, w.Resolved, w.Verified, w.Closed, w.Reopened = nil, nil, nil, nil, nil
	if next.State == incident.Resolved {
		w.Reopened = by
	}
}

func judgementName(j incident.Judgement) i18n.Text {
	switch j {
	case incident.Averted:
		return i18n.Text{En: "prevented by somebody", Zh: "已被人为避免"}
	case incident.FalseAlarm:
		return i18n.Text{En: "false alarm", Zh: "误报"}
	case incident.Expected:
		return i18n.Text{En: "expected", Zh: "预期之内"}
	}
	return i18n.Text{En: "useful", Zh: "有用"}
}
