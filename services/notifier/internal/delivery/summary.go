package delivery

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/shared/incident"
)

// summary is the message that tells of several incidents at once: what is still true of each.
func (w *Worker) summary(b *batch, fresh []known) Message {
	digest := message.Digest{}
	if b.scope == ofGroup {
		digest.Title = group(fresh[0].delivery).Title
	}
	ids := make([]string, 0, len(fresh))
	why := incident.ReasonResolved
	for _, k := range fresh {
		i := &k.delivery.Incident
		ids = append(ids, k.delivery.ID())
		reason := sinceTold(b, k)
		switch {
		case i.State == incident.Open && turn(reason):
			digest.Began = append(digest.Began, i)
		case i.State == incident.Open:
			digest.Moved = append(digest.Moved, i)
		case k.last.Version == 0:
			digest.Passed = append(digest.Passed, i)
		default:
			digest.Ended = append(digest.Ended, i)
		}
		if i.State == incident.Open && (why == incident.ReasonResolved || turn(reason)) {
			why = reason
		}
	}
	slices.Sort(ids)
	sum := sha256.Sum256([]byte(strings.Join(ids, " ")))
	return w.Summary(Message{
		ID: "summary." + hex.EncodeToString(sum[:12]) + "." + w.Name, Reason: why, Incident: worst(fresh), Summary: &digest,
	}, fresh[0].delivery.To, team(fresh))
}

// team returns the team that owns all of it, "" if there is none.
func team(fresh []known) string {
	name := fresh[0].delivery.Team
	if slices.ContainsFunc(fresh, func(k known) bool { return k.delivery.Team != name }) {
		return ""
	}
	return name
}

// worst returns the most severe incident, of equal ones one that is open, of these the oldest.
func worst(fresh []known) *incident.Incident {
	k := slices.MinFunc(fresh, func(a, b known) int { return message.Worse(&a.delivery.Incident, &b.delivery.Incident) })
	return &k.delivery.Incident
}
