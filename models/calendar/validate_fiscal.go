package calendar

import (
	"slices"
	"time"
)

// maxPeriod13 is how many working days of adjusting entries may follow a year end: about a quarter.
const maxPeriod13 = 65

func (f *fiscalDoc) fiscal(p *problems, key string) *fiscal {
	out := &fiscal{cutoff: f.Cutoff, firstMon: time.January, late: f.Move.move == toNext, period13: f.Period13}
	if f.YearStart != 0 {
		out.firstMon = time.Month(f.YearStart)
	}
	if f.Period13 != 0 && (f.Period13 <= daysAfter || f.Period13 > maxPeriod13) {
		p.add(key+".period_13", "%d working days are not possible; write a number from %d to %d", f.Period13, daysAfter+1, maxPeriod13)
	}
	if f.Move.written && f.Move.move == stay {
		p.add(key+".move", "\"stay\" would close the books on a day off; write previous or next")
	}
	if f.Pattern != "" {
		f.byWeeks(p, key, out)
		return out
	}
	if f.Cutoff < 0 || f.Cutoff > 31 {
		p.add(key+".cutoff", "%d is no day of a month; write one from 1 to 31, or leave it out for the last", f.Cutoff)
	}
	if f.YearStart < 0 || f.YearStart > 12 {
		p.add(key+".year_start", "%d is no month; write a number from 1 to 12", f.YearStart)
	}
	if f.Start != 0 || f.YearEnd != "" {
		p.add(key, "start and year_end need a pattern of weeks; write pattern: 4-4-5, or remove them")
	}
	return out
}

// byWeeks checks a calendar of whole weeks.
func (f *fiscalDoc) byWeeks(p *problems, key string, out *fiscal) {
	quarters := map[string][]int{"4-4-5": {4, 4, 5}, "4-5-4": {4, 5, 4}, "5-4-4": {5, 4, 4}}
	switch weeks, known := quarters[f.Pattern]; {
	case known:
		out.weeks = slices.Repeat(weeks, 4)
	case f.Pattern == "13x4":
		out.weeks = slices.Repeat([]int{4}, 13)
	default:
		p.add(key+".pattern", "%q is not known; write 4-4-5, 4-5-4, 5-4-4 or 13x4", f.Pattern)
	}
	if f.Cutoff != 0 || f.YearStart != 0 {
		p.add(key, "cutoff and year_start belong to periods by month; remove them, or the pattern")
	}
	if f.YearEnd != "" && f.YearEnd != "nearest" && f.YearEnd != "last" {
		p.add(key+".year_end", "%q is not known; write nearest or last", f.YearEnd)
	}
	if f.Start == 0 {
		p.add(key+".start", "is missing; write the first day of some fiscal year, such as 2025-12-29")
		return
	}
	out.start, out.last = date(f.Start), f.YearEnd == "last"
	end := out.start - 1
	year, month, day := end.time().Date()
	if day <= 15 { // it belongs to the month end before
		year, month, _ = dateOf(year, month, 0).time().Date()
	}
	out.yearMonth = month
	if want := out.yearEnd(year, end); want != end {
		p.add(key+".start", "%v cannot begin a fiscal year, because the year before would end on %v, not on the %v that is %s to the end of %v; write %v, or the other year_end",
			out.start, end, end.weekday(), map[bool]string{false: "nearest", true: "last up"}[out.last], month, want+1)
	}
}
