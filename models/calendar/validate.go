package calendar

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// problems collects errors, each named for the key it is about.
type problems []error

func (p *problems) add(key, format string, args ...any) {
	*p = append(*p, fmt.Errorf("calendar: "+key+": "+format, args...))
}

// additions checks the document and returns what it adds, or all there is to correct.
func (doc *document) additions() (Additions, error) {
	var p problems
	var a Additions
	if doc.Weekend != nil {
		a.weekend = []time.Weekday{} // an empty list says that there is no weekend
	}
	for _, w := range doc.Weekend {
		if !slices.Contains(a.weekend, time.Weekday(w)) {
			a.weekend = append(a.weekend, time.Weekday(w))
		}
	}
	if len(a.weekend) == 7 {
		p.add("weekend", "all days are days off; leave at least one working day")
	}
	for _, year := range doc.Confirmed {
		if year < FirstYear || year > LastYear {
			p.add("confirmed", "%d lies outside the years covered; choose one from %d to %d", year, FirstYear, LastYear)
		}
	}
	a.confirmed = doc.Confirmed
	for i, d := range doc.Holidays {
		a.days = append(a.days, d.rules(&p, fmt.Sprintf("holidays[%d]", i), Holiday)...)
	}
	for i, d := range doc.Workdays {
		a.days = append(a.days, d.rules(&p, fmt.Sprintf("workdays[%d]", i), MakeUpWorkday)...)
	}
	if len(a.days) > maxSpans {
		p.add("holidays", "%d entries, each year of yearly ones counted, are too many; keep at most %d", len(a.days), maxSpans)
	}
	a.books = doc.books(&p, "")
	a.batches = doc.batchList(&p)
	a.companies = doc.companyList(&p)
	if len(p) > 0 {
		return Additions{}, errors.Join(p...)
	}
	return a, nil
}

// rules returns the spans of an entry, one for each year of a yearly one.
func (d dayDoc) rules(p *problems, key string, kind Class) []dayRule {
	s := span{date(d.From), date(d.To)}
	switch {
	case d.Date != 0 && (d.From != 0 || d.To != 0):
		p.add(key, "has date and from or to; write date for one day, or from and to for several")
		return nil
	case d.Date != 0:
		s = span{date(d.Date), date(d.Date)}
	case d.From == 0 || d.To == 0:
		p.add(key, "has no date; write date for one day, or from and to for several")
		return nil
	}
	if days := int(s.last-s.first) + 1; days < 1 || days > maxSpanDays {
		p.add(key, "from %v to %v are %d days; choose from 1 to %d", s.first, s.last, days, maxSpanDays)
		return nil
	}
	if !d.Yearly {
		return []dayRule{{s, kind}}
	}
	return yearly(s, kind, 1, LastYear-FirstYear+1, lastDate)
}

// yearly repeats a span every so many years, at most count times and until a last date. 29 February repeats in leap
// years only, as in RFC 5545.
func yearly(s span, kind Class, interval, count int, until date) []dayRule {
	var out []dayRule
	year, month, day := s.first.time().Date()
	for ; count > 0 && year <= LastYear; year += interval {
		first := dateOf(year, month, day)
		if first > until {
			break
		}
		if first.time().Day() != day {
			continue
		}
		count--
		if last := first + s.last - s.first; last >= firstDate {
			out = append(out, dayRule{span{first, last}, kind})
		}
	}
	return out
}

func (doc *document) companyList(p *problems) []company {
	if len(doc.Companies) > maxCompanies {
		p.add("companies", "%d are too many; keep at most %d", len(doc.Companies), maxCompanies)
		return nil
	}
	var out []company
	seen := map[string]bool{}
	for i, c := range doc.Companies {
		key := fmt.Sprintf("companies[%d]", i)
		if c.Name == "" {
			p.add(key, "has no name; write name, such as its company code")
		} else if seen[c.Name] {
			p.add(key, "name %q is used twice; join the two", c.Name)
		}
		seen[c.Name] = true
		out = append(out, company{c.Name, c.books(p, key+".")})
	}
	return out
}

func (b *booksDoc) books(p *problems, prefix string) books {
	var out books
	if b.Fiscal != nil {
		out.fiscal = b.Fiscal.fiscal(p, prefix+"fiscal")
	}
	if n := len(b.Closings); n > maxSpans {
		p.add(prefix+"closings", "%d are too many; keep at most %d", n, maxSpans)
		return out
	}
	if n := len(b.Deadlines); n > maxDeadlines {
		p.add(prefix+"tax_deadlines", "%d are too many; keep at most %d, joining those of the same day", n, maxDeadlines)
		return out
	}
	for i, c := range b.Closings {
		if c.Date == 0 {
			p.add(fmt.Sprintf("%sclosings[%d]", prefix, i), "has no date; write the last day of the close, such as date: 2026-12-29")
		}
		out.closings = append(out.closings, closing{date(c.Date), Close(c.Close)})
	}
	for i, d := range b.Deadlines {
		out.deadlines = append(out.deadlines, d.deadline(p, fmt.Sprintf("%stax_deadlines[%d]", prefix, i)))
	}
	return out
}

func (d deadlineDoc) deadline(p *problems, key string) deadline {
	if d.Day < 1 || d.Day > 31 {
		p.add(key+".day", "%d is no day of a month; write one from 1 to 31", d.Day)
	}
	for _, m := range d.Months {
		if m < 1 || m > 12 {
			p.add(key+".months", "%d is no month; write numbers from 1 to 12", m)
		}
	}
	out := deadline{day: d.Day, months: d.Months, move: d.Move.move}
	if !d.Move.written {
		out.move = toNext
	}
	if n := len(d.Instead); n > maxInstead {
		p.add(key+".instead", "%d dates are too many; keep at most one for each month", n)
		return out
	}
	for _, in := range d.Instead {
		out.instead = append(out.instead, date(in))
	}
	return out
}
