package notifier

import (
	"context"
	"encoding/json"
	"fmt"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/services/notifier/internal/intake"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// attend starts what carries out what people command, tells them again what nobody acknowledged, and closes what is over.
func (n *notifier) attend(ctx context.Context, g *errgroup.Group) {
	clerk := &intake.Clerk{
		Applier: n.applier(),
		Changed: func(a incident.Action) { n.metrics.changes.WithLabelValues(string(a)).Inc() },
	}
	g.Go(func() error { return n.s.Bus.Obey(ctx, incident.Commands, n.obey(ctx, clerk)) })
	g.Go(func() error { return n.reminders.Run(ctx, intake.NewReminders(clerk)) })
	g.Go(func() error { return n.closings.Run(ctx, intake.NewClosings(clerk)) })
}

// obey returns what carries out one command.
func (n *notifier) obey(ctx context.Context, clerk *intake.Clerk) func(request []byte) ([]byte, error) {
	return func(request []byte) ([]byte, error) {
		cmd, err := incident.DecodeCommand(request)
		if err != nil {
			return json.Marshal(&incident.Reply{
				Schema: incident.SchemaVersion, Code: incident.Invalid,
				Message: i18n.Text{En: err.Error(), Zh: "命令无效：" + err.Error()},
			})
		}
		reply, err := clerk.Conduct(ctx, cmd)
		if err != nil {
			n.s.Logger.Warn("command not carried out", zap.String("command", cmd.ID), zap.String("incident", cmd.Incident),
				zap.String("action", string(cmd.Action)), zap.Error(err))
			return nil, fmt.Errorf("carry out command %s: %w", cmd.ID, err)
		}
		if reply.Code == incident.Done {
			n.s.Logger.Info("command carried out", zap.String("command", cmd.ID), zap.String("incident", cmd.Incident),
				zap.String("action", string(cmd.Action)), zap.String("actor", cmd.Actor))
		}
		return json.Marshal(reply)
	}
}
