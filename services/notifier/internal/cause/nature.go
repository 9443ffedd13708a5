package cause

import (
	"math"

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
		count := 1.0
		if t.Entity.ID == t.Entity.Root && t.Severity != finding.Info { // a log that falls silent is a note
			count = 1.8
		}
		return count, i18n.Text{En: "nothing is heard of it any more", Zh: "已收不到它的数据"}
	case finding.Anomaly:
		return ofBehaviour(t.Entity.Type), i18n.Text{}
	}
	return 1.2, i18n.Text{}
}

// class is what the messages about a resource tell of a cause.
type class int

const (
	unknown class = iota
	runsOut       // they say what has run out, or is broken
	fails         // they say what has failed
	points        // they name what is not reached, or refuses: something that the writer rests on
	waits         // they say who waits, or is full of what waits
)

// classOf is about a resource in the words of the dictionary of signatures.
func classOf(r finding.Resource) class {
	switch r {
	case finding.Storage, finding.Tablespace, finding.Archive, finding.Memory, finding.Certificate, finding.Heap, finding.FileDescriptors,
		"hardware", "corruption", "license":
		return runsOut
	case "process", "time", "deployment":
		return fails
	case "network", "access", "replication":
		return points
	case finding.Connections, finding.Pool, finding.Threads, "lock", "queue", "scheduling":
		return waits
	}
	return unknown
}

// pointing reports whether t names something else that fails it.
func pointing(t *Trouble) bool { return t.Kind == finding.Log && classOf(t.Resource) == points }

// ofLog tells messages that say what has run out from those that say that something fails, and these from those of what waits for it.
func ofLog(t *Trouble) (float64, i18n.Text) {
	switch classOf(t.Resource) {
	case runsOut:
		if t.Resource == finding.Heap || t.Resource == finding.FileDescriptors {
			return 1.7, i18n.Text{En: "a message of its log says what has run out", Zh: "其日志说明资源已耗尽"}
		}
		return 2, i18n.Text{En: "a message of its log says what is wrong", Zh: "其日志直接说明了问题"}
	case fails, points:
		return 1.4, i18n.Text{En: "a message of its log says what fails", Zh: "其日志说明了哪里失败"}
	case waits:
		return 0.8, i18n.Text{En: "a message of its log says that it waits", Zh: "其日志说明它在等待"}
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

// leastOdds bounds how little is left of what is noted every day.
const leastOdds = 0.05

// ordinary counts how likely it would be there without this incident: weights are exponentials of points, so what comes on a share p of the
// days keeps 1 - p of its weight.
func ordinary(t *Trouble) (float64, i18n.Text) {
	share := t.anyway()
	if share <= 0 {
		return 0, i18n.Text{}
	}
	p := i18n.Percent(share)
	return math.Log(max(1-share, leastOdds)), i18n.Text{En: "it comes on " + p + " of all days", Zh: "它在 " + p + " 的日子里都会出现"}
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
