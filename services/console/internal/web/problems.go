package web

import (
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/obs"
)

const (
	fullShare = 0.8             // of a stream's limit, from which people should know
	overdue   = 5 * time.Minute // since a reader saved its state, which it does every 30 s
)

// problem is one line on what is wrong with the pipeline.
type problem struct {
	State obs.State
	// Label names the part.
	Label, Text string
}

// problems says what is not well, failures first.
func problems(s speaker, h pipeline.Health) []problem {
	var out []problem
	for _, c := range h.Checks {
		if c.State == obs.OK {
			continue
		}
		text := c.Message
		if text == "" {
			text = s.stateWord(c.State)
		}
		out = append(out, problem{c.State, c.Name, text})
	}
	out = append(out, busProblems(s, h.Bus)...)
	if h.BusError != "" {
		out = append(out, problem{obs.Degraded, "bus", s.Say(
			"The bus did not tell its whole status; the log of its process says why.", "总线未能给出完整状态；原因见其进程日志。")})
	}
	slices.SortStableFunc(out, func(a, b problem) int { return order(a.State) - order(b.State) })
	return out
}

func order(s obs.State) int {
	return slices.Index([]obs.State{obs.Failed, obs.Degraded, obs.Starting, obs.OK}, s)
}

// busProblems reads what the bus says of itself.
func busProblems(s speaker, b bus.Status) (out []problem) {
	add := func(state obs.State, label, text string) { out = append(out, problem{state, label, text}) }
	if !b.Canary.OK && !b.Canary.At.IsZero() {
		add(obs.Failed, "bus", s.Say("A probe message was not stored. Collectors spool to their own disks until the bus stores again; "+
			"where that disk is the full one, data are lost and counted. Check the bus' disk.",
			"探测消息未能写入。总线恢复前，采集器把数据暂存在本地磁盘；若该磁盘正是写满的磁盘，数据将丢失并计数。请检查总线所在磁盘。"))
	}
	for _, st := range b.Streams {
		if strings.HasPrefix(st.Name, "DLQ") || st.MaxBytes <= 0 || float64(st.Bytes) < fullShare*float64(st.MaxBytes) {
			continue // the dead letters' stream drops its oldest
		}
		add(obs.Degraded, "bus/"+st.Name, s.Sayf("The stream is %s full (%s of %s); when it is full, collectors must wait. See whether its readers work.",
			"数据流已用 %s（%s / %s）；写满后采集器只能等待。请检查其读取者是否工作。",
			i18n.Percent(float64(st.Bytes)/float64(st.MaxBytes)), i18n.Amount(float64(st.Bytes), "bytes"), i18n.Amount(float64(st.MaxBytes), "bytes")))
	}
	for _, r := range b.Readers {
		if r.Lag > 0 && s.Now.Sub(r.SavedAt) > overdue {
			add(obs.Degraded, r.Service, s.Sayf("Partition %d is %d messages behind and saved its state last %s.",
				"分区 %d 落后 %d 条消息，上次保存状态在%s。", r.Partition, r.Lag, s.Away(r.SavedAt)))
		}
	}
	for _, sp := range b.Spools {
		if sp.Batches > 0 {
			add(obs.Degraded, sp.Publisher, s.Sayf("%d batches (%s) wait on disk for the bus; they are sent when it answers.",
				"%d 个批次（%s）在本地磁盘等待总线恢复后发送。", sp.Batches, i18n.Amount(float64(sp.Bytes), "bytes")))
		}
	}
	if b.DeadLetters > 0 {
		add(obs.Degraded, "bus/DLQ", s.Sayf("Messages that could not be processed or delivered: %d. GET /api/v1/dead-letters tells which, and why.",
			"有 %d 条消息无法处理或送达；GET /api/v1/dead-letters 可查看内容及原因。", b.DeadLetters))
	}
	return out
}
