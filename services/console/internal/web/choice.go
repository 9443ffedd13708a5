package web

import (
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/signal"
)

// choice is a list in a form from which one value is chosen.
type choice struct {
	// Name is the parameter's, Label what it is called, Value what is chosen now.
	Name, Label, Value string
	Options            []option
}

// option is one value and what it is called.
type option struct{ Value, Text string }

// SeverityChoice filters by severity.
func (s speaker) SeverityChoice(now string) choice {
	c := choice{Name: "severity", Label: s.Say("Severity", "级别"), Value: now}
	c.Options = []option{{"", s.Say("all severities", "全部级别")}}
	for _, v := range []finding.Severity{finding.Critical, finding.Warning, finding.Info} {
		c.Options = append(c.Options, option{string(v), s.severity(v)})
	}
	return c
}

// StateChoice filters incidents by their state.
func (s speaker) StateChoice(now string) choice {
	return choice{"state", s.Say("State", "状态"), now, []option{
		{"", s.Say("open and resolved", "全部状态")},
		{string(incident.Open), s.Say("open", "未解决")},
		{string(incident.Resolved), s.Say("resolved", "已解决")},
	}}
}

// TroubleChoice filters incidents by their kind.
func (s speaker) TroubleChoice(now string) choice {
	return choice{"kind", s.Say("Kind", "类型"), now, []option{
		{"", s.Say("all kinds", "全部类型")},
		{string(finding.Exhaustion), s.Say("exhaustion", "耗尽")},
		{string(finding.Leak), s.Say("leak", "泄漏")},
		{string(finding.Anomaly), s.Say("anomaly", "异常")},
		{string(finding.Silence), s.Say("silence", "静默")},
		{string(finding.Log), s.Say("log", "日志")},
		{string(finding.Expiry), s.Say("expiry", "到期")},
	}}
}

// KindChoice filters signals by their kind.
func (s speaker) KindChoice(now string) choice {
	return choice{"kind", s.Say("Kind", "类型"), now, []option{
		{"", s.Say("all kinds", "全部类型")},
		{string(signal.Saturation), s.Say("saturation", "饱和")},
		{string(signal.Leak), s.Say("leak", "泄漏")},
		{string(signal.Behaviour), s.Say("behaviour", "行为")},
		{string(signal.Count), s.Say("count", "计数")},
		{string(signal.Expiry), s.Say("expiry", "到期")},
	}}
}

// StageChoice filters signals by how far they are known.
func (s speaker) StageChoice(now string) choice {
	return choice{"stage", s.Say("Stage", "阶段"), now, []option{
		{"", s.Say("all stages", "全部阶段")},
		{string(signal.Ready), s.Say("ready", "就绪")},
		{string(signal.Learning), s.Say("learning", "学习中")},
		{string(signal.Silent), s.Say("silent", "静默")},
	}}
}
