package trend

import (
	"fmt"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/signal"
)

// What is said of releases.

func (c *course) name() string { return releaseEntity(c.what).Name }

// older is the name of the version before.
func (c *course) older() string {
	return releaseEntity(signal.Release{Component: c.what.Component, Version: c.Previous}).Name
}

func (c *course) title() i18n.Text {
	return i18n.Text{En: "Release leaks: " + c.name(), Zh: "版本存在泄漏：" + c.name()}
}

// explain says which release grows, by how much, since when, and how the one before did.
func (c *course) explain(a finding.Action) i18n.Text {
	switch {
	case len(c.running) == 0:
		return i18n.Text{
			En: fmt.Sprintf("No instance runs %s any more.", c.name()),
			Zh: fmt.Sprintf("已没有实例运行 %s。", c.name()),
		}
	case a == finding.Resolved:
		return i18n.Text{
			En: fmt.Sprintf("The instances of %s do not keep growing any more: %d run.", c.name(), len(c.running)),
			Zh: fmt.Sprintf("%s 的实例已不再持续增长：当前运行 %d 个。", c.name(), len(c.running)),
		}
	}
	growth, n := perDay(c.running)
	grows, seen := c.grows(c.name(), growth, n), i18n.Span(time.Duration(c.newest()-c.since())*time.Millisecond)
	text := i18n.Text{
		En: fmt.Sprintf("%s; %d run, the first for %s", grows.En, len(c.running), seen.En),
		Zh: fmt.Sprintf("%s，共运行 %d 个实例，最早的已运行 %s", grows.Zh, len(c.running), seen.Zh),
	}
	return joined(text, c.compared(), c.certainty(), c.until())
}

func joined(parts ...i18n.Text) (out i18n.Text) {
	for _, p := range parts {
		out.En, out.Zh = out.En+p.En, out.Zh+p.Zh
	}
	return out
}

// compared says how the version before did.
func (c *course) compared() i18n.Text {
	growth, n := perDay(c.before)
	if n == 0 {
		return i18n.Text{En: "; no version before it is known.", Zh: "；没有可比较的旧版本。"}
	}
	old := c.grows(c.older(), growth, n)
	if !c.Regression {
		return i18n.Text{En: "; " + old.En + ", which is no different.", Zh: "；旧版本 " + old.Zh + "，并无明显差别。"}
	}
	return i18n.Text{En: "; " + old.En + ". The growth came with this release.", Zh: "；旧版本 " + old.Zh + "。该增长随此版本出现。"}
}

// grows says how much so many instances of a release grow at the median.
func (c *course) grows(name string, perDay float64, n int) i18n.Text {
	if perDay <= 0 {
		return i18n.Text{En: fmt.Sprintf("%s does not grow on %d instances", name, n), Zh: fmt.Sprintf("%s 无明显增长（%d 个实例）", name, n)}
	}
	hour, day := i18n.Amount(perDay/24, c.rule.Unit), i18n.Amount(perDay, c.rule.Unit)
	return i18n.Text{
		En: fmt.Sprintf("%s grows by %s an hour (%s a day) on %d instances", name, hour, day, n),
		Zh: fmt.Sprintf("%s 每小时增长 %s（每天 %s，%d 个实例的中位数）", name, hour, day, n),
	}
}

// certainty says how many instances show it by themselves, and how many people know of.
func (c *course) certainty() i18n.Text {
	out := i18n.Text{
		En: fmt.Sprintf(" %d of them leak for certain by themselves.", c.Leaking),
		Zh: fmt.Sprintf("其中 %d 个实例单独即可确认泄漏。", c.Leaking),
	}
	if c.Leaking == 0 {
		out = i18n.Text{En: " No instance shows it for certain by itself; all together do.", Zh: "单个实例均无法确认，合并判断可以确认。"}
	}
	if n := c.told(); n > 0 {
		out.En += fmt.Sprintf(" %d were reported one by one before.", n)
		out.Zh += fmt.Sprintf("此前已单独报告 %d 个。", n)
	}
	return out
}

// until says when the fullest instance reaches its limit.
func (c *course) until() i18n.Text {
	left, ok := c.left()
	if !ok {
		return i18n.Text{En: " No date can be given.", Zh: "暂无法给出日期。"}
	}
	span := i18n.Span(left)
	return i18n.Text{
		En: fmt.Sprintf(" At this pace the fullest instance reaches its limit in about %s.", span.En),
		Zh: fmt.Sprintf("按此速度，占用最高的实例约 %s后达到上限。", span.Zh),
	}
}

// advice says what to do: go back if the version before was better, and restart in time if not.
func (c *course) advice() i18n.Text {
	out := i18n.Text{
		En: "Stop rolling it out, and take a heap or memory profile of one instance.",
		Zh: "暂停继续发布，并对一个实例采集堆或内存剖析数据。",
	}
	if c.Regression {
		out.En += fmt.Sprintf(" Roll back to %s if that can be done, and compare with a profile of it.", c.older())
		out.Zh += fmt.Sprintf("如条件允许，回滚到 %s，并与其剖析数据对比。", c.older())
	}
	if left, ok := c.left(); ok {
		span := i18n.Span(left / 2)
		out.En += fmt.Sprintf(" Until it is mended, restart the instances one after the other at quiet hours, each at least every %s.", span.En)
		out.Zh += fmt.Sprintf("修复之前，在业务低峰期逐个滚动重启实例，每个实例至少每 %s重启一次。", span.Zh)
		return out
	}
	out.En += " Until it is mended, restart the instances one after the other at quiet hours."
	out.Zh += "修复之前，在业务低峰期逐个滚动重启实例。"
	return out
}

// evidence is the numbers behind it.
func (c *course) evidence() []finding.Evidence {
	growth, n := perDay(c.running)
	unit := c.rule.Unit
	out := []finding.Evidence{
		{Name: "growth_per_day", Value: growth, Unit: unit, Text: i18n.Text{
			En: fmt.Sprintf("%s: median growth of %s a day over %d instances", c.name(), i18n.Amount(growth, unit), n),
			Zh: fmt.Sprintf("%s：%d 个实例的中位增长为每天 %s", c.name(), n, i18n.Amount(growth, unit)),
		}},
		{Name: "fleet_score", Value: c.Z, Text: i18n.Text{
			En: fmt.Sprintf("their trends together are %.1f times their standard error", c.Z),
			Zh: fmt.Sprintf("合并趋势为其标准误的 %.1f 倍", c.Z),
		}},
		{Name: "instances", Value: float64(len(c.running)), Text: i18n.Text{
			En: fmt.Sprintf("%d instances run, %d leak for certain by themselves", len(c.running), c.Leaking),
			Zh: fmt.Sprintf("运行 %d 个实例，其中 %d 个单独可确认泄漏", len(c.running), c.Leaking),
		}},
		{Name: "since", Value: float64(c.since()) / 1000, Unit: "seconds", Text: i18n.Text{
			En: "first seen on " + time.UnixMilli(c.since()).UTC().Format("2006-01-02 15:04 UTC"),
			Zh: "首次出现于 " + time.UnixMilli(c.since()).UTC().Format("2006-01-02 15:04 UTC"),
		}},
	}
	if old, m := perDay(c.before); m > 0 {
		out = append(out, finding.Evidence{Name: "previous_growth_per_day", Value: old, Unit: unit, Text: i18n.Text{
			En: fmt.Sprintf("%s: median growth of %s a day over %d instances", c.older(), i18n.Amount(old, unit), m),
			Zh: fmt.Sprintf("%s：%d 个实例的中位增长为每天 %s", c.older(), m, i18n.Amount(old, unit)),
		}}, finding.Evidence{Name: "regression_score", Value: c.RegressionZ, Text: i18n.Text{
			En: fmt.Sprintf("rank-sum test of both versions' growth: %.1f standard deviations", c.RegressionZ),
			Zh: fmt.Sprintf("两个版本增长的秩和检验：%.1f 个标准差", c.RegressionZ),
		}})
	}
	return out
}
