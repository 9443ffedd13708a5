package calendar

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// event is a VEVENT while it is read.
type event struct {
	line    int
	broken  bool // told already
	start   date
	end     date // exclusive
	started bool // there is a DTSTART
	ended   bool // there is a DTEND
	days    int  // of DURATION
	rule    string
	kind    Class
	closing bool
	off     bool // cancelled
}

// set reads one property of the event. Those that do not change its days are passed over.
func (e *event) set(r *icsReader, p property) {
	fail := func(format string, args ...any) {
		e.broken = true
		r.fail(r.line, format, args...)
	}
	var err error
	switch p.name {
	case "DTSTART":
		e.started = true
		e.start, err = icsDate(p)
	case "DTEND":
		e.ended = true
		e.end, err = icsDate(p)
	case "DURATION":
		e.days, err = icsDays(p.value)
	case "RRULE":
		if e.rule != "" {
			err = errors.New("there is a second rule; keep one")
		}
		e.rule = p.value
	case "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID":
		err = errors.New("exceptions to a rule are not understood; write each day as an event of its own")
	case "STATUS":
		e.off = strings.EqualFold(p.value, "CANCELLED")
	case "SUMMARY":
		if worked(p.value) {
			e.kind = MakeUpWorkday
		} else if e.kind == Workday {
			e.kind = Holiday
		}
	case "CATEGORIES":
		for c := range strings.SplitSeq(strings.ToUpper(p.value), ",") {
			switch strings.TrimSpace(c) {
			case "WORKDAY":
				e.kind = MakeUpWorkday
			case "CLOSING":
				e.closing = true
			}
		}
	}
	if err != nil {
		fail("%s: %w", p.name, err)
	}
}

// worked reports whether a summary marks a day that is worked, as Chinese holiday feeds write it.
func worked(summary string) bool {
	for _, mark := range []string{"上班", "补班", "（班）", "(班)"} {
		if strings.Contains(summary, mark) {
			return true
		}
	}
	return false
}

// add puts the days of a complete event into what the file adds.
func (e *event) add(r *icsReader) {
	if e.broken || e.off {
		return
	}
	last := e.start
	switch {
	case !e.started:
		r.fail(e.line, "the event has no DTSTART; write the day on which it begins, such as DTSTART;VALUE=DATE:20260501")
		return
	case e.ended && e.days != 0:
		r.fail(e.line, "the event has DTEND and DURATION; keep one of them")
		return
	case e.ended && e.end > e.start: // some programs write the end of a day as the day itself
		last = e.end - 1
	case e.ended && e.end < e.start:
		r.fail(e.line, "DTEND %v lies before DTSTART %v; correct one of them", e.end, e.start)
		return
	case e.days > 0:
		last += date(e.days - 1)
	}
	if days := int(last-e.start) + 1; days > maxSpanDays {
		r.fail(e.line, "the event lasts %d days; choose at most %d", days, maxSpanDays)
		return
	}
	kind := e.kind
	if kind == Workday {
		kind = Holiday
	}
	rules := []dayRule{{span{e.start, last}, kind}}
	if e.rule != "" {
		var err error
		if rules, err = repeat(rules[0], e.rule); err != nil {
			r.fail(e.line, "RRULE %.80q: %w", e.rule, err)
			return
		}
	}
	for _, rule := range rules {
		_, covered := rule.last.index()
		switch {
		case e.closing && covered:
			r.out.books.closings = append(r.out.books.closings, closing{on: rule.last})
		case !e.closing && rule.last >= firstDate && rule.first <= lastDate:
			r.out.days = append(r.out.days, rule)
		}
	}
}

// repeat expands a rule that repeats every year, the only kind that makes sense for fixed holidays.
func repeat(first dayRule, rule string) ([]dayRule, error) {
	interval, count, until := 1, LastYear, lastDate
	yearlyRule := false
	_, month, day := first.first.time().Date()
	for part := range strings.SplitSeq(rule, ";") {
		key, value, _ := strings.Cut(strings.ToUpper(part), "=")
		number, err := strconv.Atoi(value)
		positive := err == nil && number > 0
		ok := false
		switch key {
		case "FREQ":
			yearlyRule, ok = value == "YEARLY", value == "YEARLY"
		case "INTERVAL":
			interval, ok = min(number, LastYear), positive
		case "COUNT":
			count, ok = number, positive
		case "BYMONTH":
			ok = number == int(month)
		case "BYMONTHDAY":
			ok = number == day
		case "WKST":
			ok = true // means nothing where years repeat
		case "UNTIL":
			value, _, _ = strings.Cut(value, "T")
			t, err := time.Parse("20060102", value)
			ok = err == nil
			if ok && t.Year() <= LastYear {
				until = dateOf(t.Date())
			}
		}
		if !ok {
			return nil, fmt.Errorf("%.40s is not understood; write FREQ=YEARLY, with COUNT or UNTIL if it ends, or each day as an event of its own", part)
		}
	}
	if !yearlyRule {
		return nil, errors.New("there is no FREQ; write FREQ=YEARLY")
	}
	return yearly(first.span, first.kind, interval, count, until), nil
}

// icsDate reads a date without time of day.
func icsDate(p property) (date, error) {
	if v, ok := p.params["VALUE"]; ok && !strings.EqualFold(v, "DATE") || len(p.value) != len("20060102") {
		return 0, fmt.Errorf("%.40q is no whole day; write a date such as 20260501, and batch windows into the YAML file", p.value)
	}
	t, err := time.Parse("20060102", p.value)
	if err != nil {
		return 0, fmt.Errorf("%.40q is no date; write year, month and day, such as 20260501", p.value)
	}
	// A yearly event may have begun long ago, but each of its years is walked through.
	if t.Year() < 1900 || t.Year() > 2199 {
		return 0, fmt.Errorf("%s is too far away; choose a year from 1900 to 2199", t.Format(time.DateOnly))
	}
	return dateOf(t.Date()), nil
}

// icsDays reads a DURATION of whole days or weeks, such as P3D or P1W.
func icsDays(text string) (int, error) {
	days, factor := "", 1
	if v, ok := strings.CutPrefix(strings.TrimPrefix(strings.ToUpper(text), "+"), "P"); ok {
		if n, ok := strings.CutSuffix(v, "D"); ok {
			days = n
		} else if n, ok := strings.CutSuffix(v, "W"); ok {
			days, factor = n, 7
		}
	}
	n, err := strconv.Atoi(days)
	if err != nil || n < 1 || n > maxSpanDays {
		return 0, fmt.Errorf("%.40q is no number of whole days; write one from P1D to P%dD", text, maxSpanDays)
	}
	return n * factor, nil
}
