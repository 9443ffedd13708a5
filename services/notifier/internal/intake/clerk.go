package intake

import (
	"context"
	"errors"

	"github.com/forewarn/forewarn/services/notifier/internal/life"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// Clerk carries out what people command, and what is due by time. Any number of them, in any number of processes, work beside each
// other and beside findings: each changes an incident by compare-and-set, after it has finished the change before. It is safe for
// concurrent use.
type Clerk struct {
	// Applier writes; it is the clerk's own.
	*Applier
	// Changed is told of each change, once: its action, as soon as the change is stored, whatever becomes of what follows from it.
	Changed func(incident.Action)
}

// Conduct carries out a command and returns when all of its effects are safe on the bus. After an error it is not known whether it was
// carried out: the same command, under the same id, may be sent again.
func (c *Clerk) Conduct(ctx context.Context, cmd *incident.Command) (reply *incident.Reply, err error) {
	err = c.change(ctx, cmd.Incident, func(cur *incident.Incident) (s *life.Step) {
		s, reply = life.Conduct(cur, cmd, c.Now())
		return s
	})
	if errors.Is(err, incident.ErrNotFound) {
		return &incident.Reply{Schema: incident.SchemaVersion, Code: incident.NotFound, Message: i18n.Text{
			En: "There is no such incident; it may have been removed after its retention.", Zh: "没有这个事件；可能已超过保留期被清理。",
		}}, nil
	}
	return reply, err
}

// change applies what decide makes of an incident, if that is not nil.
func (c *Clerk) change(ctx context.Context, id string, decide func(*incident.Incident) *life.Step) error {
	for {
		err := c.tryChange(ctx, id, decide)
		if !errors.Is(err, incident.ErrConflict) || c.common != nil || ctx.Err() != nil {
			return err
		}
	}
}

func (c *Clerk) tryChange(ctx context.Context, id string, decide func(*incident.Incident) *life.Step) error {
	cur, err := c.Store.Get(ctx, id)
	if err != nil {
		return err
	}
	if err := c.settle(ctx, cur); err != nil {
		return err
	}
	step := decide(cur)
	if step == nil {
		return nil
	}
	if err := c.address(ctx, cur, step); err != nil {
		return err
	}
	if err := c.write(ctx, cur, step); err != nil {
		return err
	}
	if c.common == nil {
		c.Changed(step.Change.Action)
		return c.emit(ctx, cur, step)
	}
	if err := c.emit(ctx, cur, step); err != nil {
		return err
	}
	c.common.done[len(c.common.done)-1].changed = c.Changed
	return nil
}

// gone reports whether err says that there is no incident to do anything about.
func gone(err error) bool {
	return errors.Is(err, incident.ErrNotFound) || errors.Is(err, incident.ErrUnreadable)
}
