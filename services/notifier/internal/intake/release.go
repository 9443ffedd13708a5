package intake

import (
	"context"
	"errors"

	"github.com/forewarn/forewarn/services/notifier/internal/life"
	"github.com/forewarn/forewarn/shared/incident"
)

// ReleasedIncident says that an incident is not held any more.
const ReleasedIncident Result = "released"

// Release tells people of an incident that was held, as far as there is something to tell, and returns when all of its effects are safe
// on the bus. Like [Applier.Apply] it is to be called again after an error, and may be called again at any time. What is still
// held, or held by something else, stays so.
func (a *Applier) Release(ctx context.Context, r incident.Release) (Result, error) {
	for {
		result, err := a.tryRelease(ctx, r)
		if !errors.Is(err, incident.ErrConflict) || ctx.Err() != nil {
			return result, err
		}
	}
}

func (a *Applier) tryRelease(ctx context.Context, r incident.Release) (Result, error) {
	cur, err := a.Store.Get(ctx, r.Incident)
	if errors.Is(err, incident.ErrNotFound) {
		return Ignored, nil
	}
	if err != nil {
		return "", err
	}
	if cur.Held == nil {
		if cur.Released != cur.Version {
			return Ignored, nil
		}
		return Repeated, a.finish(ctx, cur)
	}
	if a.Holder != nil {
		hold, err := a.Holder.Hold(ctx, a.Store, cur, r.Time)
		if hold != nil || err != nil {
			return Ignored, err
		}
	}
	step := life.Release(cur, r.Time)
	step.Held = true
	if err := a.address(ctx, cur, step); err != nil {
		return "", err
	}
	if err := a.settleOther(ctx, cur); err != nil {
		return "", err
	}
	if err := a.write(ctx, cur, step); err != nil {
		return "", err
	}
	return ReleasedIncident, a.emit(ctx, cur, step)
}
