package anomaly

import (
	"math"
	"slices"
	"time"

	"github.com/forewarn/forewarn/models/baseline"
	"github.com/forewarn/forewarn/shared/finding"
)

const (
	// worseAfter is how soon an open episode is told again when it has become much worse, joinedAfter when another signal has
	// joined it, and still how often one that people were warned of is while it goes on.
	worseAfter, joinedAfter, still = 30 * time.Minute, 5 * time.Minute, 6 * time.Hour
	// muchWorse is how many times as far from what is usual as it was told a value must be.
	muchWorse = 2
	// clearly is how far from the middle of its band, in halves of that, a value is beyond it for certain: three standard
	// deviations.
	clearly = 1.5
)

// distance returns how far a value is from the middle of its band, in halves of that.
func distance(j *baseline.Judgement) float64 {
	half := (j.High - j.Low) / 2
	if !(half > 0) {
		return 0
	}
	return math.Abs(j.Value-(j.Low+j.High)/2) / half
}

// told notes that people were told of a judgement.
func (s *watched) told(at time.Time, j *baseline.Judgement) {
	s.Episode.Told, s.Episode.ToldAt = distance(j), at.UnixMilli()
}

// news returns what is to be said of an open episode at a sample: that it lasts beside others, and so is a warning, that it has
// become much worse, or, of one that people were warned of, that it goes on; nothing most of the time.
func (w *Watcher) news(s *watched, at time.Time, j *baseline.Judgement) []finding.Finding {
	e := s.Episode
	if e.Bad && s.wrong(j) && distance(j) >= clearly {
		e.Beyond = at.UnixMilli()
	}
	company := w.lasts(s, at)
	waited := at.Sub(time.UnixMilli(e.ToldAt))
	switch {
	case len(company) > 0:
		e.Severity = finding.Warning
	case j.Flagged && e.Told > 0 && waited >= worseAfter && distance(j) >= muchWorse*e.Told:
	case j.Flagged && e.Severity == finding.Warning && waited >= still:
	default:
		return nil
	}
	s.told(at, j)
	return []finding.Finding{s.unusual(finding.Updated, at, j, w.beside(s))}
}

// joined says of the signal that people were warned of that another one is unusual, too.
func (w *Watcher) joined(s *watched, at time.Time, company []*watched) []finding.Finding {
	i := slices.IndexFunc(company, func(o *watched) bool { return o.Episode.Severity == finding.Warning })
	if i < 0 {
		return nil
	}
	o := company[i]
	if at.Sub(time.UnixMilli(o.Episode.ToldAt)) < joinedAfter {
		return nil
	}
	o.Episode.ToldAt = at.UnixMilli()
	f := o.finding(finding.Anomaly, o.Episode.ID, finding.Updated, at)
	f.Used, f.Message = o.Value, sayJoined(s, o)
	f.Evidence = append([]finding.Evidence{number("value", "value", "当前值", o.Value, o.unit())}, named(w.beside(o))...)
	return []finding.Finding{f}
}
