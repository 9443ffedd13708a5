package life

import (
	"fmt"
	"slices"
	"strings"

	"github.com/forewarn/forewarn/shared/checks"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// Attach returns what the four checks of the transaction that cur is about make of it, nil if it has them already or is over. People are
// told once, if a check has found something or the incident is one of the transaction itself, and if no message has told them before.
func (r Rules) Attach(cur *incident.Incident, rep *checks.Report) *Step {
	if cur.State != incident.Open || cur.Checks != nil && cur.Checks.ID == rep.ID {
		return nil
	}
	next := clone(cur)
	next.Version++
	next.Checks, next.ChecksVersion = rep, next.Version
	at := rep.At
	if cur.UpdatedAt.After(at) {
		at = cur.UpdatedAt
	}
	s := &Step{Incident: next, Change: incident.Change{
		Time: at, Version: next.Version, Action: finding.Updated, Level: cur.Severity, Actor: actor,
	}}
	why := incident.ReasonExamined
	if cur.Notified == nil || !rep.Any() && !rep.Own || slices.ContainsFunc(cur.Evidence, isCheck) {
		why = ""
	}
	return s.tell(heeded(cur, next, why), summary(rep))
}

// isCheck reports whether evidence tells the result of a check.
func isCheck(e finding.Evidence) bool { return strings.HasPrefix(e.Name, incident.EvidenceCheck) }

// summary says all four checks in one sentence.
func summary(rep *checks.Report) i18n.Text {
	var en, zh []string
	for i := range rep.Checks {
		line := rep.Checks[i].Line()
		en, zh = append(en, line.En), append(zh, line.Zh)
	}
	return i18n.Text{
		En: fmt.Sprintf("Four checks of “%s”: %s.", rep.Title.En, strings.Join(en, "; ")),
		Zh: fmt.Sprintf("“%s”四项检查：%s。", rep.Title.Zh, strings.Join(zh, "；")),
	}
}
