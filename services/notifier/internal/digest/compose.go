package digest

import (
	"fmt"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/i18n"
)

// Composer says digests in the language and the zone of one reader.
type Composer struct {
	message.Reader
	// Title names a rule of the catalogue, empty if it has none.
	Title func(rule string) i18n.Text
	// Figures are the charts of signals, by key; what has none is told without.
	Figures map[string]*digest.Figure
}

// Compose says d in the order in which it is read: what suffices on a phone, then the parts.
func (c Composer) Compose(d *digest.Digest) *digest.Paper {
	w := &writer{Composer: c, d: d}
	p := &digest.Paper{
		Language: string(c.Language), Title: w.title(), Subtitle: w.subtitle(), Note: w.note(), Lead: w.lead(),
		Foot: w.Say("Made by Forewarn from what it has measured and what became of it; nothing is entered by hand.", "由 Forewarn 根据监测数据及其结果自动生成，无人工填写。"),
	}
	if c.ConsoleURL != "" {
		p.URL = strings.TrimSuffix(c.ConsoleURL, "/") + Path(d)
		p.URLLabel = w.Say("Open the page", "打开页面")
	}
	for _, s := range []digest.Section{
		w.risks(), w.changes(), w.close(), w.purchases(), w.record(), w.response(), w.causes(), w.availability(), w.coverage(), w.missing(),
	} {
		if s.Name != "" {
			p.Sections = append(p.Sections, s)
		}
	}
	return p
}

// Path returns where the console shows a digest.
func Path(d *digest.Digest) string {
	path := "/digest/" + d.ID
	if d.Span == digest.Month {
		path = "/report/" + d.ID
	}
	if d.Team != "" {
		path += "?team=" + d.Team
	}
	return path
}

// writer says one digest.
type writer struct {
	Composer
	d *digest.Digest
}

// Sayf is Say for format strings; both take the same arguments, in an order that %[n] may change.
func (w *writer) Sayf(en, zh string, args ...any) string { return fmt.Sprintf(w.Say(en, zh), args...) }

func (w *writer) span(d time.Duration) string { return i18n.Span(d).In(w.Language) }

func (w *writer) seconds(n int64) string { return w.span(time.Duration(n) * time.Second) }

// date says a time as seen from the end of the digest, day a date.
func (w *writer) date(t time.Time) string { return w.Date(t, w.d.Until) }
func (w *writer) day(t time.Time) string  { return w.Day(t, w.d.Until) }

func (w *writer) title() string {
	if w.d.Span == digest.Month {
		first, err := time.Parse(monthForm, w.d.ID)
		if err != nil {
			return w.d.ID
		}
		return w.Say("Monthly report, "+first.Format("January 2006"), first.Format("2006年1月")+"运维月报")
	}
	year, week, _ := strings.Cut(w.d.ID, "-W")
	return w.Sayf("Risk digest, week %s of %s", "%[2]s年第%[1]s周风险周报", strings.TrimPrefix(week, "0"), year)
}

// zoneOf says by which clocks times are: by how they are called, if that is no number, and by their distance from UTC.
func zoneOf(t time.Time) string {
	switch name, _ := t.Zone(); {
	case name == "UTC":
		return name
	case strings.Trim(name, "+-0123456789") == "":
		return t.Format("UTC-07:00")
	}
	return t.Format("MST, UTC-07:00")
}

func (w *writer) subtitle() string {
	zone := zoneOf(w.d.Until.In(w.Location()))
	times := w.Sayf("%s to %s (%s)", "%s 至 %s（%s）", w.date(w.d.From), w.date(w.d.Until), zone)
	if len(w.d.Teams) > 0 {
		return w.Say("Everything · ", "全部范围 · ") + times
	}
	if w.d.Team == "" {
		return times
	}
	return w.Sayf("Team %s · %s", "团队 %s · %s", w.d.Team, times)
}

// note tells that the digest comes late.
func (w *writer) note() string {
	if !w.d.Late {
		return ""
	}
	return w.Sayf("This comes late: it was due %s, when Forewarn was not running. It was made %s.",
		"本报告迟到：应于 %s 发出，当时 Forewarn 未运行；实际生成于 %s。", w.date(w.d.DueAt), w.Date(w.d.MadeAt, w.d.Until))
}

// lead says the three lines that suffice.
func (w *writer) lead() []string {
	var buy string
	if len(w.d.Purchases) > 0 {
		p := &w.d.Purchases[0]
		buy = w.Sayf("Buy %s for %s by %s. ", "请在 %[3]s 前为 %[2]s 增加 %[1]s。", i18n.Amount(p.Amount, p.Unit), p.Entity, w.day(p.By))
	}
	return []string{w.first(), strings.TrimSpace(w.moved() + w.gap() + w.closing()), strings.TrimSpace(buy + w.kept())}
}

// first says how many risks there are and what the first of them is.
func (w *writer) first() string {
	n := len(w.d.Risks) + w.d.MoreRisks
	if n == 0 {
		return w.none()
	}
	r := &w.d.Risks[0]
	text := w.titleOf(r)
	if when := w.when(r); when != "" {
		text += w.Say(", ", "，") + when
	}
	if r.SlackSeconds != nil && *r.SlackSeconds >= leastSlack {
		text += w.Sayf(", %s to spare", "，余量 %s", w.seconds(*r.SlackSeconds))
	}
	if n == 1 {
		return w.Say("One risk: ", "1 项风险：") + text + w.Say(".", "。")
	}
	return w.Sayf("%d risks. First: %s.", "%d 项风险。首要：%s。", n, text)
}

// none says that no risk is known, and what that is worth.
func (w *writer) none() string {
	switch {
	case w.d.Unready() && w.d.Coverage.Watched == 0:
		return w.Say("Nothing is watched, so that no risk can be known: look at what the team owns, and at what arrives.",
			"当前没有监控任何信号，无法判断风险：请检查团队的负责范围和数据采集。")
	case w.d.Unready():
		return w.Say("No risk is known yet: what is watched is still being learned.", "尚无已知风险：监控的信号仍在学习，暂不能预测。")
	case len(w.d.Missing) > 0:
		return w.Say("No risk is known; not all could be asked, as the end says.", "没有已知风险；但部分数据缺失，见文末说明。")
	}
	return w.Say("No risk is known.", "目前没有已知风险。")
}

// moved says how the risks have changed.
func (w *writer) moved() string {
	c := &w.d.Changes
	if w.d.WatchedSince != nil {
		return w.Sayf("Watched since %s, so that there is nothing to compare with.", "自 %s 起监控，尚无可比较的数据。", w.date(*w.d.WatchedSince))
	}
	if c.New+c.Worse+c.Better+len(c.Gone) == 0 {
		return w.since() + w.Say("nothing has changed.", "无变化。")
	}
	var parts []string
	for _, p := range []struct {
		n      int
		en, zh string
	}{{c.New, "%d new", "新增 %d"}, {c.Worse, "%d worse", "恶化 %d"}, {c.Better, "%d better", "好转 %d"}, {len(c.Gone), "%d gone", "消除 %d"}} {
		if p.n > 0 {
			parts = append(parts, w.Sayf(p.en, p.zh, p.n))
		}
	}
	return w.since() + strings.Join(parts, w.Say(", ", "，")) + w.Say(".", "。")
}

// gap is what stands between two sentences.
func (w *writer) gap() string {
	if w.Language == i18n.Chinese {
		return ""
	}
	return " "
}

func (w *writer) since() string {
	if w.d.Span == digest.Month {
		return w.Say("In this month: ", "本月：")
	}
	return w.Say("Since last week: ", "较上周：")
}

// closing says whether the close of the books is safe.
func (w *writer) closing() string {
	c := w.d.Close
	if c == nil {
		return ""
	}
	name := w.closeName(c)
	switch {
	case c.Verdict == digest.Safe && len(w.d.Missing) > 0:
		return w.Sayf("As far as is known, %s looks safe.", "就已知情况，%s预计安全。", name)
	case c.Verdict == digest.Safe:
		return w.Sayf("%s looks safe.", "%s预计安全。", name)
	case c.Verdict == digest.Likely:
		return w.Sayf("%s is in danger: %s.", "%s面临风险：%s。", name, c.Threats[w.worst()].Entity)
	}
	return w.Sayf("%s may be hit: %s.", "%s可能受影响：%s。", name, c.Threats[0].Entity)
}

// worst is the first threat that is likely.
func (w *writer) worst() int {
	for i := range w.d.Close.Threats {
		if w.d.Close.Threats[i].Likely {
			return i
		}
	}
	return 0
}

func (w *writer) closeName(c *digest.Close) string {
	name := map[string][2]string{
		"quarter end": {"Quarter end", "季末结账"}, "year end": {"Year end", "年末结账"},
	}[c.Name]
	if name[0] == "" {
		name = [2]string{"Month end", "月末结账"}
	}
	last := c.End.Add(-time.Second)
	return w.Sayf("%s (%s to %s)", "%s（%s至%s）", w.Say(name[0], name[1]), w.day(c.Start), w.day(last))
}

// kept says how predictions kept their word.
func (w *writer) kept() string {
	k := w.d.Track.AtLeast80
	if k.Told() == 0 {
		return w.Sayf("No prediction at 80 %% or more has come to an end in %d days.", "近 %d 天没有概率 ≥ 80 %% 的预测得出结果。", w.d.TrackDays)
	}
	return w.Sayf("Predictions at 80 %% or more: %d, of which %d came true, %d prevented, %d wrong.",
		"概率 ≥ 80 %% 的预测共 %d 次：发生 %d，已避免 %d，未发生 %d。", k.Told(), k.CameTrue, k.Prevented, k.Wrong)
}
