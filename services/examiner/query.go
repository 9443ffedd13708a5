package examiner

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/forewarn/forewarn/shared/checks"
)

// patience is how long an examination that somebody waits for may take: who asks gives up after 5 s.
const patience = 4 * time.Second

// answer answers a request. An error is for the log of who asked; what they can do something about is in the reply.
func (x *service) answer(ctx context.Context, request []byte) ([]byte, error) {
	var q checks.Request
	if err := json.Unmarshal(request, &q); err != nil {
		return nil, fmt.Errorf("cannot read the request: %w", err)
	}
	return json.Marshal(x.reply(ctx, &q))
}

func (x *service) reply(ctx context.Context, q *checks.Request) (out checks.Reply) {
	if q.Transaction == "" {
		out.Transactions = []checks.Transaction{}
		for _, t := range x.set.Transactions.All() {
			out.Transactions = append(out.Transactions, describe(t))
		}
		return out
	}
	t := x.set.Transactions.Get(q.Transaction)
	if t == nil {
		out.Refusal = &checks.Refusal{
			Code:    checks.NotFound,
			Message: fmt.Sprintf("%.80q is no transaction that is known; list them with GET /api/v1/transactions, or describe it (docs/transactions.md)", q.Transaction),
		}
		return out
	}
	if q.At.IsZero() {
		q.At = x.set.Now()
	}
	select {
	case x.slots <- struct{}{}:
		defer func() { <-x.slots }()
	default:
		out.Refusal = &checks.Refusal{Code: checks.Busy, Message: "other transactions are being examined; ask again in some seconds"}
		return out
	}
	r, took := x.examine(ctx, t, q.At, min(patience, x.cfg.Timeout))
	x.metrics.examined("answered", took)
	r.ID = fmt.Sprintf("%s:%s:%d", Service, t.Name, r.At.UnixMilli())
	out.Report = r
	return out
}
