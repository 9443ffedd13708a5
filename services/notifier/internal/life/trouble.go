package life

import (
	"slices"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

const (
	// atHand is the share in use from which a limit is trouble now, and soonest how close its expected end must be otherwise.
	atHand  = 0.95
	soonest = time.Hour
	// maxWords bounds, in bytes, the words of one of many troubles, maxID the names of its entity: Kubernetes' reach 320.
	maxWords = 200
	maxID    = 600
)

// foretells reports whether findings of a kind are about a limit that is to be reached.
func foretells(k finding.Kind) bool {
	return k == finding.Exhaustion || k == finding.Leak || k == finding.Expiry
}

// present reports whether f is about something that is there now, and not days away.
func present(f *finding.Finding) bool {
	if !foretells(f.Kind) {
		return true
	}
	a := accountOf(f)
	if f.Kind == finding.Expiry {
		return f.ETA.P50 != nil && f.ETA.P50.Sub(f.Time) <= soonest
	}
	return a.share() >= atHand || (f.ETA.P10 != nil || f.ETA.P50 != nil) && a.left(f.Time) <= soonest
}

// troubleOf returns what f is about, and since when, given what was known of its episode before, nil if nothing was.
func troubleOf(f *finding.Finding, before *incident.Trouble) *incident.Trouble {
	e := boundedEntity(f.Entity)
	e.ID, e.Root, e.Labels = short(e.ID, maxID), short(e.Root, maxID), nil
	t := &incident.Trouble{
		Kind: f.Kind, Resource: finding.Resource(short(string(f.Resource), maxTitle)), Signal: f.Signal, Series: short(f.Series, maxWords),
		Entity: e, Title: clip(f.Title, maxWords*3/4), Since: f.Time, Probability: f.Probability, Used: f.Used, Limit: f.Limit, Unit: short(f.Unit, maxWords/4),
	}
	if before != nil {
		t.Since, t.Present, t.Ordinary = before.Since, before.Present, before.Ordinary
		if t.Title.En == "" && t.Title.Zh == "" {
			t.Title = before.Title
		}
	}
	switch now := present(f); {
	case f.Action == finding.Resolved: // since when it was there stays known
	case now && t.Present == nil:
		at := f.Time
		if !foretells(f.Kind) {
			at = t.Since
		}
		t.Present = &at
	case !now:
		t.Present = nil
	}
	return t
}

// ComesTrue reports whether f says that what i knew as a forecast is there now.
func ComesTrue(i *incident.Incident, f *finding.Finding) bool {
	k := slices.Index(i.Episodes, f.Episode)
	return k >= 0 && f.Action != finding.Resolved && i.Marks[k].Trouble != nil && i.Marks[k].Trouble.Present == nil && present(f)
}
