package pipeline

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/logs"
	"github.com/forewarn/forewarn/shared/query"
)

// ErrNoLog means that no worker knows a log.
var ErrNoLog = errors.New("there is no such log")

// LogList is what the workers that read logs knew at one time. It is shared: readers must not change it.
type LogList struct {
	AsOf time.Time
	// Sources are in the order of their ids, without repeats.
	Sources []logs.Source
	// Missing are the partitions that did not answer in time; none of their logs is included.
	Missing []int

	partitions map[string]int // by the source's id
}

// logsLife is how long a list of logs is kept.
const logsLife = 5 * time.Second

// logBook keeps the last list of logs.
type logBook struct {
	mu   sync.Mutex
	last *LogList
}

// Logs returns all logs, as they were some seconds ago at most. It always answers: what is missing is in the answer.
func (s *Source) Logs(ctx context.Context) *LogList {
	s.logBook.mu.Lock()
	last := s.logBook.last
	s.logBook.mu.Unlock()
	if last != nil && time.Since(last.AsOf) < logsLife {
		return last
	}
	list := s.gatherLogs(ctx)
	if ctx.Err() == nil && len(list.Missing) == 0 {
		s.logBook.mu.Lock()
		s.logBook.last = list
		s.logBook.mu.Unlock()
	}
	return list
}

// gatherLogs asks all partitions.
func (s *Source) gatherLogs(ctx context.Context) *LogList {
	list := &LogList{AsOf: time.Now(), partitions: map[string]int{}}
	answers, errs := query.Each(ctx, s.settings.Bus, logs.Keeper, func(ctx context.Context, ask query.Ask) ([]logs.Source, error) {
		ctx, cancel := context.WithTimeout(ctx, partitionTimeout)
		defer cancel()
		return logs.ReadSources(ctx, ask)
	})
	for p, sources := range answers {
		if errs[p] != nil {
			list.Missing = append(list.Missing, p)
			s.settings.Logger.Debug("partition did not tell its logs", zap.Int("partition", p), zap.Error(errs[p]))
			continue
		}
		list.add(p, sources)
	}
	slices.SortFunc(list.Sources, func(a, b logs.Source) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// add takes up the logs of a partition, but for those that another one knows.
func (l *LogList) add(partition int, sources []logs.Source) {
	for _, s := range sources {
		if _, known := l.partitions[s.ID]; !known {
			l.partitions[s.ID] = partition
			l.Sources = append(l.Sources, s)
		}
	}
}

// Log returns a log with its hours, and all its patterns in the order of their ids; [ErrNoLog] if no worker that answers
// knows it.
func (s *Source) Log(ctx context.Context, id string) (*logs.Source, []logs.Pattern, error) {
	partition, known := s.Logs(ctx).partitions[id]
	if !known {
		return nil, nil, ErrNoLog
	}
	ctx, cancel := context.WithTimeout(ctx, partitionTimeout)
	defer cancel()
	source, patterns, err := logs.ReadPatterns(ctx, id, query.Of(s.settings.Bus, logs.Keeper, partition))
	if err == nil && source == nil {
		err = ErrNoLog
	}
	return source, patterns, err
}

// LogFilter selects logs; empty fields select all.
type LogFilter struct {
	// Entity is the id of one whose logs pass, and those of all that is in it.
	Entity string
	// Text is looked for in the entity, file and service, whatever its case.
	Text string
	// Errors passes those alone that have written errors within a day.
	Errors bool
}

// Match reports whether a log passes.
func (f LogFilter) Match(s *logs.Source) bool {
	if f.Entity != "" && s.Entity.ID != f.Entity && s.Entity.Root != f.Entity || f.Errors && s.Errors == 0 {
		return false
	}
	return contains(f.Text, s.ID, s.Entity.ID, s.Entity.Name, s.File, s.Service)
}

// PatternFilter selects patterns; empty fields select all.
type PatternFilter struct {
	// Level is the name of the worst one that a tenth of the lines have.
	Level string
	// Text is looked for in id, pattern and sample, whatever its case.
	Text string
}

// Match reports whether a pattern passes.
func (f PatternFilter) Match(p *logs.Pattern) bool {
	return (f.Level == "" || p.Levels.Worst().String() == f.Level) && contains(f.Text, p.ID, p.Text, p.Sample)
}

// contains reports whether a text is in one of others, whatever its case.
func contains(text string, in ...string) bool {
	text = strings.ToLower(text)
	return text == "" || slices.ContainsFunc(in, func(s string) bool { return strings.Contains(strings.ToLower(s), text) })
}
