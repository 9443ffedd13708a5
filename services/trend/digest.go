package trend

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/forewarn/forewarn/models/leak"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
)

// Growth is what one leak's signal came to on one day, for those who judge the instances of a release together.
type Growth struct {
	// Key is the signal's, Rule its rule, Series its use series in Prometheus notation.
	Key    string `json:"key"`
	Rule   string `json:"rule"`
	Series string `json:"series"`
	signal.Release
	// Since is when the release was first seen there, At the newest sample; Unix ms.
	Since int64 `json:"since"`
	At    int64 `json:"at"`
	// Floor, PerDay and Limit are in the rule's unit, the latter 0 where there is none.
	Floor  float64 `json:"floor"`
	PerDay float64 `json:"per_day"`
	Limit  float64 `json:"limit"`
	// Week, Z and Reason are those of a [leak.Verdict]; no Reason is a leak.
	Week   float64     `json:"week"`
	Z      float64     `json:"z"`
	Reason leak.Reason `json:"reason"`
	// Early and Late are those of [leak.Detector.Thirds].
	Early float64 `json:"early"`
	Late  float64 `json:"late"`
	// Told says that people were told of it by itself, as a warning or worse.
	Told bool `json:"told,omitempty"`
}

// digest is a part of what a partition tells of a day.
type digest struct {
	Schema int `json:"schema"`
	// Source is <service>:<partition>.
	Source string `json:"source"`
	// Day is the day that ended, from 1970 on, in UTC.
	Day int64 `json:"day"`
	// Last says that no further part of the day follows.
	Last   bool     `json:"last"`
	Growth []Growth `json:"growth"`
}

const (
	digestSchema = 1
	// digestBytes is about how large a part becomes.
	digestBytes = 128 << 10
)

// endDay notes whether a day has ended since the tick before.
func (w *Worker) endDay() {
	today := w.now.Unix() / int64(day/time.Second)
	w.grown = w.digested != 0 && today > w.digested
	if w.grown || w.digested == 0 {
		w.digested = today
		w.forgetNames()
	}
}

// Growths returns, after the first Tick of a day, what became of the leaks' signals on the day before of which is known what
// runs behind them, in the order of their keys; false after any other.
func (w *Worker) Growths() (of int64, out []Growth, ok bool) {
	if !w.grown {
		return 0, nil, false
	}
	w.grown = false
	for _, s := range w.sorted() {
		if s.rule.Kind == signal.Leak && s.Runs.Component != "" && w.silence(s) < day {
			out = append(out, s.growthNow())
		}
	}
	return w.digested - 1, out, true
}

func (s *tracked) growthNow() Growth {
	_, last := s.model.known()
	d := s.detector()
	v := d.Verdict()
	g := Growth{
		Key: s.Key, Rule: s.Rule, Series: s.series(), Release: s.Runs.Release, Since: s.Runs.Since, At: last,
		Floor: v.Floor, PerDay: v.PerDay, Limit: s.Limit, Week: v.Week, Z: v.Z, Reason: v.Reason,
		Told: s.Episode.ID != "" && s.Episode.Severity.Rank() >= finding.Warning.Rank(),
	}
	g.Early, g.Late = d.Thirds()
	for _, x := range [...]*float64{&g.Floor, &g.PerDay, &g.Limit, &g.Week, &g.Z, &g.Early, &g.Late} {
		if math.IsNaN(*x) || math.IsInf(*x, 0) {
			*x = 0 // JSON has no words for it
		}
	}
	return g
}

// encodeDigests returns what a source tells of a day, in parts that a message can hold; at least one.
func encodeDigests(source string, of int64, all []Growth) (out [][]byte, err error) {
	for first := true; first || len(all) > 0; first = false {
		n, size := 0, 0
		for ; n < len(all) && (n == 0 || size < digestBytes); n++ {
			g := &all[n]
			size += 256 + len(g.Key) + len(g.Series) + len(g.Component) + len(g.Version)
		}
		data, err := json.Marshal(digest{digestSchema, source, of, n == len(all), all[:n]})
		if err != nil {
			return nil, fmt.Errorf("encode growth: %w", err)
		}
		out, all = append(out, data), all[n:]
	}
	return out, nil
}

// decodeDigest reads one of what encodeDigests wrote.
func decodeDigest(data []byte) (*digest, error) {
	var d digest
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("decode growth: %w", err)
	}
	switch {
	case d.Schema < 1 || d.Schema > digestSchema:
		return nil, fmt.Errorf("growth of schema %d is not known; this release reads up to %d", d.Schema, digestSchema)
	case d.Source == "" || d.Day <= 0 || d.Day > math.MaxInt32:
		return nil, fmt.Errorf("growth of source %q and day %d is of nobody", d.Source, d.Day)
	}
	return &d, nil
}
