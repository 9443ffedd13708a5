package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/forewarn/forewarn/shared/checks"
)

// errNoChecks should not happen: who answers for one transaction returns its checks, or refuses.
var errNoChecks = errors.New("the examiner's answer holds no checks")

// transactionPage is the answer of GET /api/v1/transactions, those of the greatest impact first.
type transactionPage struct {
	Transactions []checks.Transaction `json:"transactions"`
}

func (a *API) transactions(r *http.Request, _ query) (any, error) {
	reply, err := a.source.Checks(r.Context(), checks.Request{})
	if err != nil {
		return nil, err
	}
	out := transactionPage{Transactions: []checks.Transaction{}}
	out.Transactions = append(out.Transactions, reply.Transactions...)
	return out, nil
}

func (a *API) checksOf(r *http.Request, q query) (any, error) {
	request := checks.Request{Transaction: r.PathValue("name")}
	if text, ok := q["at"]; ok {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return nil, badParameter("at: %q is no time; write it as 2026-11-22T03:10:00Z", shorten(text))
		}
		request.At = at
	}
	reply, err := a.source.Checks(r.Context(), request)
	switch {
	case err != nil:
		return nil, err
	case reply.Refusal != nil && reply.Refusal.Code == checks.NotFound:
		return nil, &failure{status: http.StatusNotFound, code: string(reply.Refusal.Code), message: reply.Refusal.Message}
	case reply.Refusal != nil:
		return nil, &failure{status: http.StatusTooManyRequests, code: string(reply.Refusal.Code), message: reply.Refusal.Message}
	case reply.Report == nil:
		return nil, errNoChecks
	}
	return reply.Report, nil
}
