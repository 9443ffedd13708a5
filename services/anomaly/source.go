package anomaly

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/forewarn/forewarn/models/pattern"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/logs"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// source is one log: what has the same origin, with the patterns of its lines.
type source struct {
	described
	miner    *pattern.Miner
	patterns map[pattern.ID]*counted
	// all and errors count all lines and the errors among them.
	all, errors tally
	bytes       int64
	line        []byte // of learn, for the next line
}

// described is what is kept of a source beside what it counts. Times are Unix milliseconds, by the clock of the bus.
type described struct {
	// ID is a hash of the origin.
	ID      string        `json:"id"`
	Series  string        `json:"series"`
	Entity  entity.Entity `json:"entity"`
	File    string        `json:"file,omitempty"`
	Service string        `json:"service,omitempty"`
	Levels  logs.Counts   `json:"levels"`
	// Since is when it was heard first, Heard when last.
	Since int64 `json:"since"`
	Heard int64 `json:"heard"`
	// Uses counts uses of patterns, to order them.
	Uses uint64 `json:"uses"`
	// Forgotten counts patterns given up for want of room.
	Forgotten uint64 `json:"forgotten,omitempty"`
	// Shapeless says that nearly every line is new.
	Shapeless bool `json:"shapeless,omitempty"`
	// Reviewed is when all patterns were looked at again.
	Reviewed int64  `json:"reviewed"`
	Mute     mute   `json:"mute"`
	Rhythm   rhythm `json:"rhythm"`
}

// sourceBytes is what a source costs beside its patterns.
const sourceBytes = 8 << 10

// maxLine is how many bytes of a line are looked at; the Miner sees whether there are more.
const maxLine = 512

// minerConfig bounds what is remembered of one source's lines. Patterns are half as many again as are counted, so that it is
// rather the counts that are given up; a line's first 512 bytes and 64 words tell it from others, as what comes behind
// are mostly values.
func minerConfig(patterns int) pattern.Config {
	return pattern.Config{LineBytes: maxLine, Words: 64, Patterns: patterns + patterns/2, Alike: 64, Values: 4}
}

// sourceID returns the ID of the source of an origin.
func sourceID(origin telemetry.Labels) string {
	return fmt.Sprintf("%016x", xxhash.Sum64String(origin.String()))
}

// newSource returns the source of an origin, of which nothing was heard before now.
func newSource(origin telemetry.Labels, place entity.Entity, now int64, patterns int) *source {
	s := &source{described: described{
		ID: sourceID(origin), Series: origin.String(), Entity: place,
		File: origin.Get("file"), Service: origin.Get("service"), Since: now, Heard: now, Reviewed: now,
	}}
	s.prepare(patterns)
	return s
}

// prepare makes what a source learns with.
func (s *source) prepare(patterns int) {
	miner, err := pattern.New(minerConfig(patterns))
	if err != nil {
		panic(err) // Config.Validate has seen that it is within range
	}
	s.miner, s.patterns, s.bytes = miner, map[pattern.ID]*counted{}, sourceBytes
}

// line is one entry on its way through the listener.
type line struct {
	// first is the entry's first line: what follows are frames of a stack or the rest of a statement.
	first string
	level logs.Level
	// at is when it was written, at most now, which is when the bus stored it; Unix milliseconds.
	at, now int64
}

// newLine reads an entry.
func newLine(r *telemetry.LogRecord, now time.Time) line {
	first, _, _ := strings.Cut(r.Body, "\n")
	return line{first: first, level: levelOf(r.Severity), at: max(0, min(r.TimeMillis, now.UnixMilli())), now: now.UnixMilli()}
}

func levelOf(s telemetry.Severity) logs.Level {
	switch {
	case s >= telemetry.SeverityError:
		return logs.Error
	case s >= telemetry.SeverityWarn:
		return logs.Warn
	case s >= telemetry.SeverityInfo:
		return logs.Info
	case s > telemetry.SeverityUnspecified:
		return logs.Debug
	}
	return logs.Unknown
}

// count counts a line of the source, whatever its pattern.
func (s *source) count(l *line) {
	s.Levels[l.level]++
	s.all.add(l.at, 1)
	if l.level == logs.Error {
		s.errors.add(l.at, 1)
	}
}

// learn tells the line's pattern and counts the line with it; nil if there is no pattern or no room for one. Exploding
// tells that patterns say nothing of this source from now on. show makes a text fit to be seen.
func (s *source) learn(l *line, limits bounds, show func(string) string) (c *counted, exploding bool) {
	s.review(l.now, show)
	s.line = append(s.line[:0], l.first[:min(len(l.first), maxLine+1)]...)
	m := s.miner.Add(s.line)
	if m.Exploding {
		s.Shapeless, exploding = true, true
	}
	if m.Text == "" {
		return nil, exploding
	}
	s.fold(m.Merges, func(pattern.ID) string { return m.Text }, show)
	s.Uses++
	c = s.patterns[m.ID]
	if c == nil {
		if !s.room(limits, l.now) {
			return nil, exploding
		}
		c = &counted{id: m.ID, text: m.Text, sample: sample(l.first), raw: true, first: l.at, last: l.at, since: l.now, told: len(m.Merges) > 0}
		s.put(c)
		s.Mute.found(l.now, len(s.patterns))
	} else {
		s.redact(c, show)
	}
	c.used = s.Uses
	c.hear(l.level, l.at)
	return c, exploding
}

// review looks at all patterns again once an hour, with what has been learned since they were found.
func (s *source) review(now int64, show func(string) string) {
	if now/hour == s.Reviewed/hour {
		return
	}
	s.Reviewed = now
	merges := s.miner.Review()
	if len(merges) == 0 {
		return
	}
	texts := map[pattern.ID]string{}
	for _, p := range s.miner.Patterns() {
		texts[p.ID] = p.Text
	}
	s.fold(merges, func(id pattern.ID) string { return texts[id] }, show)
}

// fold gives what was counted of patterns that are no more to those that take their place.
func (s *source) fold(merges []pattern.Merge, text func(pattern.ID) string, show func(string) string) {
	for _, m := range merges {
		from := s.patterns[m.From]
		if from == nil || m.From == m.Into {
			continue
		}
		s.redact(from, show)
		s.drop(from)
		into := s.patterns[m.Into]
		if into == nil {
			from.id = m.Into
			if t := text(m.Into); t != "" {
				from.text = show(t)
			}
			s.put(from)
			continue
		}
		s.bytes -= into.bytes()
		into.merge(from)
		s.bytes += into.bytes()
	}
}

// redact makes the texts of a pattern fit to be seen.
func (s *source) redact(c *counted, show func(string) string) {
	if c.raw {
		s.bytes -= c.bytes()
		c.redact(show)
		s.bytes += c.bytes()
	}
}

func (s *source) put(c *counted) {
	s.patterns[c.id] = c
	s.bytes += c.bytes()
}

func (s *source) drop(c *counted) {
	delete(s.patterns, c.id)
	s.bytes -= c.bytes()
}

// bounds are how many patterns a source may have, and whether it may take more memory.
type bounds struct {
	patterns int
	full     bool
}

// room makes room for one more pattern, and reports whether there is any. What a single line was of is forgotten first, so
// that a flood of lines which come but once carries nothing else away; else what was used least recently.
func (s *source) room(limits bounds, now int64) bool {
	if len(s.patterns) < limits.patterns && !limits.full {
		return true
	}
	if len(s.patterns) == 0 {
		return false
	}
	var stale *counted
	for _, c := range s.patterns {
		if stale == nil || c.staler(stale) {
			stale = c
		}
	}
	s.Forgotten++
	if stale.lines() > 1 {
		s.Mute.forgot(now)
	}
	s.drop(stale)
	return true
}

// staler reports whether c is to be forgotten before o.
func (c *counted) staler(o *counted) bool {
	if one := c.lines() == 1; one != (o.lines() == 1) {
		return one
	}
	return c.used < o.used
}

// sorted returns the patterns in the order of their ids.
func (s *source) sorted() []*counted {
	out := make([]*counted, 0, len(s.patterns))
	for _, c := range s.patterns {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *counted) int { return cmp.Compare(a.id, b.id) })
	return out
}

// shown returns the source as others see it, without its hours.
func (s *source) shown(now int64) logs.Source {
	number := now / hour
	return logs.Source{
		ID: s.ID, Entity: s.Entity, File: s.File, Service: s.Service, Lines: s.Levels.Sum(), Levels: s.Levels,
		Day: s.all.sum(number, 24), Errors: s.errors.sum(number, 24), Patterns: len(s.patterns), Forgotten: s.Forgotten,
		Shapeless: s.Shapeless, Since: utc(s.Since), Heard: utc(s.Heard),
	}
}

func utc(millis int64) time.Time { return time.UnixMilli(millis).UTC() }
