package web

import (
	"cmp"
	"net/http"
	"net/url"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/checks"
)

// transactionPath is the address of the page that checks a transaction.
func transactionPath(name string) string { return "/transactions/" + url.PathEscape(name) }

// transactions serves the list of the transactions that are described.
func (w *Web) transactions(rw http.ResponseWriter, r *http.Request) {
	p := w.newPage(rw, r)
	reply, err := w.settings.Source.Checks(r.Context(), checks.Request{})
	if err != nil {
		w.noExaminer(rw, r, p, err)
		return
	}
	p.Title, p.Content = p.Say("Transactions", "业务交易"), reply.Transactions
	w.render(rw, http.StatusOK, "transactions", p)
}

// transaction makes the four checks of a transaction, now or at ?at=, and shows them.
func (w *Web) transaction(rw http.ResponseWriter, r *http.Request) {
	p := w.newPage(rw, r)
	q := checks.Request{Transaction: r.PathValue("name")}
	if text := r.URL.Query().Get("at"); text != "" {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			w.say(rw, p, http.StatusBadRequest, p.Say("No time", "时间无效"), p.Say("The time in the address cannot be read.", "地址中的时间无法识别。"),
				p.Say("Write it as 2026-11-22T03:10:00Z, or leave it out for now.", "请写成 2026-11-22T03:10:00Z，或省略以检查当前时刻。"))
			return
		}
		q.At = at
	}
	reply, err := w.settings.Source.Checks(r.Context(), q)
	switch {
	case err != nil:
		w.noExaminer(rw, r, p, err)
	case reply.Refusal != nil && reply.Refusal.Code == checks.Busy:
		w.say(rw, p, http.StatusTooManyRequests, p.Say("Busy", "繁忙"), p.Say("Other transactions are being examined.", "正在检查其他交易。"),
			p.Say("Load this page again in some seconds.", "请数秒后刷新本页。"))
	case reply.Report == nil:
		w.say(rw, p, http.StatusNotFound, p.Say("Not found", "未找到"), p.Say("There is no such transaction.", "没有这个交易。"),
			p.Say("The list shows those that are described.", "请从列表查看已描述的交易。"))
	default:
		p.Title, p.Content = p.Plain(p.Pick(reply.Report.Title)), reply.Report
		w.render(rw, http.StatusOK, "transaction", p)
	}
}

// noExaminer says that nobody makes checks.
func (w *Web) noExaminer(rw http.ResponseWriter, r *http.Request, p *page, err error) {
	if r.Context().Err() == nil { // else the client went away
		w.settings.Logger.Warn("the examiner does not answer", zap.Error(err))
	}
	w.say(rw, p, http.StatusServiceUnavailable, p.Say("Unavailable", "暂不可用"),
		p.Say("The examiner did not answer.", "检查服务没有响应。"),
		p.Say("Try again; the page of the pipeline shows the state of its parts.", "请重试；链路页显示各环节的状态。"))
}

// CheckMark is the sign of a verdict, CheckWord the verdict in words, CheckName what people call a check.
func (s speaker) CheckMark(v checks.Verdict) string { return v.Mark() }

// CheckWord is a verdict in words.
func (s speaker) CheckWord(v checks.Verdict) string { return s.Pick(v.Word()) }

// CheckName is what people call a check.
func (s speaker) CheckName(n checks.Name) string {
	return cmp.Or(s.Pick(n.Title()), string(n))
}
