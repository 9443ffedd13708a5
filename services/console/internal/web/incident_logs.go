package web

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/logs"
)

const (
	// sayingsBefore and sayingsAfter are how long before the beginning and after the end of an incident logs may tell of it.
	sayingsBefore, sayingsAfter = 2 * time.Hour, time.Hour
	// mostSayings of mostLogs logs, those with the most errors, are shown.
	mostSayings, mostLogs = 6, 4
)

// saying is a pattern that a log has written around an incident.
type saying struct {
	logs.Pattern
	Log *logs.Source
	// New tells that it had never been written before, Around how many lines were in the hours around.
	New    bool
	Around uint64
}

// sayings returns what the logs of an incident's place have written around it: what is new, then errors and warnings, those with
// the most lines first. It is none where nobody answers, since the page can do without.
func (w *Web) sayings(ctx context.Context, in *incident.Incident) (out []saying) {
	for _, source := range w.readLogs(ctx, newLogList(url.Values{"entity": {in.Entity.Root}}), mostLogs).Rows {
		_, patterns, err := w.settings.Source.Log(ctx, source.ID)
		if err != nil {
			continue
		}
		for i := range patterns {
			if s := sayingOf(source, patterns[i], in); s.Around > 0 && (s.New || s.Levels.Worst() >= logs.Warn) {
				out = append(out, s)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b saying) int {
		return cmp.Or(cmp.Compare(b.rank(), a.rank()), cmp.Compare(b.Around, a.Around))
	})
	return out[:min(len(out), mostSayings)]
}

// sayingOf counts the lines of a pattern around an incident. Hours are known of the last two days only.
func sayingOf(source *logs.Source, p logs.Pattern, in *incident.Incident) saying {
	from, until := in.OpenedAt.Add(-sayingsBefore), time.Now()
	if in.ResolvedAt != nil {
		until = in.ResolvedAt.Add(sayingsAfter)
	}
	s := saying{Pattern: p, Log: source, New: !p.First.Before(from) && !p.First.After(until) && p.First.Sub(source.Since) > sayingsBefore}
	length := time.Duration(p.Hours.Length) * time.Second
	for k, n := range p.Hours.Counts {
		if begin := p.Hours.Start.Add(time.Duration(k) * length); begin.Before(until) && begin.Add(length).After(from) {
			s.Around += n
		}
	}
	return s
}

// rank is higher the more a saying tells: what is new above all that is not, then the worse.
func (s *saying) rank() int {
	if s.New {
		return logs.Levels + int(s.Levels.Worst())
	}
	return int(s.Levels.Worst())
}
