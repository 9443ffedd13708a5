package message

import "time"

// Say chooses the language of a phrase.
func (r Reader) Say(en, zh string) string { return r.say(en, zh) }

// Date says a time in the reader's zone, to the minute, with the year if it is not that of now.
func (r Reader) Date(t, now time.Time) string { return r.date(t, now) }

// Day says a date in the reader's zone, with the year if it is not that of now.
func (r Reader) Day(t, now time.Time) string {
	t, now = t.In(r.Location()), now.In(r.Location())
	en, zh := "Mon 2 Jan", "1月2日"
	if t.Year() != now.Year() {
		en, zh = "2 Jan 2006", "2006年1月2日"
	}
	return t.Format(r.say(en, zh))
}

// Location is the reader's zone; a nil one is that of the machine.
func (r Reader) Location() *time.Location {
	if r.Zone == nil {
		return time.Local
	}
	return r.Zone
}

// Mark tells apart readers who read differently: language and time zone, such as zh-CN.Asia/Shanghai.
func (r Reader) Mark() string { return string(r.Language) + "." + r.Location().String() }
