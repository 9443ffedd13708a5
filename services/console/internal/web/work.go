package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/console/internal/guard"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/incident"
)

// work is what the page of an incident shows of people's part, and offers them to do.
type work struct {
	*incident.Incident
	// Me is who looks.
	Me string
	// Token makes the forms of this page, sent twice, one command.
	Token string
	// Steps are the actions that lead to another stage, Assign whether it can be given to somebody.
	Steps  []incident.Action
	Assign bool
	// Refused says why what was asked for was not done, "" if nothing was or it is done.
	Refused string
}

func newWork(r *http.Request, in *incident.Incident) work {
	v := work{Incident: in, Me: guard.Actor(r), Token: rand.Text()}
	for _, a := range in.Possible() {
		switch a {
		case incident.Assign:
			v.Assign = true
		case incident.Comment, incident.AddLink, incident.Judge:
		default:
			v.Steps = append(v.Steps, a)
		}
	}
	return v
}

// Signs are the signs that people set on the incident, in the order of the stages.
func (v work) Signs() (all []sign) {
	w := &v.Work
	for _, s := range []struct {
		action incident.Action
		sign   *incident.Sign
	}{
		{incident.Acknowledge, w.Acknowledged},
		{incident.Mitigate, w.Mitigated},
		{incident.Resolve, w.Resolved},
		{incident.Reopen, w.Reopened},
		{incident.Verify, w.Verified},
		{incident.Close, w.Closed},
	} {
		if s.sign != nil {
			all = append(all, sign{s.action, *s.sign})
		}
	}
	return all
}

// sign is a sign and what was signed by it.
type sign struct {
	Action incident.Action
	incident.Sign
}

// Judgements are what people can say of it.
func (work) Judgements() []incident.Judgement { return incident.Judgements() }

// command carries out what a form asks for, and shows the incident as it is then.
func (w *Web) command(rw http.ResponseWriter, r *http.Request) {
	p := w.newPage(rw, r)
	r.Body = http.MaxBytesReader(rw, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		w.showIncident(rw, r, p, http.StatusBadRequest, p.Say("The form could not be read; send it again.", "表单无法读取，请重新提交。"))
		return
	}
	c := commandOf(r)
	if err := c.Validate(); err != nil {
		w.showIncident(rw, r, p, http.StatusBadRequest, p.unusable(c))
		return
	}
	reply, err := w.settings.Source.Command(r.Context(), c)
	switch {
	case errors.Is(err, bus.ErrNoWorker):
		w.showIncident(rw, r, p, http.StatusServiceUnavailable,
			p.Say("The service that does this (notifier) is not running; start it, then try again.", "执行该操作的服务（notifier）未运行；请启动后重试。"))
	case err != nil:
		w.settings.Logger.Error("command was not answered", zap.String("incident", c.Incident), zap.Error(err))
		w.showIncident(rw, r, p, http.StatusServiceUnavailable,
			p.Say("Whether this was done is not known: the pipeline did not answer. Look at the timeline, then try again.", "系统没有响应，无法确认是否已执行。请查看时间线后重试。"))
	case reply.OK():
		http.Redirect(rw, r, "/incidents/"+c.Incident+"#work", http.StatusSeeOther) //nolint:gosec // a path of ours: Validate takes nothing but an id
	case reply.Code == incident.NotFound:
		w.refuseIncident(rw, r, p, incident.ErrNotFound)
	default:
		w.showIncident(rw, r, p, http.StatusConflict, p.Pick(reply.Message))
	}
}

// commandOf returns the command that a form asks for. Its id follows from all that was written, so that a form sent twice is done once,
// and one that was changed in between is another one.
func commandOf(r *http.Request) *incident.Command {
	f := r.PostForm
	version, _ := strconv.Atoi(f.Get("version")) // 0, which is any, for what our page has not written
	sum := sha256.Sum256([]byte(f.Encode()))
	text := strings.ReplaceAll(f.Get("text"), "\r\n", "\n")
	return &incident.Command{
		ID: "page-" + hex.EncodeToString(sum[:16]), Incident: r.PathValue("id"), Version: max(version, 0),
		Action: incident.Action(f.Get("action")), Actor: guard.Actor(r), Text: text, Owner: strings.TrimSpace(f.Get("owner")),
		URL: strings.TrimSpace(f.Get("url")), Title: strings.TrimSpace(f.Get("title")), Verdict: incident.Judgement(f.Get("verdict")),
	}
}

// unusable says what is wrong with what a person wrote.
func (s speaker) unusable(c *incident.Command) string {
	switch {
	case c.Action == incident.Comment && strings.TrimSpace(c.Text) == "":
		return s.Say("Write the comment first.", "请先填写评论。")
	case c.Action == incident.AddLink:
		return s.Say("This is no address of a page: write one that begins with https:// or http://.", "这不是网页地址：请填写以 https:// 或 http:// 开头的地址。")
	case len(c.Text) > incident.MaxText:
		return s.Sayf("The text is too long; %d bytes are the most.", "文本过长，最多 %d 字节。", incident.MaxText)
	}
	return s.Say("This cannot be done as it was written; correct it and send it again.", "内容有误，请修改后重新提交。")
}

// WorkStage names a stage.
func (s speaker) WorkStage(v incident.Stage) string {
	switch v {
	case incident.StageAssigned:
		return s.Say("assigned", "已分派")
	case incident.StageAcknowledged:
		return s.Say("acknowledged", "已确认")
	case incident.StageMitigated:
		return s.Say("mitigated", "已缓解")
	case incident.StageResolved:
		return s.Say("resolved", "已解决")
	case incident.StageVerified:
		return s.Say("verified", "已验证")
	case incident.StageClosed:
		return s.Say("closed", "已关闭")
	}
	return s.Say("open", "未处理")
}

// StageOf names the stage of an incident; of one that has ended because nothing was heard of it, that it is over is not known.
func (s speaker) StageOf(in *incident.Incident) string {
	if in.Unheard() && in.Stage() == incident.StageResolved {
		return s.Say("ended, unheard", "已结束·无数据")
	}
	return s.WorkStage(in.Stage())
}

// Attention says how far people are with an incident, "" if its state says all: nobody has begun, or it is over and nobody said more.
func (s speaker) Attention(in *incident.Incident) string {
	stage := in.Stage()
	if stage == incident.StageOpen && in.State == incident.Open || stage == incident.StageResolved && in.State == incident.Resolved {
		return ""
	}
	if in.Work.Owner == "" {
		return s.WorkStage(stage)
	}
	return s.Sayf("%s, owner %s", "%s，负责人 %s", s.WorkStage(stage), s.Plain(s.By(in.Work.Owner))) // who need not be who acknowledged it
}

// WorkStageChoice filters incidents by their stage.
func (s speaker) WorkStageChoice(now string) choice {
	c := choice{Name: "stage", Label: s.Say("Stage", "处理阶段"), Value: now, Options: []option{{"", s.Say("all stages", "全部阶段")}}}
	for _, v := range incident.Stages() {
		c.Options = append(c.Options, option{string(v), s.WorkStage(v)})
	}
	return c
}

// Do says an action as something to do, Did as something that was done.
func (s speaker) Do(a incident.Action) string { return s.action(a)[0] }

// Did says an action as something that was done.
func (s speaker) Did(a incident.Action) string { return s.action(a)[1] }

func (s speaker) action(a incident.Action) [2]string {
	switch a {
	case incident.Acknowledge:
		return [2]string{s.Say("Acknowledge", "确认"), s.Say("Acknowledged", "已确认")}
	case incident.Unacknowledge:
		return [2]string{s.Say("Take acknowledgement back", "撤销确认"), s.Say("Acknowledgement taken back", "已撤销确认")}
	case incident.Mitigate:
		return [2]string{s.Say("Mitigated", "标记为已缓解"), s.Say("Mitigated", "已缓解")}
	case incident.Resolve:
		return [2]string{s.Say("Resolve", "标记为已解决"), s.Say("Resolved by hand", "人工解决")}
	case incident.Reopen:
		return [2]string{s.Say("Open again", "重新打开"), s.Say("Opened again by hand", "人工重新打开")}
	case incident.Verify:
		return [2]string{s.Say("Verify", "验证"), s.Say("Verified", "已验证")}
	}
	return [2]string{s.Say("Close", "关闭"), s.Say("Closed", "已关闭")}
}

// Judged names a judgement.
func (s speaker) Judged(j incident.Judgement) string {
	switch j {
	case incident.Averted:
		return s.Say("prevented by us", "已被我们避免")
	case incident.FalseAlarm:
		return s.Say("false alarm", "误报")
	case incident.Expected:
		return s.Say("expected", "预期之内")
	}
	return s.Say("useful", "有用")
}

// By names who did something.
func (s speaker) By(who string) string {
	switch who {
	case "forewarn":
		return s.Say("the pipeline", "系统")
	case guard.Local:
		return s.Say("somebody on this machine", "本机用户")
	}
	return who
}

// Personal reports whether a change was made by a person, who is named beside it.
func (speaker) Personal(c incident.Change) bool { return slices.Contains(incident.Actions(), c.Action) }
