package app

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/obs"
)

// watchHealth writes a line when a part of the pipeline itself is in trouble, and when it is well again, until ctx
// ends. It needs nothing of the pipeline: a bus whose disk is full can carry no message about it.
func watchHealth(ctx context.Context, w io.Writer, h *obs.Health, lang i18n.Language) error {
	troubled := map[string]obs.State{}
	for tick := time.NewTicker(time.Second); ; {
		for _, c := range h.Checks() {
			if line := healthLine(troubled, c, lang); line != "" {
				fmt.Fprintf(w, "%s  %s\n", time.Now().Format(time.TimeOnly), line) //nolint:errcheck // nobody reads
			}
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			return nil
		case <-tick.C:
		}
	}
}

// healthLine returns what is to be said of a check, "" for nothing; troubled remembers
// what was said. A message that changes is not said again: some count.
func healthLine(troubled map[string]obs.State, c obs.Check, lang i18n.Language) string {
	before, was := troubled[c.Name]
	switch c.State {
	case obs.Degraded, obs.Failed:
		if was && before == c.State {
			return ""
		}
		troubled[c.Name] = c.State
		return fmt.Sprintf("%s  %s: %s", i18n.Text{En: "PIPELINE", Zh: "自身异常"}.In(lang), c.Name, i18n.Line(c.Message))
	case obs.OK:
		if was {
			delete(troubled, c.Name)
			return fmt.Sprintf("%s  %s: %s", i18n.Text{En: "PIPELINE", Zh: "自身恢复"}.In(lang), c.Name, i18n.Text{En: "well again", Zh: "已恢复正常"}.In(lang))
		}
	}
	return ""
}
