package web

import "strings"

// place is one of the pages that every page leads to.
type place struct {
	Path, Name string
	// Here tells that the reader is there, or on a page below it.
	Here bool
}

// Places returns where one can go from every page.
func (p *page) Places() []place {
	out := []place{
		{Path: "/incidents", Name: p.Say("Incidents", "事件")},
		{Path: "/signals", Name: p.Say("Signals", "信号")},
		{Path: "/entities", Name: p.Say("Entities", "对象")},
		{Path: "/capacity", Name: p.Say("Capacity", "容量")},
		{Path: "/logs", Name: p.Say("Logs", "日志")},
		{Path: "/transactions", Name: p.Say("Transactions", "业务交易")},
		{Path: "/record", Name: p.Say("Track record", "预测成绩")},
		{Path: "/digest", Name: p.Say("Digest", "周报")},
		{Path: "/pipeline", Name: p.Say("Pipeline", "链路")},
	}
	for i := range out {
		out[i].Here = p.Path == out[i].Path || strings.HasPrefix(p.Path, out[i].Path+"/")
	}
	return out
}
