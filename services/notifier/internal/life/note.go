package life

import (
	"cmp"
	"slices"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// KeepNotes is how long a note may be the cause of what comes later.
const KeepNotes = 2 * standing

// Notes reports whether f is to be kept as a note: too slight for an incident, and about something that is there.
func (r Rules) Notes(f *finding.Finding) bool {
	return r.JoinWindow > 0 && f.Entity.Root != "" && f.Severity.Rank() < r.MinSeverity.Rank() && !foretells(f.Kind)
}

// Noted returns the notes of an outermost entity after f, which is about it, and whether that changed them. A note begins with the
// opened finding of its episode, and keeps how ordinary it was then; what is older than KeepNotes is dropped, and of too many those
// that are over, then the oldest.
func Noted(notes []incident.Note, f *finding.Finding, ordinary float64) ([]incident.Note, bool) {
	out := slices.DeleteFunc(slices.Clone(notes), func(n incident.Note) bool {
		return f.Time.Sub(n.Time) > KeepNotes || f.Time.Sub(n.Trouble.Since) > 3*KeepNotes
	})
	k := slices.IndexFunc(out, func(n incident.Note) bool { return n.Episode == f.Episode })
	switch {
	case k < 0 && f.Action != finding.Opened:
		return notes, false
	case k < 0:
		out = append(out, incident.Note{Episode: f.Episode})
		k = len(out) - 1
	case out[k].Finding == f.ID || !follows(f, &incident.Mark{Finding: out[k].Finding, Time: out[k].Time}):
		return notes, false
	}
	n := &out[k]
	var before *incident.Trouble
	if n.Finding != "" {
		before = &n.Trouble
	}
	n.Trouble = *troubleOf(f, before)
	if before == nil {
		n.Trouble.Ordinary = ordinary
	}
	n.Finding, n.Time, n.Severity, n.Ended = f.ID, f.Time, f.Severity, f.Action == finding.Resolved
	slices.SortStableFunc(out, func(a, b incident.Note) int {
		return cmp.Or(a.Trouble.Since.Compare(b.Trouble.Since), cmp.Compare(a.Episode, b.Episode))
	})
	for len(out) > incident.MaxNotes {
		gone := max(slices.IndexFunc(out, func(n incident.Note) bool { return n.Ended }), 0)
		out = slices.Delete(out, gone, gone+1)
	}
	return out, true
}

// noteOf returns what is noted of an episode, nil if nothing is.
func noteOf(notes []incident.Note, episode string) *incident.Trouble {
	for k := range notes {
		if notes[k].Episode == episode {
			return &notes[k].Trouble
		}
	}
	return nil
}

// gather takes up the notes that are near t, of what is or just was there.
func (r Rules) gather(next *incident.Incident, t *incident.Trouble, notes []incident.Note, now time.Time) {
	if t.Present == nil || r.JoinWindow <= 0 {
		return
	}
	have := 0
	for k := range next.Marks {
		if next.Marks[k].Note {
			have++
		}
	}
	for k := range notes {
		n := &notes[k]
		if have >= maxNotes || len(next.Marks) >= incident.MaxEpisodes || slices.Contains(next.Episodes, n.Episode) ||
			r.over(n.Ended, n.Time, now) {
			continue
		}
		if _, near := r.together(&n.Trouble, t, nil); !near {
			continue
		}
		about := n.Trouble
		next.Episodes = append(next.Episodes, n.Episode)
		next.Marks = append(next.Marks, incident.Mark{
			Finding: n.Finding, Time: n.Time, Version: next.Version, Ended: n.Ended, Severity: n.Severity, Note: true, Trouble: &about,
		})
		have++
	}
}
