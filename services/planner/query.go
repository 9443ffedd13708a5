package planner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/forewarn/forewarn/shared/plan"
)

// answer answers a request. An error is for the log of who asked; what they can do something about is in the reply.
func (p *planner) answer(ctx context.Context, request []byte) ([]byte, error) {
	var q plan.Request
	if err := json.Unmarshal(request, &q); err != nil {
		return nil, fmt.Errorf("cannot read the request: %w", err)
	}
	reply, err := p.reply(ctx, &q)
	var r *refusal
	if errors.As(err, &r) {
		reply = plan.Reply{Plans: []plan.Plan{}, Refusal: &plan.Refusal{Code: r.code, Message: r.message}}
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(&reply)
}

func (p *planner) reply(ctx context.Context, q *plan.Request) (out plan.Reply, err error) {
	switch {
	case p.past == nil && !p.maker.cfg.Enabled:
		return out, &refusal{plan.NotFound, "no plans are made; set capacity.enabled"}
	case p.past == nil:
		return out, &refusal{plan.NotFound, "no plans are made: this process keeps no history; run it beside the historian's store"}
	case q.Signal != "":
		one, err := p.one(ctx, q)
		out.Plans = []plan.Plan{one}
		return out, err
	}
	if q.Limit <= 0 || q.Limit > plan.MaxPage {
		q.Limit = plan.MaxPage
	}
	_, _, out.Pending = p.book.count()
	out.Plans, out.Next = p.book.page(q)
	return out, nil
}

// patience is how long a query waits for history, and between two looks for signals that are not known.
const patience = 4 * time.Second

// one plans one signal under a scenario. What was not planned yet is planned now.
func (p *planner) one(ctx context.Context, q *plan.Request) (plan.Plan, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	e := p.book.get(q.Signal)
	if now := p.set.Now(); e == nil && now.Sub(p.looked) >= patience {
		p.looked = now
		if err := p.look(ctx); err != nil {
			return plan.Plan{}, err
		}
		e = p.book.get(q.Signal)
	}
	if e == nil {
		return plan.Plan{}, &refusal{plan.NotFound, fmt.Sprintf("%.200q is no signal with a limit that is watched; list them with GET /api/v1/capacity", q.Signal)}
	}
	if !e.made {
		next, err := p.renew(ctx, e)
		if next == nil {
			return plan.Plan{}, err
		}
		e = next // a history that cannot be read is said in the plan
	}
	if len(q.Drivers) == 0 {
		return e.plan, nil
	}
	return p.plan(e, q.Drivers)
}
