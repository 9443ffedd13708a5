package api

import (
	"errors"
	"net/http"
	"strings"

	"github.com/forewarn/forewarn/shared/plan"
)

// driverPrefix begins the parameters that say what becomes of a driver.
const driverPrefix = "driver."

// errNoPlan should not happen: who answers for one signal returns its plan, or refuses.
var errNoPlan = errors.New("the planner's answer holds no plan")

// capacityPage is the answer of GET /api/v1/capacity, by the date to buy.
type capacityPage struct {
	Plans []plan.Plan `json:"plans"`
	// Next is the cursor of the next page, empty on the last.
	Next string `json:"next"`
	// Pending counts the signals whose first plan is still being made.
	Pending int `json:"pending"`
}

func (a *API) capacity(r *http.Request, q query) (any, error) {
	text, err := q.text()
	if err != nil {
		return nil, err
	}
	limit, err := q.limit()
	if err != nil {
		return nil, err
	}
	reply, err := a.plans(r, plan.Request{Rule: q["rule"], Text: text, After: q["after"], Limit: limit})
	if err != nil {
		return nil, err
	}
	return capacityPage{reply.Plans, reply.Next, reply.Pending}, nil
}

func (a *API) capacityOf(r *http.Request, q query) (any, error) {
	request := plan.Request{Signal: r.PathValue("signal"), Drivers: map[string]string{}}
	for name, v := range q {
		request.Drivers[strings.TrimPrefix(name, driverPrefix)] = v
	}
	reply, err := a.plans(r, request)
	if err != nil {
		return nil, err
	}
	return reply.Plans[0], nil
}

// plans asks the planner; what it refuses is the caller's error.
func (a *API) plans(r *http.Request, q plan.Request) (*plan.Reply, error) {
	reply, err := a.source.Capacity(r.Context(), q)
	if err != nil {
		return nil, err
	}
	if f := reply.Refusal; f != nil {
		status := http.StatusBadRequest
		if f.Code == plan.NotFound {
			status = http.StatusNotFound
		}
		return nil, &failure{status: status, code: string(f.Code), message: f.Message}
	}
	if q.Signal != "" && len(reply.Plans) != 1 {
		return nil, errNoPlan
	}
	return reply, nil
}
