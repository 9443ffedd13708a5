package exam

import (
	"time"

	"github.com/forewarn/forewarn/shared/checks"
)

const (
	// leastLines is how many lines are found at least, moreLines by what factor they must exceed those of any other hours, and
	// enoughHours how many of these must be known.
	leastLines, enoughHours = 10, 4
	moreLines               = 1.5
)

// judgeLines compares the lines in the hours of the judged time with as many hours on end of the two days before: they are found if
// they are ten at least, and half as many again as in any of those but for the two hours right before.
func (x *examination) judgeLines(n checks.Name, id string, s *series) {
	now := float64(x.within(s.start, s.counts))
	if now == 0 {
		return
	}
	first, last := x.hours(s)
	width := last - first + 1
	most, known := 0.0, 0
	for i := 0; i+width <= first-int(apart/time.Hour); i++ {
		if s.start.Add(time.Duration(i) * time.Hour).Before(s.since) {
			continue
		}
		sum := 0.0
		for _, v := range s.counts[i : i+width] {
			sum += float64(v)
		}
		most, known = max(most, sum), known+1
	}
	l := checks.Look{Name: nameLines, Verdict: checks.Clear, Entity: id, Now: now, Most: most, Unit: "entries", Line: x.redact.Line(s.line)}
	switch {
	case now < leastLines:
	case known < enoughHours:
		l.Verdict = checks.Unknown
		x.results[n].lack(true, sayYoung(n, id, &l))
	case now > moreLines*most:
		l.Verdict = checks.Found
	}
	l.Text = sayLines(n, id, &l)
	x.results[n].look(l, shortLines(n, id, &l))
}

// hours returns the first and the last of the hours of the judged time; last is below first if there are none.
func (x *examination) hours(s *series) (first, last int) {
	first, last = len(s.counts), -1
	for i := range s.counts {
		at := s.start.Add(time.Duration(i) * time.Hour)
		if at.Add(time.Hour).After(x.from) && !at.After(x.at) {
			first, last = min(first, i), i
		}
	}
	return first, last
}

// logs names the logs that were missing.
func (x *examination) logs(j *Journal) {
	for _, need := range x.Evidence.Logs {
		r := x.results[need.Check]
		if j.Silent > 0 {
			r.lack(need.Required, sayNoAnswer(j.Silent))
			continue
		}
		ids := x.scope.any(need.Of)
		if len(ids) == 0 {
			x.nobody(r, need.Required, need.Of)
		}
		for _, id := range ids {
			if what, ok := x.missingLog(j, id); !ok {
				r.lack(need.Required, what)
			}
		}
	}
}

// missingLog says that no log of an entity was read all through the judged time; ok if one was.
func (x *examination) missingLog(j *Journal, id string) (what text, ok bool) {
	var heard time.Time
	young := false
	for i := range j.Logs {
		s := &j.Logs[i].Source
		switch {
		case s.Entity.Root != id:
		case s.Since.After(x.from):
			young = true
		case s.Heard.After(heard):
			heard = s.Heard
		}
	}
	switch {
	case heard.IsZero() && young:
		return sayNewLog(id), false
	case heard.IsZero():
		return sayNoLog(id), false
	case heard.Before(x.from.Add(-listened)):
		return saySilent(id, x.at.Sub(heard)), false
	}
	return text{}, true
}
