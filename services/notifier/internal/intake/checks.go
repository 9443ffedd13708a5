package intake

import (
	"context"
	"errors"
	"fmt"

	"github.com/forewarn/forewarn/shared/checks"
	"github.com/forewarn/forewarn/shared/incident"
)

// Examined says that the four checks of a transaction were kept with their incident.
const Examined Result = "examined"

// Attach keeps the four checks of a transaction with the incident that they were made for, and returns when all of its effects are
// safe on the bus. Like [Applier.Apply] it is to be called again after an error, and may be called again at any time. Checks of an
// incident that is over, or gone, are ignored.
func (a *Applier) Attach(ctx context.Context, rep *checks.Report) (Result, error) {
	for {
		r, err := a.tryAttach(ctx, rep)
		if !errors.Is(err, incident.ErrConflict) || ctx.Err() != nil {
			return r, err
		}
	}
}

func (a *Applier) tryAttach(ctx context.Context, rep *checks.Report) (Result, error) {
	cur, err := a.Store.Get(ctx, rep.Incident)
	if errors.Is(err, incident.ErrNotFound) {
		return Ignored, nil
	}
	if err != nil {
		return "", err
	}
	if cur.Checks != nil && cur.Checks.ID == rep.ID {
		return Repeated, a.repairChecks(ctx, cur, rep)
	}
	step := a.Rules.Attach(cur, rep)
	if step == nil {
		return Ignored, nil
	}
	if err := a.address(ctx, cur, step); err != nil {
		return "", err
	}
	if err := a.settleOther(ctx, cur); err != nil {
		return "", err
	}
	if err := a.write(ctx, cur, step); err != nil {
		return "", err
	}
	return Examined, a.emit(ctx, cur, step)
}

// repairChecks repeats what a crash may have left undone after rep changed cur.
func (a *Applier) repairChecks(ctx context.Context, cur *incident.Incident, rep *checks.Report) error {
	if cur.ChecksVersion != cur.Version || len(cur.Timeline) == 0 {
		return nil
	}
	if err := a.finish(ctx, cur); err != nil {
		return fmt.Errorf("repeat checks %s: %w", rep.ID, err)
	}
	return nil
}
