package digest

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/scorebook"
	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/outcome"
)

// teams says of each team that anything is known of how well it was told and how soon it answered; nil of the digest of one.
func (b *builder) teams() (out []digest.TeamPart) {
	if b.Team != "" || b.Owner == nil {
		return nil
	}
	parts := map[string][]*incident.Incident{}
	for _, in := range b.mine {
		owner := b.Owner(in.Signal, &in.Entity)
		parts[owner] = append(parts[owner], in)
	}
	delete(parts, "") // what nobody answers for
	for _, team := range slices.Sorted(maps.Keys(parts)) {
		p := digest.TeamPart{Team: team, Response: b.response(parts[team])}
		p.Track, _ = b.track(parts[team])
		p.Track.Name = team
		out = append(out, p)
	}
	return out
}

// track counts how predictions kept their word that came to an end of late, together and by kind.
func (b *builder) track(incidents []*incident.Incident) (outcome.Tally, []outcome.Tally) {
	since := b.at.AddDate(0, 0, -trackDays)
	var ended []*incident.Incident
	for _, in := range incidents {
		if scorebook.Judged(in) && !in.Outcome.Time.Before(since) && in.Outcome.Time.Before(b.at) {
			ended = append(ended, in)
		}
	}
	return scorebook.Count("", ended), scorebook.Split(ended, scorebook.ByKind)
}

// response says how soon people answered and troubles ended.
func (b *builder) response(incidents []*incident.Incident) digest.Response {
	var r digest.Response
	var acknowledge, resolve []time.Duration
	for _, in := range incidents {
		if b.within(in.OpenedAt) {
			r.Opened++
		}
		if openAt(in, b.at) {
			r.StillOpen++
		} else if b.within(*in.ResolvedAt) && !in.Unheard() {
			r.Resolved++
			resolve = append(resolve, in.ResolvedAt.Sub(in.OpenedAt))
		}
		if at := acknowledged(in); at != nil && b.within(*at) {
			acknowledge = append(acknowledge, at.Sub(in.OpenedAt))
		}
	}
	r.Acknowledge, r.Resolve = sum(acknowledge), sum(resolve)
	return r
}

// acknowledged returns when a person first took an incident over, nil if nobody has.
func acknowledged(in *incident.Incident) *time.Time {
	for i := range in.Timeline {
		if c := &in.Timeline[i]; c.Action == incident.Acknowledge {
			return &c.Time
		}
	}
	return nil
}

func sum(list []time.Duration) digest.Times {
	t := digest.Times{Count: len(list)}
	if len(list) == 0 {
		return t
	}
	slices.Sort(list)
	var total time.Duration
	for _, d := range list {
		total += d
	}
	mean := int64((total / time.Duration(len(list))).Seconds())
	median := int64(list[(len(list)-1)/2].Seconds())
	t.MeanSeconds, t.MedianSeconds = &mean, &median
	return t
}

// causes counts the incidents that opened by what was their likeliest cause, the most frequent first.
func (b *builder) causes() []digest.Cause {
	found := map[string]*digest.Cause{}
	out := []*digest.Cause{}
	for _, in := range b.mine {
		if !b.within(in.OpenedAt) {
			continue
		}
		key, title, name := in.Signal, in.Title, in.Entity.Name
		if c := in.Likeliest(); c != nil {
			key, title, name = c.Signal, c.Title, c.Entity.Name
		}
		c := found[ruleOf(key)]
		if c == nil {
			c = &digest.Cause{Rule: ruleOf(key), Title: b.titleOf(key, title, name)}
			found[c.Rule] = c
			out = append(out, c)
		}
		c.Count++
	}
	list := make([]digest.Cause, len(out))
	for i, c := range out {
		list[i] = *c
	}
	slices.SortStableFunc(list, func(x, y digest.Cause) int {
		return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Rule, y.Rule))
	})
	return list
}

// titleOf names a sort of trouble: as the catalogue does, else as an incident of it does, without the entity.
func (b *builder) titleOf(key string, title i18n.Text, entity string) i18n.Text {
	if r := b.rule(key); r != nil {
		return r.Title
	}
	return i18n.Text{En: without(title.En, entity), Zh: without(title.Zh, entity)}
}

// without cuts an entity's name from the end of a title.
func without(title, entity string) string {
	for _, sep := range []string{": ", "："} {
		if before, after, found := strings.Cut(title, sep); found && (strings.Contains(after, entity) || strings.Contains(entity, after)) {
			return before
		}
	}
	return title
}
