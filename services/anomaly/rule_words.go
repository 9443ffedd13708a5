package anomaly

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/anomaly/internal/alert"
	"github.com/forewarn/forewarn/services/anomaly/internal/rule"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
)

// Everything that is said to people about rules is written here, apart from what the rules say.

// The bounds, in runes, of what a rule may say.
const (
	maxTitle   = 160
	maxMessage = 1200
)

// title returns the summary that the rule gives, or its name and what it is about.
func (t *teller) title(c *alert.Change) i18n.Text {
	text := i18n.Text{En: t.text(c, "summary", maxTitle), Zh: t.text(c, "summary_zh", maxTitle)}
	if text.En != "" {
		return text
	}
	name := i18n.Line(c.Rule.Name)
	called := i18n.Text{En: name + ": " + c.Entity.Name, Zh: name + "：" + c.Entity.Name}
	if bySelf(c) {
		called = i18n.Text{En: name, Zh: name}
	}
	if text.Zh != "" {
		called.Zh = text.Zh
	}
	return called
}

// bySelf tells that the alert's labels name nothing, so that it is about the rule itself.
func bySelf(c *alert.Change) bool { return c.Entity.Name == entity.Shown(c.Rule.Name) }

// message returns the description that the rule gives, or what it found.
func (t *teller) message(c *alert.Change) i18n.Text {
	text := i18n.Text{En: t.text(c, "description", maxMessage), Zh: t.text(c, "description_zh", maxMessage)}
	if text.En == "" {
		text.En = t.text(c, "message", maxMessage) // of older rules
	}
	found := holds(c)
	if text.En == "" {
		text.En = found.En
		if text.Zh == "" {
			text.Zh = found.Zh
		}
	}
	return text
}

// holds says what was found, and for how long.
func holds(c *alert.Change) i18n.Text {
	name, value := i18n.Line(c.Rule.Name), figure(c.Result.Value)
	of := i18n.Text{En: " of " + c.Entity.Name, Zh: c.Entity.Name + " 的"}
	if bySelf(c) {
		of = i18n.Text{Zh: "当前"}
	}
	by := i18n.Text{}
	if c.Rule.Comparison != "" {
		limit := c.Rule.Comparison + " " + figure(c.Rule.Threshold)
		by = i18n.Text{En: " (rule: " + limit + ")", Zh: "（规则：" + limit + "）"}
	}
	long := i18n.Text{}
	if held := time.Duration(c.At.UnixMilli()-c.Since) * time.Millisecond; held > 0 {
		span := i18n.Span(held)
		long = i18n.Text{En: ", for " + span.En + " so far", Zh: "，已持续 " + span.Zh}
	}
	return i18n.Text{
		En: fmt.Sprintf("%s: the value%s is %s%s%s.", name, of.En, value, by.En, long.En),
		Zh: fmt.Sprintf("%s：%s值为 %s%s%s。", name, of.Zh, value, by.Zh, long.Zh),
	}
}

// advice returns what the rule says is to be done, and where to read on.
func (t *teller) advice(c *alert.Change) i18n.Text {
	text := i18n.Text{En: t.text(c, "advice", maxMessage), Zh: t.text(c, "advice_zh", maxMessage)}
	if at := t.text(c, "runbook_url", maxTitle); at != "" {
		if text.Zh == "" {
			text.Zh = text.En
		}
		text.En = strings.TrimSpace(text.En + " Runbook: " + at)
		text.Zh = strings.TrimSpace(text.Zh + " 处置手册：" + at)
	}
	return text
}

// text returns what an annotation says, as one line of so many runes at most; "" if there is none or it fails.
func (t *teller) text(c *alert.Change, annotation string, most int) string {
	text := c.Rule.Annotations[annotation]
	if text == "" {
		return ""
	}
	out, err := c.Rule.Expand(text, seen(&c.Result), c.Result.Value, c.At, t.query)
	if err != nil {
		*t.failed++
		return ""
	}
	return cut(i18n.Line(out), most)
}

// seen returns the labels that a template sees.
func seen(x *alert.Result) map[string]string {
	out := make(map[string]string, len(x.Labels)+1)
	for _, l := range x.Labels {
		out[l.Name] = l.Value
	}
	if x.Metric != "" {
		out["__name__"] = x.Metric
	}
	return out
}

// cut returns at most so many runes of s.
func cut(s string, most int) string {
	n := 0
	for i := range s {
		if n++; n == most {
			return s[:i] + "…"
		}
	}
	return s
}

// over says that it does not hold any more.
func over(c *alert.Change) i18n.Text {
	name := i18n.Text{En: " for " + c.Entity.Name, Zh: " 在 " + c.Entity.Name + " 上"}
	if c.Rule == nil {
		return i18n.Text{
			En: fmt.Sprintf("The rule for %s is gone, or is evaluated elsewhere now; this episode ends with it.", c.Entity.Name),
			Zh: fmt.Sprintf("%s 对应的规则已被删除或改由别处计算，本次事件随之结束。", c.Entity.Name),
		}
	}
	if bySelf(c) {
		name = i18n.Text{Zh: " "}
	}
	long := i18n.Span(time.Duration(c.At.UnixMilli()-c.Since) * time.Millisecond)
	return i18n.Text{
		En: fmt.Sprintf("%s does not hold%s any more, after %s: its condition has ended, or its series have.", i18n.Line(c.Rule.Name), name.En, long.En),
		Zh: fmt.Sprintf("%s%s不再成立，共持续 %s：条件已解除，或相关数据已停止。", i18n.Line(c.Rule.Name), name.Zh, long.Zh),
	}
}

// proof returns the numbers behind the words.
func proof(c *alert.Change) []finding.Evidence {
	long := time.Duration(c.At.UnixMilli()-c.Since) * time.Millisecond
	span, value := i18n.Span(long), figure(c.Result.Value)
	out := []finding.Evidence{
		{Name: "value", Value: finite(c.Result.Value), Text: i18n.Text{En: "value " + value, Zh: "当前值 " + value}},
		{Name: "active", Value: long.Seconds(), Unit: "seconds", Text: i18n.Text{En: "holds for " + span.En, Zh: "已持续 " + span.Zh}},
	}
	if c.Rule.Comparison != "" {
		limit := c.Rule.Comparison + " " + figure(c.Rule.Threshold)
		out = append(out, finding.Evidence{
			Name: "threshold", Value: finite(c.Rule.Threshold), Text: i18n.Text{En: "threshold " + limit, Zh: "阈值 " + limit},
		})
	}
	origin, written := filepath.Base(c.Rule.Origin), cut(i18n.Line(c.Rule.Query), maxTitle)
	return append(out, finding.Evidence{Name: "rule", Value: 1, Text: i18n.Text{
		En: fmt.Sprintf("rule %s (%s): %s", i18n.Line(c.Rule.Name), origin, written),
		Zh: fmt.Sprintf("规则 %s（%s）：%s", i18n.Line(c.Rule.Name), origin, written),
	}})
}

// labelsOf returns the labels of an alert: those of the result, and over them those that the rule gives.
func (t *teller) labelsOf(x *rule.Rule, found *alert.Result, at time.Time) map[string]string {
	all := seen(found)
	out := maps.Clone(all)
	for name, text := range x.Labels {
		value, err := x.Expand(text, all, found.Value, at, t.query)
		if err != nil {
			*t.failed++
			continue
		}
		out[name] = value
	}
	return out
}
