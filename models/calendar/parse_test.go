package calendar

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// says checks that an error holds every text.
func says(t *testing.T, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want %q", want)
		return
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error does not say %q:\n%v", w, err)
		}
	}
}

func TestYAMLErrorsComeAllAtOnce(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		_, err := ParseYAML([]byte(text))
		says(t, err, want...)
	}
	f("holydays: []\nbatches:\n- {nam: x}\n", `line 1: unknown key "holydays"`, `line 3: unknown key "nam"`)
	f("holidays:\n- {date: 2026-13-01}\n- {date: 2099-01-01}\n- {date: [1]}\n", `line 2: "2026-13-01" is no date`, "line 3: 2099-01-01 lies outside", "line 4: a single value")
	f("weekend: [sat, sunday]", `line 1: "sunday" is no day of the week; write one of sun, mon`)
	f("confirmed: x", `line 1: "x" does not fit here; write a list`)
	f("holidays: [{date: 2026-01-01, to: 2026-01-02}, {}, {from: 2026-02-01, to: 2026-01-01}]", "holidays[0]: has date and from or to", "holidays[1]: has no date", "holidays[2]: from 2026-02-01 to 2026-01-01 are -30 days")
	f("batches: [{name: a, from: \"22:00\", to: \"22:00\"}, {from: \"25:00\"}]", `"25:00" is no time of day`)
	f("batches: [{name: a, from: \"22:00\", to: \"22:00\"}, {from: \"05:00\"}, {name: b, from: \"1:00\", to: \"2:00\", offsets: [9]}]",
		"batches[0]: from and to are both 22:00", "batches[1]: has no name", "batches[1]: has no from or no to", "batches[2].offsets: need a close", "batches[2].offsets: 9 lies outside")
	f("companies: [{name: a, fiscal: {pattern: 4-4-4, cutoff: 3}}, {name: a}, {fiscal: {cutoff: 32, period_13: 1}}]",
		`companies[0].fiscal.pattern: "4-4-4" is not known`, "companies[0].fiscal: cutoff and year_start", "companies[0].fiscal.start: is missing", `companies[1]: name "a" is used twice`, "companies[2]: has no name", "cutoff: 32 is no day", "period_13: 1 working days")
	f("fiscal: {pattern: 4-4-5, start: 2026-01-12}", "fiscal.start: 2026-01-12 cannot begin a fiscal year", "write 2025-12-29")
	f("tax_deadlines: [{day: 0}, {day: 15, months: [13]}]", "tax_deadlines[0].day: 0 is no day", "tax_deadlines[1].months: 13 is no month")
	f("weekend: [mon, tue, wed, thu, fri, sat, sun]", "weekend: all days are days off")
	f("a: 1\n---\nb: 2\n", "unknown key")
	f("weekend: [sun]\n---\nweekend: [sun]\n", "second document")
	f("a: [", "correct the YAML syntax")
	f(strings.Repeat("#", maxBytes+1), "1 MiB is the most")
	f("holidays: ["+strings.Repeat("{date: 2016-01-01, yearly: true},", 400)+"]", "are too many")
	f("a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]\n", "unknown key")
}

func TestYAMLEmpty(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "---\n", "{}"} {
		if a, err := ParseYAML([]byte(text)); err != nil || len(a.days) > 0 {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestYAMLCompanies(t *testing.T) {
	a, err := ParseYAML([]byte("companies: [{name: \"1000\"}, {name: \"2000\", fiscal: {cutoff: 25}}]"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1000", "2000"}, a.Companies()); diff != "" {
		t.Errorf("companies (-want +got):\n%s", diff)
	}
}

const feed = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:Asia/Shanghai\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n" +
	"BEGIN:VEVENT\r\nSUMMARY:春节假\r\n 期\r\nDTSTART;VALUE=DATE:20260215\r\nDTEND;VALUE=DATE:20260224\r\nBEGIN:VALARM\r\nDURATION:PT5M\r\nEND:VALARM\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nSUMMARY:上班(补春节假期)\r\nDTSTART;VALUE=DATE:20260214\r\nDTEND;VALUE=DATE:20260215\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nCATEGORIES:Finance,Closing\r\nDTSTART;X-A=\"b;c:d\";VALUE=DATE:20261229\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nDTSTART:19700704\r\nDURATION:P2D\r\nRRULE:FREQ=YEARLY;UNTIL=20160801T000000Z;BYMONTH=7\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nDTSTART:20260801\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nDTSTART:20160229\r\nDTEND:20160229\r\nRRULE:FREQ=YEARLY;COUNT=2\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

func TestICS(t *testing.T) {
	a, err := ParseICS([]byte(feed))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range a.days {
		got = append(got, r.first.String()+" "+r.last.String()+" "+r.kind.String())
	}
	want := []string{
		"2026-02-15 2026-02-23 holiday", "2026-02-14 2026-02-14 make-up workday",
		"2015-07-04 2015-07-05 holiday", "2016-07-04 2016-07-05 holiday",
		"2016-02-29 2016-02-29 holiday", "2020-02-29 2020-02-29 holiday",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("days (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]date{dateOf(2026, time.December, 29)}, []date{a.books.closings[0].on}); diff != "" {
		t.Errorf("closings (-want +got):\n%s", diff)
	}
}

func TestICSErrors(t *testing.T) {
	event := func(lines string) string {
		return "BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + lines + "\nEND:VEVENT\nEND:VCALENDAR\n"
	}
	f := func(text string, want ...string) {
		t.Helper()
		_, err := ParseICS([]byte(text))
		says(t, err, want...)
	}
	f("", "there is no BEGIN:VCALENDAR")
	f("hello", "line 1", "is no property")
	f("BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "line 2: the file ends within VEVENT")
	f(event("DTSTART:20260101T090000\nDTEND;VALUE=DATE:20269999"), "line 3: DTSTART", "is no whole day", "line 4: DTEND", "is no date")
	f(event("SUMMARY:x"), "line 2: the event has no DTSTART")
	f(event("DTSTART:20260102\nDTEND:20260101"), "DTEND 2026-01-01 lies before DTSTART")
	f(event("DTSTART:20260102\nDTEND:20300101"), "lasts 1460 days")
	f(event("DTSTART:20260102\nDURATION:PT1H"), "no number of whole days")
	f(event("DTSTART:20260102\nDURATION:P99999999999W"), "no number of whole days")
	f(event("DTSTART:20260102\nRRULE:FREQ=SECONDLY;COUNT=1000000000"), "FREQ=SECONDLY is not understood")
	f(event("DTSTART:20260102\nRRULE:FREQ=YEARLY;BYDAY=1MO"), "BYDAY=1MO is not understood")
	f(event("DTSTART:20260102\nRRULE:COUNT=2"), "there is no FREQ")
	f(event("DTSTART:20260102\nEXDATE:20270102"), "exceptions to a rule are not understood")
	f(event("DTSTART;VALUE=DATE"), "is no property")
	f(event("DTSTART;VALUE"), "is no property")
	f(event("DTSTART;=x:1"), "is no property")
	f("BEGIN:VCALENDAR\nEND:VEVENT\n", "END:VEVENT ends nothing")
	f(strings.Repeat("BEGIN:X\n", 100_000), "components lie within each other")
	f(strings.Repeat("x\n", 100_000), "more is wrong than is told here")
	f("BEGIN:VCALENDAR\n"+strings.Repeat("BEGIN:VEVENT\nDTSTART:19000101\nRRULE:FREQ=YEARLY\nEND:VEVENT\n", 5000)+"END:VCALENDAR", "are too many")
	f(strings.Repeat("a", maxBytes+1), "1 MiB is the most")
}

// harmless checks that what a parser accepts makes a calendar, or an error, and in no case a panic.
func harmless(t *testing.T, a Additions) {
	t.Helper()
	for _, company := range append([]string{""}, a.Companies()...) {
		c, err := New(Config{Additions: []Additions{a}, Company: company})
		if err != nil {
			return
		}
		for d := firstDate - 1; d <= lastDate+1; d += 17 {
			if day := c.Day(d.time()); day.Class >= NumClasses || day.Kind == MonthEnd {
				t.Fatalf("%v is %+v", d, day)
			}
			c.Batch(d.time())
			if w, ok := c.NextClose(d.time()); ok && !w.End.After(d.time()) {
				t.Fatalf("the next close of %v ends at %v", d, w.End)
			}
		}
		if company != "" {
			return // one is enough
		}
	}
}

func FuzzParseYAML(f *testing.F) {
	f.Add([]byte("weekend: [fri, sat]\nconfirmed: [2027]\nholidays: [{from: 2015-01-01, to: 2015-12-31}]\nworkdays: [{date: 2026-01-01, yearly: true}]\n"))
	f.Add([]byte("batches: [{name: a, from: \"22:00\", to: \"04:00\", close: month, offsets: [0]}]\ncompanies: [{name: x, fiscal: {pattern: 13x4, start: 2025-12-29, period_13: 65}}]"))
	f.Add([]byte("tax_deadlines: [{day: 31, move: next, instead: [2026-01-01]}]\nclosings: [{date: 2045-12-31, close: year}, {date: 2015-01-01}]\nfiscal: {cutoff: 1, move: next}"))
	f.Add([]byte("weekend: []\nfiscal: {cutoff: 29, year_start: 12, move: previous}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if a, err := ParseYAML(data); err == nil {
			harmless(t, a)
		}
	})
}

func FuzzParseICS(f *testing.F) {
	f.Add([]byte(feed))
	f.Add([]byte("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE\nRRULE:FREQ=YEARLY;INTERVAL=99999999\nEND:VEVENT\nEND:VCALENDAR"))
	f.Add([]byte("BEGIN:VCALENDAR\nBEGIN:VEVENT\nCATEGORIES:CLOSING\nDTSTART:20150101\nRRULE:FREQ=YEARLY\nEND:VEVENT\nEND:VCALENDAR"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if a, err := ParseICS(data); err == nil {
			harmless(t, a)
		}
	})
}
