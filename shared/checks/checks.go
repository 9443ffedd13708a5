// Package checks is the result of the four checks of a business transaction that slows or fails: is it the network, a lock, an
// error of the program, a missing permission? With what each looked at, and what it would have needed and did not find.
//
// The examiner makes a [Report] and publishes it among the findings ([IsReport] tells them apart); the notifier keeps it with
// the incident, and people read it there. Queries are answered by the [Keeper], at partition 0.
package checks

import (
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/i18n"
)

// Keeper is the service that answers a [Request], at partition 0.
const Keeper = "examiner"

// SchemaVersion is the version of the JSON form; a reader refuses newer ones.
const SchemaVersion = 1

// Bounds that keep a report far below what an incident may take.
const (
	// MaxLooks and MaxMissing are how much of each check is kept.
	MaxLooks   = 8
	MaxMissing = 8
	// maxText bounds every text, in bytes.
	maxText = 600
)

// Name is one of the four checks.
type Name string

// The four checks, in the order of the operations handbook.
const (
	Network    Name = "network"
	Lock       Name = "lock"
	Program    Name = "program"
	Permission Name = "permission"
)

// Names lists the checks in their order.
func Names() []Name { return []Name{Network, Lock, Program, Permission} }

// Title returns what people call a check.
func (n Name) Title() i18n.Text {
	switch n {
	case Network:
		return i18n.Text{En: "Network", Zh: "网络"}
	case Lock:
		return i18n.Text{En: "Lock", Zh: "锁"}
	case Program:
		return i18n.Text{En: "Program error", Zh: "程序错误"}
	case Permission:
		return i18n.Text{En: "Permission", Zh: "权限"}
	}
	return i18n.Text{En: string(n)}
}

// Verdict is what a check, or one thing that it looked at, came to.
type Verdict string

// The verdicts.
const (
	// Found: something of this sort is wrong, as the evidence says.
	Found Verdict = "found"
	// Clear: the data that would show it were there, and show nothing.
	Clear Verdict = "clear"
	// Unknown: data that would show it were not there.
	Unknown Verdict = "unknown"
)

// Report is the result of the four checks at one time.
type Report struct {
	Schema int    `json:"schema"`
	Type   string `json:"type"`
	// ID is the same for the same incident and opening.
	ID string `json:"id"`
	// Incident is the id of the incident that it was made for, "" if somebody asked.
	Incident string `json:"incident,omitempty"`
	// Transaction is its name, Title what people call it.
	Transaction string    `json:"transaction"`
	Title       i18n.Text `json:"title"`
	// Own says that the incident is about a signal of the transaction itself, rather than about something that it runs through.
	Own bool `json:"own,omitempty"`
	// From and At bound the time that was looked at.
	From time.Time `json:"from"`
	At   time.Time `json:"at"`
	// Checks are the four, in the order of [Names].
	Checks []Check `json:"checks"`
}

// Check is the result of one check.
type Check struct {
	Name    Name    `json:"name"`
	Verdict Verdict `json:"verdict"`
	// Says is the result in a few words, without the name and the verdict.
	Says i18n.Text `json:"says"`
	// Looked is what was looked at, the worst first, at most MaxLooks.
	Looked []Look `json:"looked,omitempty"`
	// Missing is what would have been needed, each with what would give it, at most MaxMissing.
	Missing []i18n.Text `json:"missing,omitempty"`
}

// Look is one thing that was looked at.
type Look struct {
	// Name is a key from a closed set: that of a metric in the examiner's list, or "message", "new-pattern", "error-lines".
	Name    string  `json:"name"`
	Verdict Verdict `json:"verdict"`
	// Entity is where: the id of a host or pod, or a target.
	Entity string `json:"entity"`
	// Now is the value of the time looked at, Usual that of the same time on other days, Most the highest of these; in Unit.
	Now   float64 `json:"now"`
	Usual float64 `json:"usual"`
	Most  float64 `json:"most"`
	Unit  string  `json:"unit,omitempty"`
	// Since is when it began, if that is known.
	Since *time.Time `json:"since,omitempty"`
	// Line is a line of a log, without secrets.
	Line string `json:"line,omitempty"`
	// Text says it all.
	Text i18n.Text `json:"text"`
}

// Any reports whether a check has found something.
func (r *Report) Any() bool {
	for i := range r.Checks {
		if r.Checks[i].Verdict == Found {
			return true
		}
	}
	return false
}

// Summary says in one line which checks found something, which are clear and which are unknown.
func (r *Report) Summary() i18n.Text {
	var en, zh []string
	for _, v := range []Verdict{Found, Clear, Unknown} {
		var namesEn, namesZh []string
		for i := range r.Checks {
			if c := &r.Checks[i]; c.Verdict == v {
				namesEn, namesZh = append(namesEn, strings.ToLower(c.Name.Title().En)), append(namesZh, c.Name.Title().Zh)
			}
		}
		if len(namesEn) > 0 {
			en = append(en, v.Word().En+" "+strings.Join(namesEn, ", "))
			zh = append(zh, v.Word().Zh+" "+strings.Join(namesZh, "、"))
		}
	}
	return i18n.Text{En: r.Title.En + ": " + strings.Join(en, "; "), Zh: r.Title.Zh + "：" + strings.Join(zh, "；")}
}

// Mark is a sign that can be told from others without colour.
func (v Verdict) Mark() string {
	switch v {
	case Found:
		return "✗"
	case Clear:
		return "✓"
	}
	return "?"
}

// Word is the verdict in a word or two.
func (v Verdict) Word() i18n.Text {
	switch v {
	case Found:
		return i18n.Text{En: "found", Zh: "发现异常"}
	case Clear:
		return i18n.Text{En: "clear", Zh: "未见异常"}
	}
	return i18n.Text{En: "unknown", Zh: "无法判断"}
}

// Line returns the check in one line, as for a phone: "✗ Lock, found: Deadlock found, 12 times".
func (c *Check) Line() i18n.Text {
	name, word := c.Name.Title(), c.Verdict.Word()
	t := i18n.Text{En: c.Verdict.Mark() + " " + name.En + ", " + word.En, Zh: c.Verdict.Mark() + " " + name.Zh + "：" + word.Zh}
	if c.Says.En != "" {
		t.En += ": " + c.Says.En
	}
	if c.Says.Zh != "" {
		t.Zh += "，" + c.Says.Zh
	}
	return t
}
