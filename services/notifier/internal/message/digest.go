package message

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/incident"
)

// Digest is what one message says of several incidents, by what became of each since people were told last.
type Digest struct {
	// Title is what all of them have in common, "" if that has no name.
	Title string
	// Began are new or got worse, Moved go on, Ended are over, and Passed came and went before anybody was told.
	Began, Moved, Ended, Passed []*incident.Incident
}

// Len returns how many incidents it is about.
func (d *Digest) Len() int { return len(d.Began) + len(d.Moved) + len(d.Ended) + len(d.Passed) }

// All returns the incidents, the worst first.
func (d *Digest) All() []*incident.Incident {
	all := slices.Concat(d.Began, d.Moved, d.Ended, d.Passed)
	slices.SortFunc(all, Worse)
	return all
}

// Worse orders incidents: open ones first, then the more severe, then the older.
func Worse(a, b *incident.Incident) int {
	rank := func(i *incident.Incident) int {
		if i.State != incident.Open {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(rank(b), rank(a)), cmp.Compare(b.Severity.Rank(), a.Severity.Rank()), cmp.Compare(a.ID, b.ID))
}

// shown is how many incidents a summary names.
const shown = 3

// Summary says several incidents: how many there are and of what, the worst three, and where the others are.
func (r Reader) Summary(d Digest) Text {
	all := d.All()
	t := r.blank("All of them", "查看全部")
	t.What, t.When = r.headline(&d, all), r.course(&d, all)
	for _, i := range all[:min(shown, len(all))] {
		why := incident.ReasonOpened
		if i.State != incident.Open {
			why = incident.ReasonResolved
		}
		what, _ := r.what(i, why)
		when, _ := r.when(i, why)
		t.Why = append(t.Why, what+r.say("; ", "；")+when)
	}
	if more := len(all) - shown; more > 0 {
		t.Why = append(t.Why, r.say(fmt.Sprintf("and %d more", more), fmt.Sprintf("以及另外 %d 个", more)))
	}
	if r.ConsoleURL != "" {
		t.URL = strings.TrimSuffix(r.ConsoleURL, "/") + "/incidents"
		if d.Title != "" {
			t.URL += "?q=" + url.QueryEscape(d.Title)
		}
	}
	return t
}

// headline says how many incidents are open, of what, and how bad.
func (r Reader) headline(d *Digest, all []*incident.Incident) string {
	open, severe := 0, 0
	for _, i := range all {
		if i.State == incident.Open {
			open++
			if i.Severity == all[0].Severity {
				severe++
			}
		}
	}
	label, text := r.say("Resolved", "已恢复"), r.say(fmt.Sprintf("%d incidents are over", len(all)), fmt.Sprintf("%d 个事件均已结束", len(all)))
	if open > 0 {
		label = r.severity(all[0].Severity)
		text = r.say(fmt.Sprintf("%d incidents are open, %d of them %s", open, severe, strings.ToLower(label)),
			fmt.Sprintf("%d 个事件未解决，其中%s %d 个", open, label, severe))
	}
	if d.Title != "" {
		text = d.Title + r.say(": ", "：") + text
	}
	return r.say("["+label+"] ", "【"+label+"】") + text
}

// course says what became of them, and since when it goes on.
func (r Reader) course(d *Digest, all []*incident.Incident) string {
	var parts []string
	for _, c := range []struct {
		n      int
		en, zh string
	}{
		{len(d.Began), "%d began or got worse", "新增或加重 %d 个"},
		{len(d.Moved), "%d go on", "持续 %d 个"},
		{len(d.Ended), "%d ended", "结束 %d 个"},
		{len(d.Passed), "%d came and went meanwhile", "期间出现并已恢复 %d 个"},
	} {
		if c.n > 0 {
			parts = append(parts, r.say(fmt.Sprintf(c.en, c.n), fmt.Sprintf(c.zh, c.n)))
		}
	}
	var first, last time.Time
	for _, i := range all {
		if first.IsZero() || i.OpenedAt.Before(first) {
			first = i.OpenedAt
		}
		if i.UpdatedAt.After(last) {
			last = i.UpdatedAt
		}
	}
	since := r.date(first, last)
	return r.say("Since "+since+": "+strings.Join(parts, ", "), "自 "+since+" 起："+strings.Join(parts, "，"))
}
