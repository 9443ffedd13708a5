// Package calendar tells what kind of day a moment falls on, so that models can tell a month end from a Monday.
//
// A [Calendar] answers for one time zone, one country and one company: whether a local date is worked, which close
// of the books it belongs to and how many working days from it, whether a planned batch is running. China's holidays
// and make-up workdays are built in as the State Council published them; other countries come by rule; a user adds
// days, closes, batches and fiscal calendars with [ParseYAML] and [ParseICS].
//
//	c, err := calendar.New(calendar.Config{Zone: shanghai, Country: "CN"})
//	day := c.Day(t) // day.Class indexes arrays of NumClasses
//
// What it guarantees:
//  1. Every moment has exactly one Class, also outside the years covered, where only weekends are known.
//  2. A Calendar never changes after New: it is safe for concurrent use, and a replay gets the same answers.
//  3. Day, Batch, Classes, Workdays and the closes are answered from tables, without allocation.
//  4. Days are local dates of the zone: a day of 23 or 25 hours is one day.
//  5. Nothing is read but the arguments; inputs of users are bounded in size, and their errors come all at once.
package calendar
