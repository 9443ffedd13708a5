package calendar

// Class is what models tell days apart by; it indexes an array of NumClasses.
type Class uint8

const (
	// Workday is an ordinary working day, away from any close.
	Workday Class = iota
	// RestDay is a day of the weekend that belongs to no public holiday.
	RestDay
	// MonthEnd is a working day within a close, make-up workdays included: from 3 working days before the last one of
	// the period to 2 after it. Day.Close tells a quarter or year end from a plain month end.
	MonthEnd
	// Holiday is a public or company holiday, the rest days that its authority counts with it included.
	Holiday
	// MakeUpWorkday is a day that is worked although the week or the country rests, away from any close.
	MakeUpWorkday
	// NumClasses is how many classes there are.
	NumClasses
)

// String returns the class in lower-case words, such as "make-up workday".
func (c Class) String() string {
	names := [...]string{"workday", "rest day", "month end", "holiday", "make-up workday"}
	if int(c) < len(names) {
		return names[c]
	}
	return "unknown"
}

// Close is a closing of the books, ordered by weight: a year end closes a quarter and a month too.
type Close uint8

const (
	// NoClose is where the day belongs to no close.
	NoClose Close = iota
	// Period13 is the time of adjusting entries that follows a year end, where a company has one.
	Period13
	// MonthClose ends a month or another fiscal period.
	MonthClose
	// QuarterClose ends a quarter.
	QuarterClose
	// YearClose ends a fiscal year.
	YearClose
)

// String returns the close in lower-case words, such as "quarter end".
func (c Close) String() string {
	names := [...]string{"none", "period 13", "month end", "quarter end", "year end"}
	if int(c) < len(names) {
		return names[c]
	}
	return "unknown"
}

// Day is what is known of a local date.
type Day struct {
	// Class is the day as models see it: a working day within a close is MonthEnd.
	Class Class
	// Kind is the day without regard to closes: any Class but MonthEnd.
	Kind Class
	// Close is the close that the day belongs to.
	Close Close
	// Offset counts working days from the last working day of the period, which is 0: -3 to 2 within a close, from 3
	// on in Period13, 0 where there is no close. A day off has the offset of the working day before it.
	Offset int8
	// TaxDeadline tells that a tax return is due on the day.
	TaxDeadline bool
}

// Working reports whether people work on the day.
func (d Day) Working() bool { return d.Kind == Workday || d.Kind == MakeUpWorkday }
