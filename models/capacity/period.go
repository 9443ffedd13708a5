package capacity

import "time"

// period numbers the periods of a step: months since the year 0, weeks since the one that held 1970-01-01.
type period int

const week = 7 * 24 * time.Hour

// firstMonday is the Monday of the week of 1970-01-01.
const firstMonday = -3 * 24 * time.Hour

// periodOf returns the period that holds t, in UTC.
func (s Step) periodOf(t time.Time) period {
	t = t.UTC()
	if s == Monthly {
		return period(12*t.Year() + int(t.Month()) - 1)
	}
	const weekSeconds = int64(week / time.Second)
	since := t.Unix() - int64(firstMonday/time.Second)
	n := since / weekSeconds
	if since%weekSeconds < 0 {
		n--
	}
	return period(n)
}

// start returns the first moment of a period.
func (s Step) start(n period) time.Time {
	if s == Monthly {
		return time.Date(0, 1+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(1970, 1, 1-3+7*int(n), 0, 0, 0, 0, time.UTC)
}

// ahead returns how many periods n months are, rounded up.
func (s Step) ahead(months int) int {
	if s == Monthly {
		return months
	}
	return (months*53 + 11) / 12
}

// String names one period: "month", "week".
func (s Step) String() string {
	if s == Weekly {
		return "week"
	}
	return "month"
}

// A close is the end of a month, quarter or year.
type closing uint8

const (
	quarterEnd closing = iota
	yearEnd
	monthEnd // among weeks only: every month holds one
)

func (c closing) String() string { return [...]string{"quarter end", "year end", "month end"}[c] }

// closes reports whether the last day of a month, quarter or fiscal year falls into the period.
func (s Step) closes(n period, c closing, last time.Month) bool {
	final := s.start(n+1).AddDate(0, 0, -1) // of the period
	month := final.Month()
	if s == Weekly && final.AddDate(0, 0, 1).Day() > 7 {
		return false // no month ends in a week that ends on the 7th to the last but one
	}
	if s == Weekly && final.AddDate(0, 0, 1).Day() != 1 {
		month = final.AddDate(0, 0, -final.Day()).Month() // the month that ended within the week
	}
	if last == 0 {
		last = time.December
	}
	behind := (int(month) - int(last) + 12) % 12
	return c == monthEnd || c == quarterEnd && behind%3 == 0 || c == yearEnd && behind == 0
}
