package cause

import (
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
)

const (
	// full is the share in use from which a limit counts as reached.
	full = 0.97
	// followsLoad is how much less the limit of a pool of connections or threads counts: these run out when what they wait for is slow.
	followsLoad = 0.8
)

// nature counts what kind of trouble it is: how often such a thing is what others suffer from.
func nature(t *Trouble) (float64, i18n.Text) {
	switch t.Kind {
	case finding.Log:
		return ofLog(t)
	case finding.Exhaustion, finding.Leak, finding.Expiry:
		return ofLimit(t)
	case finding.Silence:
		points := 1.0
		if t.Entity.ID == t.Entity.Root {
			points = 1.8
		}
		return points, i18n.Text{En: "nothing is heard of it any more", Zh: "已收不到它的数据"}
	case finding.Anomaly:
		return ofBehaviour(t.Entity.Type), i18n.Text{}
	}
	return 1.2, i18n.Text{}
}

// ofLog tells messages that say what has run out from those that say that something goes wrong.
func ofLog(t *Trouble) (float64, i18n.Text) {
	switch t.Resource {
	case finding.Storage, finding.Tablespace, finding.Archive, finding.Memory, finding.Certificate, "hardware":
		return 2, i18n.Text{En: "a message of its log says what is wrong", Zh: "其日志直接说明了问题"}
	case finding.Heap, finding.FileDescriptors, finding.Threads:
		return 1.7, i18n.Text{En: "a message of its log says what has run out", Zh: "其日志说明资源已耗尽"}
	case finding.Connections, finding.Pool:
		return 1, i18n.Text{En: "a message of its log says that connections have run out", Zh: "其日志说明连接已耗尽"}
	}
	return 1, i18n.Text{}
}

// ofLimit tells a limit that is reached from one that is near, and from one that is far.
func ofLimit(t *Trouble) (float64, i18n.Text) {
	followed := 0.0
	if t.Entity.Type == entity.Pool && t.Unit != "bytes" {
		followed = followsLoad
	}
	switch share := t.Used / max(t.Limit, 1e-9); {
	case t.Kind == finding.Expiry && t.Present != nil:
		return 2.2, i18n.Text{En: "it has expired, or does within the hour", Zh: "已到期或一小时内到期"}
	case t.Limit > 0 && share >= full:
		p := i18n.Percent(min(share, 1))
		return 2.2 - followed, i18n.Text{En: "at its limit: " + p + " used", Zh: "已达上限：已用 " + p}
	case t.Present != nil && t.Limit > 0:
		p := i18n.Percent(min(share, 1))
		return 1.7 - followed, i18n.Text{En: "its limit is at hand: " + p + " used", Zh: "即将达到上限：已用 " + p}
	case t.Kind == finding.Leak:
		return 0.8 + 0.4*t.Probability, i18n.Text{En: "it keeps growing", Zh: "持续增长"}
	}
	return 0.4 + 0.6*t.Probability, i18n.Text{}
}

// ofBehaviour tells what others use from what uses others.
func ofBehaviour(t entity.Type) float64 {
	switch t {
	case entity.Host, entity.Volume, entity.Database:
		return 0.9
	case entity.Pod, entity.Container, entity.Process:
		return 0.7
	case entity.Pool:
		return 0.5
	}
	return 0.3
}

func severity(t *Trouble) float64 {
	switch t.Severity {
	case finding.Critical:
		return 0.4
	case finding.Warning:
		return 0.2
	}
	return 0
}
