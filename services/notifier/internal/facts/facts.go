// Package facts gathers what a digest is made of: incidents from their store and their events, forecasts from the workers, plans
// from the planner, courses and arrivals from a history.
//
// It always returns what there is. What did not answer is said in words that a reader of the digest understands, so that "no risk" is
// never the answer of a worker that was away.
package facts

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/models/calendar"
	build "github.com/forewarn/forewarn/services/notifier/internal/digest"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/inventory"
	"github.com/forewarn/forewarn/shared/plan"
	"github.com/forewarn/forewarn/shared/query"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Courses reads what signals used.
type Courses interface {
	Course(ctx context.Context, key, series string, from, to time.Time) (used, limit []telemetry.Sample, err error)
}

// Arrivals tells what has been arriving, read or not.
type Arrivals interface {
	Targets(ctx context.Context, since time.Time) ([]inventory.Target, error)
	Unread(ctx context.Context, since time.Time) ([]string, error)
}

// Reader gathers facts. What is nil is not asked.
type Reader struct {
	Bus       *bus.Bus
	Store     *incident.Store
	Logger    *zap.Logger
	Catalogue *signal.Catalogue
	Calendar  *calendar.Calendar
	Courses   Courses
	Arrivals  Arrivals
	// Patience is how long any one part may take, and all charts together.
	Patience time.Duration
}

const (
	// ended is after how long an edition is one of the past, of which forecasts and plans are not kept.
	ended = time.Hour
	// arrivalsSince is how far back it is asked what has been arriving.
	arrivalsSince = 6 * time.Hour
	// maxSignals bounds the signals of one partition.
	maxSignals = 20_000
)

// trend is who knows the forecasts.
const trend = "trend"

// Gather returns what the digest of an edition is made of, all but for whom it is.
func (r *Reader) Gather(ctx context.Context, e build.Edition, now time.Time) (build.Inputs, error) {
	in := build.Inputs{Edition: e, Now: now, Catalogue: r.Catalogue, Calendar: r.Calendar}
	all, err := r.Incidents(ctx, e)
	if err != nil {
		return in, err
	}
	past := now.Sub(e.Until) > ended
	var mu sync.Mutex
	var wg sync.WaitGroup
	part := func(read func(context.Context) error, missing i18n.Text) {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, r.Patience)
			defer cancel()
			if err := read(ctx); err != nil {
				r.Logger.Warn("a part of a digest is missing", zap.String("part", missing.En), zap.Error(err))
				mu.Lock()
				in.Missing = append(in.Missing, missing)
				mu.Unlock()
			}
		})
	}
	part(func(ctx context.Context) error { return r.turnBack(ctx, &in, all, past) }, i18n.Text{
		En: "How risks were before: their events cannot be read.", Zh: "无法读取事件历史，不能说明风险此前的情况。",
	})
	if past {
		in.Missing = append(in.Missing, i18n.Text{
			En: "Forecasts without an incident, plans and coverage as they were then: only what they are now is kept.",
			Zh: "当时未形成事件的预测、采购计划和覆盖情况：系统只保留当前状态。",
		})
	} else {
		part(func(ctx context.Context) (err error) { in.Signals, err = r.signals(ctx); return err }, i18n.Text{
			En: "Forecasts of signals without an incident: not all workers answered.", Zh: "部分预测服务未响应，未形成事件的预测不完整。",
		})
		part(func(ctx context.Context) (err error) {
			in.Plans, err = r.plans(ctx)
			in.Planned = err == nil
			return err
		}, i18n.Text{
			En: "What must be bought: no plans could be read.", Zh: "无法读取容量计划，不能说明采购需求。",
		})
		part(func(ctx context.Context) error { return r.survey(ctx, &in) }, i18n.Text{
			En: "What is not covered: the history did not answer.", Zh: "历史数据未响应，无法说明未覆盖的部分。",
		})
	}
	wg.Wait()
	slices.SortFunc(in.Missing, func(a, b i18n.Text) int { return len(a.En) - len(b.En) })
	return in, nil
}

// turnBack sets the incidents as they were at the end of the edition, and at its beginning.
func (r *Reader) turnBack(ctx context.Context, in *build.Inputs, all []*incident.Incident, past bool) error {
	in.Incidents, in.Before = all, map[string]*incident.Incident{}
	for k, i := range all {
		if past && i.UpdatedAt.After(in.Edition.Until) {
			was, err := r.asOf(ctx, i, in.Edition.Until)
			if err != nil {
				return err
			}
			all[k] = was
		}
		open := i.ResolvedAt == nil || i.ResolvedAt.After(in.Edition.From)
		if !open || !i.OpenedAt.Before(in.Edition.From) || !i.UpdatedAt.After(in.Edition.From) {
			continue
		}
		was, err := incident.AsOf(ctx, r.Bus.JetStream(), i.ID, in.Edition.From)
		if err != nil {
			return err
		}
		if was != nil {
			in.Before[i.ID] = was
		}
	}
	return nil
}

// asOf returns an incident as it was at a time, with the timeline and the troubles of now, which say when they were.
func (r *Reader) asOf(ctx context.Context, now *incident.Incident, at time.Time) (*incident.Incident, error) {
	was, err := incident.AsOf(ctx, r.Bus.JetStream(), now.ID, at)
	if err != nil || was == nil {
		return now, err
	}
	was.Timeline, was.Marks, was.MergedInto = now.Timeline, now.Marks, now.MergedInto
	return was, nil
}

// signals lists what the workers know.
func (r *Reader) signals(ctx context.Context) ([]signal.State, error) {
	parts, errs := query.Each(ctx, r.Bus, trend, func(ctx context.Context, ask query.Ask) ([]signal.State, error) {
		all, _, err := signal.ReadAll(ctx, maxSignals, ask)
		return all, err
	})
	for p, err := range errs {
		if err != nil {
			return slices.Concat(parts...), fmt.Errorf("partition %d: %w", p, err)
		}
	}
	return append([]signal.State{}, slices.Concat(parts...)...), nil // none is not nil, which is not known
}

// plans lists the plans with something to buy, which come first.
func (r *Reader) plans(ctx context.Context) ([]plan.Plan, error) {
	request, err := json.Marshal(plan.Request{Limit: plan.MaxPage})
	if err != nil {
		return nil, fmt.Errorf("encode query: %w", err)
	}
	data, err := r.Bus.Query(ctx, plan.Keeper, 0, request)
	if err != nil {
		return nil, err
	}
	var reply plan.Reply
	if err := json.Unmarshal(data, &reply); err != nil {
		return nil, fmt.Errorf("read plans: %w", err)
	}
	if reply.Refusal != nil {
		return nil, fmt.Errorf("read plans: %s", reply.Refusal.Message)
	}
	return reply.Plans, nil
}

// survey sets what arrives and nobody reads, and what does not arrive. Without a history there is nothing to say.
func (r *Reader) survey(ctx context.Context, in *build.Inputs) error {
	if r.Arrivals == nil {
		return nil
	}
	since := in.Now.Add(-arrivalsSince)
	targets, err := r.Arrivals.Targets(ctx, since)
	if err != nil {
		return err
	}
	for _, t := range targets {
		if !t.Up {
			in.SilentTargets = append(in.SilentTargets, t.Job+" "+t.Instance)
		}
	}
	in.Unread, err = r.Arrivals.Unread(ctx, since)
	in.Surveyed = err == nil
	return err
}

// Figures reads the courses of the risks of a digest, as far as there is a history.
func (r *Reader) Figures(ctx context.Context, d *digest.Digest, lang i18n.Language) map[string]*digest.Figure {
	out := map[string]*digest.Figure{}
	if r.Courses == nil {
		return out
	}
	ctx, cancel := context.WithTimeout(ctx, r.Patience)
	defer cancel()
	for i := range d.Risks {
		risk := &d.Risks[i]
		if risk.Series == "" || build.Expires(risk) {
			continue // a date that is known has no course
		}
		f, err := r.figure(ctx, risk, d.Until, lang)
		if err != nil {
			r.Logger.Debug("course of a risk cannot be read", zap.String("signal", risk.Signal), zap.Error(err))
			continue
		}
		out[risk.Signal] = f
	}
	return out
}
