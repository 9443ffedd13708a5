package backtest

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
)

// text writes for people: when something would have become a warning or worse, and when it ended.
type text struct {
	out  io.Writer
	lang i18n.Language
	zone *time.Location
	// told is the worst severity that was told of each episode that has not ended; worst counts episodes by it.
	told  map[string]finding.Severity
	worst map[finding.Severity]int
	ended int
}

func (t *text) say(s *statement) error {
	f := s.finding
	if f == nil {
		return nil
	}
	before := t.told[f.Episode]
	word := strings.ToUpper(string(f.Severity))
	switch {
	case f.Action == finding.Resolved && before != "":
		word = "RESOLVED"
		delete(t.told, f.Episode)
		t.ended++
	case f.Action != finding.Resolved && f.Severity.Rank() > max(before.Rank(), finding.Info.Rank()):
		t.told[f.Episode] = f.Severity
		t.worst[before]--
		t.worst[f.Severity]++
	default:
		return nil
	}
	_, err := fmt.Fprintf(t.out, "%s  %-8s  %s\n", f.Time.In(t.zone).Format("2006-01-02 15:04"), word, f.Message.In(t.lang))
	return err
}

func (t *text) sum(s *Summary) error {
	const day = 24 * time.Hour
	_, err := fmt.Fprintf(t.out, "\n%d samples of %d series, %.1f days; %d signals are watched. At worst: %d critical, %d warning; %d ended.\n",
		s.Samples, s.Series, float64(s.End.Sub(s.Start))/float64(day), s.Signals, t.worst[finding.Critical], t.worst[finding.Warning], t.ended)
	return err
}
