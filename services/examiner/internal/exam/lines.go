package exam

import (
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/models/signature"
	"github.com/forewarn/forewarn/services/examiner/internal/evidence"
	"github.com/forewarn/forewarn/services/examiner/internal/heard"
	"github.com/forewarn/forewarn/shared/checks"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/logs"
)

// The names of what is looked at in logs.
const (
	nameMessage = "message"
	nameLines   = "error-lines"
	nameNew     = "new-pattern"
)

const (
	// grace is how long after the time that is looked at a line may come and still belong to it.
	grace = time.Minute
	// fresh is for how long at most a message goes on and is still news.
	fresh = 24 * time.Hour
	// apart is how far from one another two episodes are that are not the same trouble.
	apart = 2 * time.Hour
	// fewNotes is how many entries a message needs that is only a note to be found; manyMore and many by what factor and how many
	// entries one must exceed its former episodes.
	fewNotes, many = 3, 5
	manyMore       = 3
	// listened is how long before the judged time a log may have been heard last and still be read.
	listened = time.Hour
)

// spoken is a known message that goes on at the time that is looked at.
type spoken struct {
	id           string
	kind         string
	severity     finding.Severity
	entity, line string
	count        float64
	since, last  time.Time
	// earlier is how many episodes there were before, most how many entries one of them had at most.
	earlier int
	most    float64
}

// news reports whether a message is more than what comes every day. It is found if it has begun within a day and
//
//   - it was never there in the days before, with three entries if it is only a note, one otherwise,
//   - or it was, and has five entries now and three times as many as in any episode before.
func (s *spoken) news(at time.Time) bool {
	switch {
	case at.Sub(s.since) > fresh:
		return false
	case s.earlier > 0:
		return s.count >= many && s.count >= manyMore*s.most
	}
	return s.severity.Rank() > finding.Info.Rank() || s.count >= fewNotes
}

// messages looks at the known messages of all entities.
func (x *examination) messages(j *Journal) {
	heardOf := x.Heard.Within(x.scope.t.In)
	for _, s := range x.spoken(j, heardOf) {
		check := x.Evidence.CheckOf(s.kind)
		if check == "" {
			continue
		}
		since := s.since.UTC()
		l := checks.Look{
			Name: nameMessage, Verdict: checks.Clear, Entity: s.entity, Now: s.count, Most: s.most, Unit: "entries", Since: &since,
			Line: x.redact.Line(s.line), Text: x.sayMessage(&s),
		}
		if s.news(x.at) {
			l.Verdict = checks.Found
		}
		x.results[check].look(l, x.shortMessage(&s))
	}
	x.novel(heardOf)
}

// spoken returns the messages that were written in the judged time: as the workers have them, and, of a time that has passed, as
// findings told of them.
func (x *examination) spoken(j *Journal, heardOf []heard.Signal) (out []spoken) {
	seen := map[string]bool{}
	for i := range j.Messages {
		m := &j.Messages[i]
		if m.Last.Before(x.from) || m.First.After(x.at.Add(grace)) {
			continue
		}
		seen[m.Signal] = true
		known := x.signatures[m.Signature]
		s := spoken{
			id: m.Signature, kind: string(known.Kind), severity: finding.Severity(known.Severity), entity: m.Entity.Root, line: m.Sample,
			count: float64(m.Count), since: m.First, last: m.Last,
		}
		if k := slices.IndexFunc(heardOf, func(h heard.Signal) bool { return h.Key == m.Signal }); k >= 0 {
			s.earlier, s.most = heardOf[k].Before(m.First, apart)
		}
		out = append(out, s)
	}
	for i := range heardOf {
		h := &heardOf[i]
		p := h.At(x.at.Add(grace))
		if h.Kind != finding.Log || seen[h.Key] || p == nil {
			continue
		}
		s := spoken{
			id: signatureOf(h.Key), kind: string(h.Resource), severity: h.Severity, entity: h.Root, line: h.Message.En,
			count: p.Count, since: p.Opened, last: p.Told,
		}
		s.earlier, s.most = h.Before(p.Opened, apart)
		out = append(out, s)
	}
	return out
}

// signatureOf returns the signature that a signal "log-<signature>/<entity>" is about.
func signatureOf(signal string) string {
	rule, _, _ := strings.Cut(signal, "/")
	return strings.TrimPrefix(rule, "log-")
}

// novel notes patterns of logs that were new in the judged time. One alone is no evidence: programs write new lines every day.
func (x *examination) novel(heardOf []heard.Signal) {
	for i := range heardOf {
		h := &heardOf[i]
		p := h.At(x.at.Add(grace))
		if !strings.HasPrefix(h.Key, "log-new-") || p == nil || p.Opened.Before(x.from) {
			continue
		}
		check := x.classify(h.Message.En)
		if check == "" {
			check = checks.Program
		}
		since := p.Opened.UTC()
		x.results[check].look(checks.Look{
			Name: nameNew, Verdict: checks.Clear, Entity: h.Root, Now: p.Count, Unit: "entries", Since: &since, Line: x.redact.Line(h.Message.En), Text: h.Title,
		}, h.Title)
	}
}

// classify returns the check that a line belongs to by the dictionary, "" if to none.
func (x *examination) classify(line string) checks.Name {
	if s := x.matcher.MatchString(line); s != nil {
		return x.Evidence.CheckOf(string(s.Kind))
	}
	return ""
}

// lines compares, by entity and check, how many lines there were in the hours of the judged time with other hours of the two days
// before. Lines of the program are those that are errors and belong to no other check.
func (x *examination) lines(j *Journal) {
	for _, id := range x.scope.any([]evidence.Role{evidence.Applications, evidence.Databases}) {
		counts := map[checks.Name]*series{}
		for i := range j.Logs {
			l := &j.Logs[i]
			if l.Source.Entity.Root != id {
				continue
			}
			for k := range l.Patterns {
				x.count(counts, &l.Patterns[k], l.Source.Since)
			}
		}
		for _, n := range checks.Names() {
			if s := counts[n]; s != nil {
				x.judgeLines(n, id, s)
			}
		}
	}
}

// series are numbers of lines of each hour.
type series struct {
	start  time.Time
	counts []uint64
	// since is from when on all logs that have lines in the judged time are read: before, no lines says nothing.
	since time.Time
	line  string
	most  uint64
}

// count adds a pattern's lines, of a log that is read since a time, to those of the check that they belong to.
func (x *examination) count(counts map[checks.Name]*series, p *logs.Pattern, since time.Time) {
	check := x.classify(p.Sample)
	if check == "" && p.Levels.Worst() == logs.Error && !x.knows(p.Sample) {
		check = checks.Program
	}
	if check == "" || p.Hours.Length != int64(time.Hour/time.Second) {
		return
	}
	s := counts[check]
	if s == nil {
		s = &series{start: p.Hours.Start, counts: make([]uint64, len(p.Hours.Counts))}
		counts[check] = s
	}
	shift := int(p.Hours.Start.Sub(s.start) / time.Hour)
	for i, v := range p.Hours.Counts {
		if k := i + shift; k >= 0 && k < len(s.counts) {
			s.counts[k] += v
		}
	}
	n := x.within(p.Hours.Start, p.Hours.Counts)
	if n > 0 && since.After(s.since) {
		s.since = since
	}
	if n > s.most {
		s.most, s.line = n, p.Sample
	}
}

// knows reports whether a line is of a kind that belongs to no check, such as a full disk: it is no error of the program.
func (x *examination) knows(line string) bool {
	s := x.matcher.MatchString(line)
	return s != nil && s.Severity != signature.Info
}

// within returns how many lines there were in the hours of the judged time.
func (x *examination) within(start time.Time, counts []uint64) (n uint64) {
	for i, v := range counts {
		at := start.Add(time.Duration(i) * time.Hour)
		if at.Add(time.Hour).After(x.from) && !at.After(x.at) {
			n += v
		}
	}
	return n
}
