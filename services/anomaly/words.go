package anomaly

import (
	"fmt"
	"time"

	"github.com/forewarn/forewarn/models/signature"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
)

// Everything that this service says to people is written here, apart from what the dictionary brings.

func text(t signature.Text) i18n.Text { return i18n.Text{En: t.En, Zh: t.Zh} }

func (m *message) title(s *signature.Signature) i18n.Text {
	return i18n.Text{
		En: fmt.Sprintf("%s: %s", s.Title.En, m.Entity.Name),
		Zh: fmt.Sprintf("%s：%s", s.Title.Zh, m.Entity.Name),
	}
}

// say tells how often it was written, for how long, and what.
func (m *message) say() i18n.Text {
	if m.Count == 1 {
		return i18n.Text{
			En: fmt.Sprintf("%s has written: %s", m.where(), m.Sample),
			Zh: fmt.Sprintf("%s 记录了：%s", m.where(), m.Sample),
		}
	}
	long := i18n.Span(max(time.Duration(m.Last-m.First)*time.Millisecond, time.Second))
	return i18n.Text{
		En: fmt.Sprintf("%s has written this %d times within %s, last: %s", m.where(), m.Count, long.En, m.Sample),
		Zh: fmt.Sprintf("%s 在%s内记录了 %d 次，最近一次：%s", m.where(), long.Zh, m.Count, m.Sample),
	}
}

func (m *message) sayStopped(now time.Time) i18n.Text {
	quiet := i18n.Span(now.Sub(time.UnixMilli(m.Last)))
	return i18n.Text{
		En: fmt.Sprintf("%s has not written this for %s; it did %d times before.", m.where(), quiet.En, m.Count),
		Zh: fmt.Sprintf("%s 已 %s未再记录该信息，此前共 %d 次。", m.where(), quiet.Zh, m.Count),
	}
}

func (m *message) sayWithdrawn() i18n.Text {
	return i18n.Text{
		En: "This message is no longer in the dictionary of signatures, and is not watched any more.",
		Zh: "特征库中已没有该信息，不再监视。",
	}
}

// times says how often it was written.
func (m *message) times() i18n.Text {
	if m.Count == 1 {
		return i18n.Text{En: "written once so far", Zh: "目前仅记录 1 次"}
	}
	long := i18n.Span(max(time.Duration(m.Last-m.First)*time.Millisecond, time.Second))
	return i18n.Text{
		En: fmt.Sprintf("written %d times within %s", m.Count, long.En), Zh: fmt.Sprintf("%s内记录 %d 次", long.Zh, m.Count),
	}
}

// where names the log.
func (m *message) where() string { return where(m.Service, m.File, m.Entity.Name) }

func where(service, file, entity string) string {
	switch {
	case service != "":
		return service + " (" + entity + ")"
	case file != "":
		return file + " (" + entity + ")"
	}
	return entity
}

func (m *message) evidence(s *signature.Signature) []finding.Evidence {
	out := []finding.Evidence{{Name: "entries", Value: float64(m.Count), Text: m.times()}}
	if s.Source != "" {
		out = append(out, finding.Evidence{
			Name: "documented", Value: 1,
			Text: i18n.Text{En: "documented: " + s.Source, Zh: "文档：" + s.Source},
		})
	}
	return out
}
