package trend

import (
	"encoding/base64"
	"time"

	"github.com/forewarn/forewarn/models/leak"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// naming is what info series have said under one key.
type naming struct {
	signal.Release
	// Metric is who says so: of several, the least is believed while it speaks.
	Metric string `json:"metric"`
	// Heard is the time of its newest sample, Unix ms.
	Heard int64 `json:"heard"`
}

// saying is what one info series says.
type saying struct {
	signal.Naming
	metric string
}

// forgetNaming is how long what an info series said is kept after its last sample; what its signals run stays known.
const forgetNaming = 2 * 24 * time.Hour

func (w *Worker) sayings(ls telemetry.Labels) (out []saying) {
	for _, n := range w.cat.Namings(ls) {
		out = append(out, saying{n, ls.Get(telemetry.MetricName)})
	}
	return out
}

// hear takes a sample of an info series. Another version is believed when the one before has fallen silent.
func (w *Worker) hear(x saying, s telemetry.Sample) {
	if s.Value == 0 || time.UnixMilli(s.TimeMillis).Sub(w.now) > maxAhead {
		return
	}
	n := w.names[x.Key]
	switch {
	case n == nil && len(w.names) < w.cfg.MaxSignals:
		w.names[x.Key] = &naming{x.Release, x.metric, s.TimeMillis}
	case n == nil:
		w.stats.Refused++
	case n.Release == x.Release && n.Metric == x.metric:
		n.Heard = max(n.Heard, s.TimeMillis)
	case x.metric < n.Metric, s.TimeMillis-n.Heard > quietAtLeast.Milliseconds():
		*n = naming{x.Release, x.metric, s.TimeMillis}
	}
}

// forgetNames drops what was not said for long.
func (w *Worker) forgetNames() {
	for key, n := range w.names {
		if w.now.Sub(time.UnixMilli(n.Heard)) > forgetNaming {
			delete(w.names, key)
		}
	}
}

// running is the release behind a signal. A process may go on under the same name in another version: from then on what
// this one does is also seen by a detector of its own, since the signal's sees the process with all its starts.
type running struct {
	signal.Release
	Since int64    `json:"since"` // Unix ms, sample time
	Fresh *textual `json:"fresh,omitempty"`
}

// identify notes which release runs behind a leak's signal.
func (w *Worker) identify(s *tracked, moment int64) {
	if s.rule.Kind != signal.Leak {
		return
	}
	ls, err := telemetry.ParseSeries(s.series())
	if err != nil {
		return // only limits have been seen so far
	}
	r, ok := w.cat.Release(ls, func(key string) (signal.Release, bool) {
		if n := w.names[key]; n != nil {
			return n.Release, true
		}
		return signal.Release{}, false
	})
	switch {
	case !ok || r == s.Runs.Release:
	case s.Runs.Component == "":
		first, _ := s.model.known()
		s.Runs = running{Release: r, Since: first}
	default:
		s.Runs = running{Release: r, Since: moment, Fresh: &textual{}}
	}
}

func (r *running) observe(o observation) {
	if r.Fresh != nil {
		r.Fresh.observe(o)
	}
}

func (r *running) rewind(millis int64) {
	if r.Fresh != nil {
		r.Fresh.rewind(millis)
	}
}

// detector returns what is known of a leak's signal under the release that runs now.
func (s *tracked) detector() *leak.Detector {
	if s.Runs.Fresh != nil {
		return &s.Runs.Fresh.Detector
	}
	if m, ok := s.model.(*growing); ok {
		return &m.Detector
	}
	return &leak.Detector{}
}

// group returns the signal of what is told of the release that runs behind a leak's signal, "" if none is known.
func (s *tracked) group() string {
	if s.Runs.Component == "" {
		return ""
	}
	return releaseSignal(s.Rule, releaseEntity(s.Runs.Release))
}

// releaseType is the type of the entity that a release is.
const releaseType entity.Type = "release"

func releaseEntity(r signal.Release) entity.Entity {
	e := entity.Outermost(releaseType, "", r.Component, r.Version)
	e.Name = entity.Shown(r.Component + " " + r.Version)
	e.Labels = map[string]string{"component": entity.Shown(r.Component), "version": entity.Shown(r.Version)}
	return e
}

func releaseSignal(rule string, e entity.Entity) string { return rule + "/" + e.ID }

// textual is a detector that the JSON of earlier releases may hold.
type textual struct{ growing }

// UnmarshalText reads a model in base64, as releases before wrote it into their JSON. A model that cannot be taken over is learned anew: it is no reason to forget
// its signal.
func (m *textual) UnmarshalText(text []byte) error {
	data, err := base64.StdEncoding.AppendDecode(nil, text)
	if err == nil {
		err = m.UnmarshalBinary(data)
	}
	if err != nil {
		*m = textual{}
	}
	return nil
}
