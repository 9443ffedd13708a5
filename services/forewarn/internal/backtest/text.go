package backtest

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
)

// text writes for people: when something would have been opened and when it ended, nothing of what changed between.
type text struct {
	out  io.Writer
	lang i18n.Language
	zone *time.Location
}

func (t *text) say(s *statement) error {
	f := s.finding
	if f == nil || f.Action == finding.Updated || f.Severity.Rank() < finding.Warning.Rank() {
		return nil
	}
	word := strings.ToUpper(string(f.Severity))
	if f.Action == finding.Resolved {
		word = "RESOLVED"
	}
	_, err := fmt.Fprintf(t.out, "%s  %-8s  %s\n", f.Time.In(t.zone).Format("2006-01-02 15:04"), word, f.Message.In(t.lang))
	return err
}

func (t *text) sum(s *Summary) error {
	const day = 24 * time.Hour
	_, err := fmt.Fprintf(t.out, "\n%d samples of %d series, %.1f days; %d signals are watched. Opened: %d critical, %d warning; %d ended.\n",
		s.Samples, s.Series, float64(s.End.Sub(s.Start))/float64(day), s.Signals, s.Opened[finding.Critical], s.Opened[finding.Warning], s.Resolved)
	return err
}
