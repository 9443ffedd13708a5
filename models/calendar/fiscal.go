package calendar

import "time"

// fiscal says when the periods of a company end: on a day of the month, or after whole weeks.
type fiscal struct {
	cutoff    int        // day of the month on which a period ends; 0 = its last; shorter months end on their last
	firstMon  time.Month // month whose period is the first of the fiscal year
	late      bool       // a close on a day off moves to the next working day instead of the previous one
	weeks     []int      // weeks of each period of a fiscal year; nil = by month
	start     date       // first day of some fiscal year; with weeks only
	last      bool       // the year ends on the last such weekday of the month, not on the one nearest to the month's end
	period13  int        // working days of adjusting entries after a year end; 0 = none
	yearMonth time.Month // month at whose end a fiscal year by weeks ends
}

// period is a fiscal period: its last date, and what it closes.
type period struct {
	end  date
	kind Close
}

// periods returns the fiscal periods that end around the years covered, in order.
func (f *fiscal) periods() []period {
	if f.weeks != nil {
		return f.byWeeks()
	}
	var out []period
	for year := FirstYear - 1; year <= LastYear+1; year++ {
		for month := time.January; month <= time.December; month++ {
			end := monthEnd(year, month)
			if f.cutoff > 0 {
				end = min(end, dateOf(year, month, 1)+date(f.cutoff-1))
			}
			number := (int(month-f.firstMon)+12)%12 + 1
			out = append(out, period{end, closeOf(number, 12)})
		}
	}
	return out
}

// byWeeks lays the periods into each fiscal year; a 53rd week belongs to the last one.
func (f *fiscal) byWeeks() []period {
	var out []period
	for year := FirstYear - 1; year <= LastYear+1; year++ {
		end := f.yearEnd(year-1, f.start-1)
		for i, weeks := range f.weeks {
			end += date(7 * weeks)
			if i == len(f.weeks)-1 {
				end = f.yearEnd(year, f.start-1)
			}
			out = append(out, period{end, closeOf(i+1, len(f.weeks))})
		}
	}
	return out
}

// yearEnd returns the last day of the fiscal year by weeks that ends around the end of yearMonth of a year, on the
// weekday of like.
func (f *fiscal) yearEnd(year int, like date) date {
	end := monthEnd(year, f.yearMonth)
	before := date((end.weekday() - like.weekday() + 7) % 7)
	if !f.last && before > 3 {
		return end - before + 7
	}
	return end - before
}

// closeOf returns what the period of a number from 1 closes.
func closeOf(number, perYear int) Close {
	switch {
	case number == perYear:
		return YearClose
	case number%3 == 0 && number < 12: // of 13 periods, the last quarter has four
		return QuarterClose
	}
	return MonthClose
}
