package examiner

import (
	"cmp"
	"context"
	"slices"

	"github.com/forewarn/forewarn/services/examiner/internal/exam"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/logs"
	"github.com/forewarn/forewarn/shared/query"
)

// maxLogs is of how many logs of a transaction the patterns are read, those with the most errors first.
const maxLogs = 40

// journals reads what the workers that read logs know, over the bus.
type journals struct{ bus *bus.Bus }

// part is what one worker knows.
type part struct {
	sources  []logs.Source
	messages []logs.Message
}

// found is a log and the partition that it is in.
type found struct {
	logs.Source
	partition int
}

// Journal asks all partitions: an entity's logs are in one, but a transaction may name many by a pattern.
func (j journals) Journal(ctx context.Context, in func(root string) bool) (out exam.Journal) {
	parts, errs := query.Each(ctx, j.bus, logs.Keeper, func(ctx context.Context, ask query.Ask) (p part, err error) {
		if p.sources, err = logs.ReadSources(ctx, ask); err == nil {
			p.messages, err = logs.ReadMessages(ctx, ask)
		}
		return p, err
	})
	var sources []found
	for n, p := range parts {
		if errs[n] != nil {
			out.Silent++
			continue
		}
		for _, s := range p.sources {
			if in(s.Entity.Root) {
				sources = append(sources, found{s, n})
			}
		}
		out.Messages = append(out.Messages, slices.DeleteFunc(p.messages, func(m logs.Message) bool { return !in(m.Entity.Root) })...)
	}
	slices.SortStableFunc(sources, func(a, b found) int { return cmp.Compare(b.Errors, a.Errors) })
	for i, s := range sources {
		l := exam.Log{Source: s.Source}
		if i < maxLogs {
			if _, patterns, err := logs.ReadPatterns(ctx, s.ID, query.Of(j.bus, logs.Keeper, s.partition)); err == nil {
				l.Patterns = patterns
			}
		}
		out.Logs = append(out.Logs, l)
	}
	return out
}
