package life

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// silencePrefix begins the ids of the findings that say that nothing was heard.
const silencePrefix = "notifier:silence-"

// Silence returns the finding that ends an open incident of which nothing was heard since its last change. It has
// the same id for the same change, and no effect if there was another one meanwhile ([Rules.Apply]). It does not
// end the episode: a later finding of it opens the incident again.
func Silence(i *incident.Incident, now time.Time) *finding.Finding {
	span := i18n.Span(now.Sub(i.UpdatedAt))
	f := &finding.Finding{
		ID:     fmt.Sprintf("%s%s:%d:0", silencePrefix, i.ID, i.Version),
		Action: finding.Resolved, Time: now, Kind: i.Kind, Signal: i.Signal, Series: i.Series, Entity: i.Entity,
		Severity: i.Severity, Probability: i.Probability, Horizons: i.Horizons, ETA: i.ETA,
		Outcome: &finding.Outcome{What: finding.Unknown, Time: now}, Used: i.Used, Limit: i.Limit, Unit: i.Unit, Title: i.Title,
		Message: i18n.Text{
			En: fmt.Sprintf("Closed because nothing was heard of it for %s: its rule or its data may be gone. "+
				"That does not mean that the trouble is over; check it once by hand.", span.En),
			Zh: fmt.Sprintf("已 %s没有收到相关信息，因此关闭：对应的规则或数据可能已不存在。这并不表示问题已消除，请人工确认一次。", span.Zh),
		},
	}
	for k, e := range i.Episodes {
		if f.Episode == "" || !i.Marks[k].Ended && !i.Marks[k].Note {
			f.Episode = e // the newest that goes on: what is over takes no finding any more, and a note ends nothing
		}
	}
	return f
}

// silence returns the version of the incident that f, made by [Silence], is about.
func silence(f *finding.Finding) (version int, ok bool) {
	rest, ok := strings.CutPrefix(f.ID, silencePrefix)
	parts := strings.Split(rest, ":")
	if !ok || len(parts) != 3 {
		return 0, false
	}
	version, err := strconv.Atoi(parts[1])
	return version, err == nil
}
