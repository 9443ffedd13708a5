package demo

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest"
	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// Reader is for whom an account is written.
type Reader struct {
	Language i18n.Language
	Zone     *time.Location
	// URL is where the pages are, without a slash at its end.
	URL string
}

// Banner is what must be said wherever the simulated data are shown.
func Banner() i18n.Text {
	return i18n.Text{
		En: "Demo: simulated data. None of these hosts exist.",
		Zh: "演示：模拟数据，以下主机均不存在。",
	}
}

// Write writes the account for a terminal; took is how long the story took to play.
func (a *Account) Write(w io.Writer, r Reader, took time.Duration) error {
	var b strings.Builder
	days := a.End.Sub(a.Start).Hours() / 24
	fmt.Fprintf(&b, i18n.Text{
		En: "%.0f days of a small simulated finance system, %d signals on %d hosts, %d samples, went through the pipeline in %s.\n",
		Zh: "小型财务系统（模拟）的 %.0f 天：%d 个信号，%d 台主机，%d 个采样，全流程用时 %s。\n",
	}.In(r.Language), days, a.Signals, a.Hosts, a.Samples, i18n.Span(took).In(r.Language))
	a.incidents(&b, r)
	a.harmless(&b, r)
	b.WriteString("\n" + backtest.Compare(&a.Rules, r.Language))
	a.risks(&b, r)
	a.cards(&b, r)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r Reader) heading(b *strings.Builder, t i18n.Text) { fmt.Fprintf(b, "\n%s\n", t.In(r.Language)) }

func (r Reader) time(t time.Time) string { return t.In(r.Zone).Format("2006-01-02 15:04") }

// incidents lists what was opened, and what became of it.
func (a *Account) incidents(b *strings.Builder, r Reader) {
	r.heading(b, i18n.Text{En: "What people were told of, and what became of it:", Zh: "发出的预警及其结果："})
	for _, i := range a.Incidents {
		fmt.Fprintf(b, "  %s  %s\n                    %s\n", r.time(i.OpenedAt), i18n.Line(i.Title.In(r.Language)), r.became(i))
		for _, c := range i.ConfirmedBy {
			title := i18n.Line(c.Title.In(r.Language))
			fmt.Fprintf(b, "                    %s\n", i18n.Text{
				En: fmt.Sprintf("confirmed by the log %s: %s", r.time(c.Since), title),
				Zh: fmt.Sprintf("%s 日志印证：%s", r.time(c.Since), title),
			}.In(r.Language))
		}
	}
}

// became says what became of an incident, counted from when people were told.
func (r Reader) became(i *incident.Incident) string {
	switch o := i.Outcome; {
	case o != nil && o.What == finding.Reached:
		lead := i18n.Span(o.Time.Sub(i.OpenedAt))
		return i18n.Text{
			En: fmt.Sprintf("limit reached %s: warned %s ahead", r.time(o.Time), lead.En),
			Zh: fmt.Sprintf("%s 达到上限：提前 %s预警", r.time(o.Time), lead.Zh),
		}.In(r.Language)
	case i.State == incident.Resolved:
		return i18n.Text{En: "resolved " + r.time(i.UpdatedAt), Zh: r.time(i.UpdatedAt) + " 恢复"}.In(r.Language)
	case i.ETA.P50 != nil && i.Kind == finding.Expiry:
		return i18n.Text{En: "open: expires " + r.time(*i.ETA.P50), Zh: "未解决：" + r.time(*i.ETA.P50) + " 到期"}.In(r.Language)
	case i.ETA.P50 != nil:
		return i18n.Text{En: "open: limit expected " + r.time(*i.ETA.P50), Zh: "未解决：预计 " + r.time(*i.ETA.P50) + " 达到上限"}.In(r.Language)
	}
	return i18n.Text{En: "open", Zh: "未解决"}.In(r.Language)
}

// harmless lists what looks like trouble, and how many incidents were opened for it.
func (a *Account) harmless(b *strings.Builder, r Reader) {
	r.heading(b, i18n.Text{En: "What looks like trouble and is none:", Zh: "看似异常、实为正常："})
	for _, h := range a.Harmless {
		n := a.incidentsOf(h.Entity.ID)
		line := i18n.Text{
			En: fmt.Sprintf("%s: %s; incidents: %d", h.Entity.Name, h.Why.En, n),
			Zh: fmt.Sprintf("%s：%s；事件 %d 个", h.Entity.Name, h.Why.Zh, n),
		}
		fmt.Fprintf(b, "  %s\n", i18n.Line(line.In(r.Language)))
	}
}

func (a *Account) incidentsOf(entity string) (n int) {
	for _, i := range a.Incidents {
		if i.Entity.ID == entity {
			n++
		}
	}
	return n
}

// shownRisks is how many risks are listed.
const shownRisks = 5

// risks lists what is expected next.
func (a *Account) risks(b *strings.Builder, r Reader) {
	r.heading(b, i18n.Text{En: "What comes next, as things stand (80 % interval):", Zh: "按当前趋势接下来的风险（80% 区间）："})
	for _, s := range a.Risks[:min(shownRisks, len(a.Risks))] {
		fmt.Fprintf(b, "  %s  %s%s\n", r.time(*s.ETA.P50), i18n.Line(s.Entity.Name), r.interval(&s.ETA))
	}
}

// interval says between which dates one lies, "" of a date that is certain.
func (r Reader) interval(eta *finding.ETA) string {
	early, late := r.time(*eta.P50), i18n.Text{En: "beyond 180 days", Zh: "180 天以后"}.In(r.Language)
	if eta.P10 != nil {
		early = r.time(*eta.P10)
	}
	if eta.P90 != nil {
		late = r.time(*eta.P90)
	}
	if early == late {
		return ""
	}
	return fmt.Sprintf(" (%s … %s)", early, late)
}

// cards shows what a chat would have got.
func (a *Account) cards(b *strings.Builder, r Reader) {
	r.heading(b, i18n.Text{En: "What your chat would have got (shown, not sent):", Zh: "聊天群将收到的消息（仅展示，不发送）："})
	for k, i := range a.Cards {
		if k > 0 {
			b.WriteByte('\n')
		}
		for line := range strings.Lines(notifier.Preview(i, r.Language, r.Zone, r.URL) + "\n") {
			b.WriteString("  │ " + line)
		}
	}
}

// Links says where to look.
func (a *Account) Links(w io.Writer, r Reader) error {
	var b strings.Builder
	r.heading(&b, i18n.Text{En: "It goes on, live, until Ctrl-C. Look at:", Zh: "演示将实时继续，按 Ctrl-C 结束。请打开："})
	link := func(path string, what i18n.Text) {
		fmt.Fprintf(&b, "  %s%s  %s\n", r.URL, path, i18n.Line(what.In(r.Language)))
	}
	link("/", i18n.Text{En: "what is open, and all signals by their risk", Zh: "未解决事件与全部信号（按风险排序）"})
	for _, i := range a.Incidents {
		link("/incidents/"+i.ID, i.Title)
	}
	link("/api/v1/scorecard", i18n.Text{En: "how good the predictions were", Zh: "预测成绩"})
	link("/prometheus", i18n.Text{En: "a data source for Grafana, with the whole history", Zh: "Grafana 数据源，含全部历史"})
	_, err := io.WriteString(w, b.String())
	return err
}
