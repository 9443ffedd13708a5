package behaviour

import (
	"fmt"
	"math"
	"time"

	"github.com/forewarn/forewarn/models/baseline"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
)

// newEpisode names an episode that begins.
func (s *watched) newEpisode(at time.Time) string {
	return fmt.Sprintf("%016x-%d", s.series.Fingerprint, at.UnixMilli())
}

// finding returns a finding of the series without words.
func (s *watched) finding(kind finding.Kind, episode string, action finding.Action, at time.Time) finding.Finding {
	return finding.Finding{
		Schema: finding.SchemaVersion, Episode: episode, Action: action, Time: at, Kind: kind,
		Signal: "behaviour/" + s.name, Series: s.name, Severity: finding.Info,
		Title: i18n.Text{En: "unusual: " + s.name, Zh: "异常：" + s.name},
	}
}

// say returns what an action of the baseline means.
func (s *watched) say(at time.Time, j *baseline.Judgement) finding.Finding {
	if j.Action == baseline.Opened {
		s.episode = s.newEpisode(at)
		f := s.finding(finding.Anomaly, s.episode, finding.Opened, at)
		f.Used, f.Message, f.Evidence = j.Value, s.unlike(j), evidence(j)
		return f
	}
	f := s.finding(finding.Anomaly, s.episode, finding.Resolved, at)
	f.Used, s.episode = j.Value, ""
	f.Message = i18n.Text{
		En: fmt.Sprintf("%s is as usual again: %.4g.", s.name, j.Value),
		Zh: fmt.Sprintf("%s 已恢复正常：%.4g。", s.name, j.Value),
	}
	if j.Action == baseline.Settled {
		f.Message = i18n.Text{
			En: fmt.Sprintf("%s has stayed at a new level, about %.4g; that is its usual one from now on.", s.name, j.Value),
			Zh: fmt.Sprintf("%s 已稳定在新的水平，约 %.4g；今后以此为正常水平。", s.name, j.Value),
		}
	}
	return f
}

// unlike says how unusual a sample is.
func (s *watched) unlike(j *baseline.Judgement) i18n.Text {
	en := fmt.Sprintf("%s is %.4g where %.4g to %.4g was expected; it does as much in %s.", s.name, j.Value, j.Low, j.High, often(j.Rarity).En)
	zh := fmt.Sprintf("%s 为 %.4g，预期为 %.4g 至 %.4g；出现概率约为%s。", s.name, j.Value, j.Low, j.High, often(j.Rarity).Zh)
	if j.Event == 0 {
		return i18n.Text{En: en + " Nothing like it is remembered.", Zh: zh + "此前没有类似记录。"}
	}
	last := time.Unix(j.Event, 0).UTC().Format("2006-01-02 15:04 UTC")
	return i18n.Text{En: en + " The last such event began on " + last + ".", Zh: zh + "上一次类似事件始于 " + last + "。"}
}

// mostRarity is beyond what samples tell.
const mostRarity = 9

func often(rarity float64) i18n.Text {
	if rarity > mostRarity {
		return i18n.Text{En: "less than one sample in 1e9", Zh: "不到十亿分之一"}
	}
	return i18n.Text{
		En: fmt.Sprintf("one sample in %.2g", math.Pow(10, rarity)),
		Zh: fmt.Sprintf(" %.2g 分之一", math.Pow(10, rarity)),
	}
}

// evidence returns the numbers behind the words.
func evidence(j *baseline.Judgement) []finding.Evidence {
	number := func(name, en, zh string, v float64) finding.Evidence {
		return finding.Evidence{Name: name, Value: v, Text: i18n.Text{En: fmt.Sprintf("%s %.4g", en, v), Zh: fmt.Sprintf("%s %.4g", zh, v)}}
	}
	return []finding.Evidence{
		number("value", "value", "当前值", j.Value),
		number("expected_low", "expected at least", "预期下限", j.Low),
		number("expected_high", "expected at most", "预期上限", j.High),
		number("rarity", "rarity, as a power of ten:", "罕见程度（10 的幂）", j.Rarity),
		number("last_event", "Unix time of the last such event:", "上一次类似事件的 Unix 时间", float64(j.Event)),
	}
}

// stopped says that the series sends nothing any more.
func (s *watched) stopped(now time.Time) finding.Finding {
	f := s.finding(finding.Silence, s.silent, finding.Opened, now.UTC())
	span := i18n.Span(now.Sub(time.UnixMilli(s.silence.LastMillis)))
	f.Message = i18n.Text{
		En: fmt.Sprintf("%s has sent nothing for %s, longer than any pause of late.", s.name, span.En),
		Zh: fmt.Sprintf("%s 已有 %s 没有数据，超过近期的任何间隔。", s.name, span.Zh),
	}
	return f
}

// resumed says that it does.
func (s *watched) resumed(at time.Time) finding.Finding {
	f := s.finding(finding.Silence, s.silent, finding.Resolved, at)
	f.Message = i18n.Text{En: s.name + " sends again.", Zh: s.name + " 已恢复发送。"}
	return f
}
