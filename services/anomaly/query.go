package anomaly

import (
	"maps"
	"slices"

	"github.com/forewarn/forewarn/shared/logs"
	"github.com/forewarn/forewarn/shared/query"
)

// maxPage keeps an answer below the bus's message limit of 1 MB: a pattern takes about 2 KB.
const maxPage = 200

// Query answers a page of sources in the order of their ids, one source and a page of its patterns, or a page of the known messages
// that go on in the order of their signals.
func (p *partition) Query(request []byte) []byte {
	return query.Answer(request, p.page)
}

// page returns what is asked for; an empty page for a source that is not known.
func (l *Listener) page(q logs.Request) (out logs.Page) {
	if q.Limit <= 0 || q.Limit > maxPage {
		q.Limit = maxPage
	}
	now := l.now.UnixMilli()
	switch {
	case q.Messages:
		return l.ongoing(q)
	case q.Source != "":
		return l.patterns(q, now)
	}
	for _, id := range slices.Sorted(maps.Keys(l.diary.sources)) {
		if id <= q.After {
			continue
		}
		if out.More = len(out.Sources) == q.Limit; out.More {
			return out
		}
		out.Sources = append(out.Sources, l.diary.sources[id].shown(now))
	}
	return out
}

func (l *Listener) patterns(q logs.Request, now int64) (out logs.Page) {
	s := l.diary.sources[q.Source]
	if s == nil {
		return out
	}
	shown := s.shown(now)
	hours, errors := s.all.byHour(now), s.errors.byHour(now)
	shown.Hours, shown.ErrorHours = &hours, &errors
	out.Sources = []logs.Source{shown}
	lines := s.Levels.Sum()
	for _, c := range s.sorted() {
		if c.id.String() <= q.After {
			continue
		}
		if out.More = len(out.Patterns) == q.Limit; out.More {
			return out
		}
		out.Patterns = append(out.Patterns, c.shown(lines, now, l.diary.show))
	}
	return out
}

// ongoing returns the known messages that go on.
func (l *Listener) ongoing(q logs.Request) (out logs.Page) {
	for _, key := range slices.Sorted(maps.Keys(l.messages)) {
		if key <= q.After {
			continue
		}
		if out.More = len(out.Messages) == q.Limit; out.More {
			return out
		}
		m := l.messages[key]
		out.Messages = append(out.Messages, logs.Message{
			Signal: m.Signal, Signature: m.Signature, Entity: m.Entity, Count: m.Count, First: utc(m.First), Last: utc(m.Last), Sample: m.Sample,
		})
	}
	return out
}
