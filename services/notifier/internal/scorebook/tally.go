package scorebook

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/outcome"
)

// Group names what an incident is counted under, such as its kind; "" leaves it out.
type Group func(*incident.Incident) string

// Count counts the incidents that a prediction opened and of which it is known what became.
func Count(name string, incidents []*incident.Incident) outcome.Tally {
	t := outcome.Tally{Name: name}
	var likely, probable []int64
	for _, in := range incidents {
		if !Judged(in) || in.Predicted.Probability < 0.5 {
			continue
		}
		likely = note(&t.AtLeast50, in.Outcome, likely)
		if in.Predicted.Probability >= 0.8 {
			probable = note(&t.AtLeast80, in.Outcome, probable)
		}
	}
	t.AtLeast50.Lead, t.AtLeast80.Lead = quartiles(likely), quartiles(probable)
	return t
}

// Judged reports whether a prediction opened an incident and it is known what became of that.
func Judged(in *incident.Incident) bool { return in.Predicted != nil && in.Outcome != nil }

// note counts an outcome, and returns the lead times with its own.
func note(k *outcome.Kept, o *finding.Outcome, leads []int64) []int64 {
	switch o.What {
	case finding.Reached:
		k.CameTrue++
		return append(leads, o.LeadSeconds)
	case finding.Prevented, finding.Enlarged:
		k.Prevented++
	case finding.Faded:
		k.Wrong++
	default:
		k.Unknown++
	}
	return leads
}

// quartiles of a list by the nearest rank, which are values of it; nil if it is empty.
func quartiles(list []int64) *outcome.Quartiles {
	if len(list) == 0 {
		return nil
	}
	s := slices.Sorted(slices.Values(list))
	at := func(q int) int64 { return s[(q*len(s)+3)/4-1] }
	return &outcome.Quartiles{Count: uint64(len(s)), P25: at(1), P50: at(2), P75: at(3)}
}

// Split counts incidents apart by group, sorted by name; groups with nothing told at 50 % or more are left out.
func Split(incidents []*incident.Incident, group Group) []outcome.Tally {
	parts := map[string][]*incident.Incident{}
	for _, in := range incidents {
		if !Judged(in) {
			continue
		}
		if name := group(in); name != "" {
			parts[name] = append(parts[name], in)
		}
	}
	out := []outcome.Tally{}
	for _, name := range slices.SortedFunc(maps.Keys(parts), cmp.Compare[string]) {
		if t := Count(name, parts[name]); t.AtLeast50 != (outcome.Kept{}) {
			out = append(out, t)
		}
	}
	return out
}

// ByKind names the kind of an incident with its rule, such as "exhaustion/filesystem-space".
func ByKind(in *incident.Incident) string {
	rule, _, _ := strings.Cut(in.Signal, "/")
	return string(in.Kind) + "/" + rule
}

// ByWeek names the ISO week in which it was known what became of it, in a zone.
func ByWeek(zone *time.Location) Group {
	return func(in *incident.Incident) string {
		year, week := in.Outcome.Time.In(zone).ISOWeek()
		return fmt.Sprintf("%04d-W%02d", year, week)
	}
}

// ByMonth names the month in which it was known what became of it, in a zone.
func ByMonth(zone *time.Location) Group {
	return func(in *incident.Incident) string { return in.Outcome.Time.In(zone).Format("2006-01") }
}
