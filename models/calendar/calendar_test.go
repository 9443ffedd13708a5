package calendar

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // zones must be there on every machine that tests

	"github.com/google/go-cmp/cmp"
)

func zone(tb testing.TB, name string) *time.Location {
	tb.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		tb.Fatal(err)
	}
	return loc
}

// noon returns noon of a date in Shanghai.
func noon(tb testing.TB, day string) time.Time {
	tb.Helper()
	t, err := time.ParseInLocation(time.DateOnly, day, zone(tb, "Asia/Shanghai"))
	if err != nil {
		tb.Fatal(err)
	}
	return t.Add(12 * time.Hour)
}

func build(tb testing.TB, cfg Config) *Calendar {
	tb.Helper()
	c, err := New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// chinese returns a calendar of China with a user's YAML.
func chinese(tb testing.TB, company, text string) *Calendar {
	tb.Helper()
	a, err := ParseYAML([]byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return build(tb, Config{Zone: zone(tb, "Asia/Shanghai"), Additions: []Additions{a}, Company: company})
}

// TestChina holds the arrangements of the notices against the table, by the days that differ from an ordinary week.
func TestChina(t *testing.T) {
	c := chinese(t, "", "")
	f := func(from, to string, want Class) {
		t.Helper()
		for m := noon(t, from); !m.After(noon(t, to)); m = m.AddDate(0, 0, 1) {
			if got := c.Day(m).Kind; got != want {
				t.Errorf("%s is %v, want %v", m.Format(time.DateOnly), got, want)
			}
		}
	}
	f("2024-02-10", "2024-02-17", Holiday)
	f("2024-02-09", "2024-02-09", Workday) // the eve was no holiday then
	f("2024-02-18", "2024-02-18", MakeUpWorkday)
	f("2024-06-08", "2024-06-10", Holiday)
	f("2024-09-14", "2024-09-14", MakeUpWorkday)
	f("2025-01-01", "2025-01-01", Holiday)
	f("2025-01-02", "2025-01-03", Workday)
	f("2025-01-26", "2025-01-26", MakeUpWorkday) // a Sunday
	f("2025-01-28", "2025-02-04", Holiday)
	f("2025-02-08", "2025-02-08", MakeUpWorkday)
	f("2025-02-09", "2025-02-09", RestDay)
	f("2025-10-01", "2025-10-08", Holiday)
	f("2025-10-11", "2025-10-11", MakeUpWorkday)
	f("2026-01-01", "2026-01-03", Holiday)
	f("2026-01-04", "2026-01-04", MakeUpWorkday)
	f("2026-02-14", "2026-02-14", MakeUpWorkday)
	f("2026-02-15", "2026-02-23", Holiday)
	f("2026-02-28", "2026-02-28", MakeUpWorkday)
	f("2026-05-01", "2026-05-05", Holiday)
	f("2026-09-20", "2026-09-20", MakeUpWorkday)
	f("2026-09-25", "2026-09-27", Holiday)
	f("2026-10-01", "2026-10-07", Holiday)
	f("2026-10-08", "2026-10-09", Workday)
	f("2026-10-10", "2026-10-10", MakeUpWorkday)
	f("2015-09-03", "2015-09-05", Holiday)
	f("2020-01-24", "2020-02-02", Holiday)
	// Assumed: the eve of 6 February and 7 days more, the week of October.
	f("2027-02-05", "2027-02-12", Holiday)
	f("2027-10-01", "2027-10-07", Holiday)
	f("2028-10-01", "2028-10-08", Holiday) // with the Mid-Autumn Festival
}

// TestNoticesAreConsistent: make-up days are rest days, and the days off of a year hold its movable festivals.
func TestNoticesAreConsistent(t *testing.T) {
	for _, n := range notices {
		for _, md := range n.work {
			if d := md.in(n.year); d.weekday() != time.Saturday && d.weekday() != time.Sunday {
				t.Errorf("make-up workday %v is a %v", d, d.weekday())
			}
		}
		days := 0
		for _, off := range n.off {
			days += int(off[1].in(n.year)-off[0].in(n.year)) + 1
		}
		if days < 28 || days > 33 {
			t.Errorf("%d has %d days off", n.year, days)
		}
	}
	if first, last := notices[0].year, notices[len(notices)-1].year; first != FirstYear || last != lastNotice {
		t.Errorf("notices reach from %d to %d", first, last)
	}
	if len(movable) != LastYear-lastNotice {
		t.Errorf("%d years of festivals", len(movable))
	}
}

// TestAssumptionHoldsForKnownYears: the rule for years without notice reproduces the years that were arranged by it.
func TestAssumptionHoldsForKnownYears(t *testing.T) {
	f := func(year int, fs festivals, except ...date) {
		t.Helper()
		got, want := map[date]bool{}, map[date]bool{}
		for _, s := range assumedChina(year, fs) {
			for d := s.first; d <= s.last; d++ {
				got[d] = true
			}
		}
		for _, off := range notices[year-FirstYear].off {
			for d := off[0].in(year); d <= off[1].in(year); d++ {
				want[d] = true
			}
		}
		for _, d := range except {
			delete(want, d)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d (-want +got):\n%s", year, diff)
		}
	}
	f(2025, festivals{129, 404, 531, 1006})
	f(2026, festivals{217, 405, 619, 925}, dateOf(2026, time.February, 15)) // a day more than the rule
}

func TestCloses(t *testing.T) {
	c := chinese(t, "", "")
	f := func(day string, class Class, cl Close, offset int8) {
		t.Helper()
		got := c.Day(noon(t, day))
		if got.Class != class || got.Close != cl || got.Offset != offset {
			t.Errorf("%s is %v, %v %+d, want %v, %v %+d", day, got.Class, got.Close, got.Offset, class, cl, offset)
		}
	}
	// Quarter end before National Day: 28 September 2025, a Sunday, is worked.
	f("2025-09-25", Workday, NoClose, 0)
	f("2025-09-26", MonthEnd, QuarterClose, -3) // Friday
	f("2025-09-27", RestDay, QuarterClose, -3)
	f("2025-09-28", MonthEnd, QuarterClose, -2)
	f("2025-09-30", MonthEnd, QuarterClose, 0)
	f("2025-10-01", Holiday, QuarterClose, 0)
	f("2025-10-08", Holiday, QuarterClose, 0)
	f("2025-10-09", MonthEnd, QuarterClose, 1)
	f("2025-10-10", MonthEnd, QuarterClose, 2)
	f("2025-10-11", MakeUpWorkday, NoClose, 0)
	// Spring Festival 2025: January's last working day is Monday 27, after a worked Sunday.
	f("2025-01-23", MonthEnd, MonthClose, -3)
	f("2025-01-26", MonthEnd, MonthClose, -1)
	f("2025-01-27", MonthEnd, MonthClose, 0)
	f("2025-02-04", Holiday, MonthClose, 0)
	f("2025-02-06", MonthEnd, MonthClose, 2)
	f("2025-02-07", Workday, NoClose, 0)
	// February 2026 closes on Saturday 28, worked.
	f("2026-02-28", MonthEnd, MonthClose, 0)
	// A leap year, and the end of a year.
	f("2024-02-29", MonthEnd, MonthClose, 0)
	f("2025-12-31", MonthEnd, YearClose, 0)
	f("2026-01-01", Holiday, YearClose, 0)
	f("2026-01-04", MonthEnd, YearClose, 1)
	f("2026-01-05", MonthEnd, YearClose, 2)
	f("2026-01-06", Workday, NoClose, 0)
	f("2026-03-31", MonthEnd, QuarterClose, 0)
	f("2026-05-31", RestDay, MonthClose, 0)
	f("2026-05-29", MonthEnd, MonthClose, 0)
}

func TestFiscalCalendars(t *testing.T) {
	f := func(fiscalText, day string, cl Close, offset int8) {
		t.Helper()
		c := chinese(t, "A", "companies:\n- name: A\n  fiscal: "+fiscalText)
		if got := c.Day(noon(t, day)); got.Close != cl || got.Offset != offset {
			t.Errorf("%s: %s is %v %+d, want %v %+d", fiscalText, day, got.Close, got.Offset, cl, offset)
		}
	}
	// 25 April 2026 is a Saturday, 25 January 2026 a Sunday, 25 September a holiday.
	f("{cutoff: 25}", "2026-04-24", MonthClose, 0)
	f("{cutoff: 25}", "2026-04-27", MonthClose, 1)
	f("{cutoff: 25, move: next}", "2026-04-27", MonthClose, 0)
	f("{cutoff: 25, move: next}", "2026-04-24", MonthClose, -1)
	f("{cutoff: 25}", "2026-01-23", MonthClose, 0)
	f("{cutoff: 25}", "2026-09-24", QuarterClose, 0)
	f("{cutoff: 25, move: next}", "2026-09-28", QuarterClose, 0)
	f("{cutoff: 25}", "2025-12-25", YearClose, 0)
	f("{cutoff: 31}", "2026-02-28", MonthClose, 0)
	f("{year_start: 4}", "2026-03-31", YearClose, 0)
	f("{year_start: 4}", "2025-12-31", QuarterClose, 0)
	// 4-4-5 from Monday 29 December 2025: periods end on Sundays, the first on 25 January 2026.
	f("{pattern: 4-4-5, start: 2025-12-29}", "2026-01-23", MonthClose, 0)
	f("{pattern: 4-4-5, start: 2025-12-29}", "2026-03-27", QuarterClose, 0)
	f("{pattern: 4-5-4, start: 2025-12-29}", "2026-02-28", MonthClose, 0) // Sunday 1 March; the Saturday is worked
	f("{pattern: 5-4-4, start: 2025-12-29}", "2026-01-30", MonthClose, 0)
	f("{pattern: 13x4, start: 2025-12-29}", "2026-12-25", NoClose, 0)
	// The 53rd week of 2026: the Sunday nearest to 31 December is 3 January 2027, so the last working day is 31 December.
	f("{pattern: 4-4-5, start: 2025-12-29}", "2026-12-31", YearClose, 0)
	f("{pattern: 4-4-5, start: 2025-12-29, year_end: last}", "2026-12-25", YearClose, 0)
	f("{pattern: 13x4, start: 2025-12-29}", "2026-03-20", QuarterClose, 0)
	// Period 13 after the close of 2025, whose offsets 1 and 2 are 4 and 5 January.
	f("{period_13: 8}", "2026-01-05", YearClose, 2)
	f("{period_13: 8}", "2026-01-06", Period13, 3)
	f("{period_13: 8}", "2026-01-13", Period13, 8)
	f("{period_13: 8}", "2026-01-14", NoClose, 0)
	f("{pattern: 4-4-5, start: 2025-12-29, period_13: 10}", "2027-01-12", Period13, 7)
}

func TestClosingsMoveTheNearestClose(t *testing.T) {
	c := chinese(t, "", "closings:\n- {date: 2026-12-21, close: year}\n- {date: 2026-11-27}\n")
	f := func(day string, cl Close, offset int8) {
		t.Helper()
		if got := c.Day(noon(t, day)); got.Close != cl || got.Offset != offset {
			t.Errorf("%s is %v %+d, want %v %+d", day, got.Close, got.Offset, cl, offset)
		}
	}
	f("2026-12-21", YearClose, 0)
	f("2026-12-31", NoClose, 0)
	f("2026-11-27", MonthClose, 0)
	f("2026-11-30", MonthClose, 1)
	a, err := ParseYAML([]byte("closings: [{date: 2026-11-27}, {date: 2026-11-26}]"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(Config{Additions: []Additions{a}}); err == nil || !strings.Contains(err.Error(), "both move the month end of 2026-11-30") {
		t.Errorf("contradicting closings: %v", err)
	}
}

func TestTaxDeadlines(t *testing.T) {
	c := chinese(t, "", "tax_deadlines:\n- {day: 15, instead: [2025-10-27]}\n- {day: 31, months: [5], move: previous}\n")
	var got []string
	for m := noon(t, "2025-10-01"); m.Before(noon(t, "2026-06-01")); m = m.AddDate(0, 0, 1) {
		if c.Day(m).TaxDeadline {
			got = append(got, m.Format(time.DateOnly))
		}
	}
	want := []string{"2025-10-27", "2025-11-17", "2025-12-15", "2026-01-15", "2026-02-24", "2026-03-16", "2026-04-15", "2026-05-15", "2026-05-29"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("deadlines (-want +got):\n%s", diff)
	}
}

func TestBatch(t *testing.T) {
	c := chinese(t, "", `
batches:
- {name: nightly, from: "22:00", to: "04:00", weekdays: [mon, tue, wed, thu, fri]}
- {name: close, from: "18:00", to: "24:00", close: month, offsets: [0]}
- {name: year, from: "08:00", to: "09:00", close: year}
`)
	f := func(moment, want string) {
		t.Helper()
		m, err := time.ParseInLocation("2006-01-02 15:04", moment, zone(t, "Asia/Shanghai"))
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := c.Batch(m); got != want || ok != (want != "") {
			t.Errorf("%s: %q %v, want %q", moment, got, ok, want)
		}
	}
	f("2026-06-05 21:59", "")
	f("2026-06-05 22:00", "nightly") // Friday
	f("2026-06-06 03:59", "nightly")
	f("2026-06-06 04:00", "")
	f("2026-06-06 22:00", "") // Saturday
	f("2026-05-29 18:00", "close")
	f("2026-05-29 23:59", "nightly") // the first in the file
	f("2026-05-30 18:00", "")        // a day off has no offset of its own
	f("2025-12-30 08:30", "year")
	f("2026-06-30 08:30", "")
	f("2014-12-31 23:00", "")
	f("2046-01-01 23:00", "")
}

// TestEachDayHasOneClass (guarantee 1), and each month of the years covered one close.
func TestEachDayHasOneClass(t *testing.T) {
	for _, country := range Countries() {
		c := build(t, Config{Zone: time.UTC, Country: country})
		closes := map[string]int{}
		for d := firstDate; d <= lastDate; d++ {
			day := c.Day(d.time())
			if day.Class >= NumClasses || day.Kind >= NumClasses || day.Kind == MonthEnd {
				t.Fatalf("%s: %v is %+v", country, d, day)
			}
			if (day.Class == MonthEnd) != (day.Working() && day.Close >= MonthClose) {
				t.Fatalf("%s: %v is %+v", country, d, day)
			}
			if day.Class == MonthEnd && day.Offset == 0 {
				closes[d.String()[:7]]++
			}
		}
		if want := 12 * (LastYear - FirstYear + 1); len(closes) != want {
			t.Errorf("%s: %d months have a close, want %d", country, len(closes), want)
		}
		for month, n := range closes {
			if n != 1 {
				t.Errorf("%s: %s has %d last working days", country, month, n)
			}
		}
	}
}

// TestClosesTellEveryDay: the windows are disjoint, in order, and hold exactly the days that say so.
func TestClosesTellEveryDay(t *testing.T) {
	c := chinese(t, "", "")
	in := map[string]Close{}
	at0 := noon(t, "2014-06-01")
	for w, ok := c.NextClose(at0); ok; w, ok = c.NextClose(w.End) {
		if previous, ok := c.PreviousClose(w.Start); ok && previous.End.After(w.Start) {
			t.Fatalf("%v and %v overlap", previous, w)
		}
		if again, _ := c.NextClose(w.End.Add(-time.Second)); again != w {
			t.Fatalf("within %v the next is %v", w, again)
		}
		for m := w.Start; m.Before(w.End); m = m.AddDate(0, 0, 1) {
			in[m.Format(time.DateOnly)] = w.Close
		}
	}
	for d := firstDate; d <= lastDate; d++ {
		if got, want := c.of(d).Close, in[d.String()]; got != want {
			t.Fatalf("%v is %v by day and %v by window", d, got, want)
		}
	}
	if _, ok := c.PreviousClose(at0); ok {
		t.Error("there is a close before the first year")
	}
}

func TestNextClose(t *testing.T) {
	c := chinese(t, "", "")
	w, ok := c.NextClose(noon(t, "2025-09-10"))
	got := fmt.Sprint(ok, " ", w.Close, w.Start.Format(" 2006-01-02T15:04"), w.Last.Format(" 01-02"), w.End.Format(" 01-02"))
	if want := "true quarter end 2025-09-26T00:00 09-30 10-11"; got != want {
		t.Errorf("next close is %q, want %q", got, want)
	}
}

func TestWorkdaysAndClasses(t *testing.T) {
	c := chinese(t, "", "")
	f := func(from, to string, want int) {
		t.Helper()
		if got := c.Workdays(noon(t, from), noon(t, to)); got != want {
			t.Errorf("%s to %s: %d working days, want %d", from, to, got, want)
		}
	}
	f("2025-10-01", "2025-11-01", 18)
	f("2025-11-01", "2025-10-01", -18)
	f("2026-01-01", "2027-01-01", 248)
	f("2026-10-01", "2026-10-08", 0)
	f("1000-01-01", "2015-01-05", 1) // the worked Sunday of 2015 only
	dst := make([]Class, 180)
	c.Classes(noon(t, "2026-11-25"), dst)
	for i, got := range dst {
		if want := c.Day(noon(t, "2026-11-25").AddDate(0, 0, i)).Class; got != want {
			t.Errorf("class %d is %v, want %v", i, got, want)
		}
	}
}

// TestLocalDates (guarantee 4): a date begins at its local midnight, whatever the clocks do.
func TestLocalDates(t *testing.T) {
	for _, name := range []string{"UTC", "Asia/Shanghai", "America/New_York", "America/Sao_Paulo", "Pacific/Apia", "Asia/Kathmandu", "Australia/Lord_Howe"} {
		c := build(t, Config{Zone: zone(t, name), Country: NoCountry})
		for m := time.Date(2015, 1, 1, 0, 0, 0, 0, c.zone); m.Year() < 2028; m = m.Add(37 * time.Minute) {
			d, minute := c.local(m)
			if want := dateOf(m.Date()); d != want || c.dateAt(m) != want || minute != m.Hour()*60+m.Minute() {
				t.Fatalf("%v is %v and minute %d", m, d, minute)
			}
		}
		for i := range c.days {
			if m := c.midnight(i); dateOf(m.Date()) != firstDate+date(i) {
				t.Fatalf("midnight of %v in %s is %v", firstDate+date(i), name, m)
			}
		}
	}
}

// TestOutside: far away there are weekends and nothing else, and no date wraps around.
func TestOutside(t *testing.T) {
	c := chinese(t, "", "")
	for _, m := range []time.Time{{}, time.Unix(1<<40, 0), time.Unix(-1<<40, 0), time.Unix(1<<62, 0), noon(t, "2014-12-31"), noon(t, "2046-01-01")} {
		if got := c.Day(m); got.Close != NoClose || got.Kind != Workday && got.Kind != RestDay {
			t.Errorf("%d is %+v", m.Unix(), got)
		}
	}
	if got := c.Day(noon(t, "2046-10-06")).Class; got != RestDay && noon(t, "2046-10-06").Weekday() == time.Saturday {
		t.Errorf("a Saturday of 2046 is %v", got)
	}
}

func TestAssumed(t *testing.T) {
	a, err := ParseYAML([]byte("confirmed: [2027]"))
	if err != nil {
		t.Fatal(err)
	}
	f := func(cfg Config, want ...int) {
		t.Helper()
		c := build(t, cfg)
		var got []int
		for year := 2025; year <= 2028; year++ {
			if c.Assumed(year) {
				got = append(got, year)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v are assumed, want %v", cfg.Country, got, want)
		}
	}
	f(Config{}, 2027, 2028)
	f(Config{Additions: []Additions{a}}, 2028)
	f(Config{Country: "DE"})
	f(Config{Country: NoCountry})
}

func TestCountries(t *testing.T) {
	f := func(country, day string, want Class) {
		t.Helper()
		c := build(t, Config{Zone: zone(t, "Asia/Shanghai"), Country: country})
		if got := c.Day(noon(t, day)).Kind; got != want {
			t.Errorf("%s: %s is %v, want %v", country, day, got, want)
		}
	}
	f("DE", "2026-10-02", Workday)
	f("DE", "2026-04-03", Holiday) // Good Friday
	f("US", "2026-07-03", Holiday) // for Saturday 4
	f("US", "2026-07-04", RestDay)
	f("US", "2021-12-31", Holiday) // New Year of 2022, a Saturday
	f("JP", "2026-02-11", Holiday)
	f("GB", "2022-09-19", Workday) // a state funeral that the rules do not know
	f("none", "2026-10-01", Workday)
	_, err := New(Config{Country: "XX", Company: "Z"})
	for _, want := range []string{`country: "XX" is not known`, "CN, ", "none", `company: "Z"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}

func TestAdditionsOverlay(t *testing.T) {
	c := chinese(t, "", `
holidays:
- {from: 2026-07-27, to: 2026-07-31}
- {date: 2015-12-24, yearly: true}
workdays:
- {date: 2026-07-29}
- {date: 2026-07-15}
- {date: 2026-08-01}
`)
	f := func(day string, want Class) {
		t.Helper()
		if got := c.Day(noon(t, day)).Kind; got != want {
			t.Errorf("%s is %v, want %v", day, got, want)
		}
	}
	f("2026-07-27", Holiday)
	f("2026-07-29", MakeUpWorkday)
	f("2026-07-15", Workday) // is one anyway
	f("2026-08-01", MakeUpWorkday)
	f("2030-12-24", Holiday)
}

func BenchmarkDay(b *testing.B) {
	c := chinese(b, "", "")
	t := noon(b, "2026-10-01")
	b.ReportAllocs()
	var sum int
	for b.Loop() {
		sum += int(c.Day(t).Class)
	}
	_ = sum
}

func BenchmarkBatch(b *testing.B) {
	c := chinese(b, "", "batches: [{name: nightly, from: \"22:00\", to: \"04:00\"}]")
	t := noon(b, "2026-10-01")
	b.ReportAllocs()
	for b.Loop() {
		c.Batch(t)
	}
}

func BenchmarkClasses180(b *testing.B) {
	c := chinese(b, "", "")
	t, dst := noon(b, "2026-10-01"), make([]Class, 180)
	b.ReportAllocs()
	for b.Loop() {
		c.Classes(t, dst)
	}
}

func BenchmarkNextClose(b *testing.B) {
	c := chinese(b, "", "")
	t := noon(b, "2026-10-01")
	b.ReportAllocs()
	for b.Loop() {
		c.NextClose(t)
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(Config{}); err != nil {
			b.Fatal(err)
		}
	}
}
