// Package picture draws what a message shows beside its text: what the incident's signal used, what was forecast, and the limit; or,
// of a signal that has a habit in place of a limit, its values and between what they are usual.
//
// A picture is an addition, never a condition: there is none where no history answers in time, and messages go without.
package picture

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/forewarn/forewarn/shared/chart"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
	"github.com/forewarn/forewarn/shared/view"
)

const (
	// patience bounds the reading of a history, and rest is how long one is left alone that did not answer by then.
	patience = 2 * time.Second
	rest     = 30 * time.Second
	// width and height are those of a chat on a telephone, in CSS pixels; the PNG has two pixels for each.
	width, height = 480, 280
)

// History tells what signals used before.
type History interface {
	// Course returns the use of the signal with that key between two times, and its limit, as a few hundred samples; a use
	// of NaN is a gap. The series is the one that people are shown, in Prometheus notation.
	Course(ctx context.Context, key, series string, from, to time.Time) (used, limit []telemetry.Sample, err error)
}

// Habits tells between what signals are usual.
type Habits interface {
	// Band returns that of the signal with a key, of an entity with a root, between two times; nil if it has no habit or nobody knows.
	Band(ctx context.Context, key, root string, from, to time.Time) (*signal.Band, error)
}

// Painter draws pictures. It is safe for concurrent use.
type Painter struct {
	charts  *chart.Renderer
	history History
	habits  Habits
	until   atomic.Int64 // the unix milliseconds until when nothing is asked
}

// New returns a painter that reads a history and habits. It reads the fonts of the charts.
func New(h History, b Habits) (*Painter, error) {
	c, err := chart.New()
	if err != nil {
		return nil, fmt.Errorf("read the fonts of charts: %w", err)
	}
	return &Painter{charts: c, history: h, habits: b}, nil
}

// ErrNone is returned where there is nothing to show: the history has nothing of the time before the incident.
var ErrNone = errors.New("the history has nothing to show")

// errResting is returned while a history that did not answer in time is left alone.
var errResting = errors.New("the history did not answer in time of late")

// Paint returns the chart of an incident, as it was when it changed last, as a PNG of at most limit bytes, in a language and a time
// zone. It takes two seconds at most, and returns an error, without a picture, in any other case.
func (p *Painter) Paint(ctx context.Context, in *incident.Incident, lang i18n.Language, zone *time.Location, limit int) ([]byte, error) {
	if zone == nil {
		zone = time.Local
	}
	v := view.Reader{Language: lang, Zone: zone, Now: in.UpdatedAt}.OfIncident(in)
	c, err := p.read(ctx, v)
	if err != nil {
		return nil, err
	}
	png, err := p.charts.PNG(v.Picture(chart.Frame{Width: width, Height: height}, c))
	switch {
	case err != nil:
		return nil, err
	case len(png) > limit:
		return nil, fmt.Errorf("the picture has %d bytes, more than the %d that the channel takes", len(png), limit)
	}
	return png, nil
}

// read asks for what a view shows. A band that cannot be read is left out: the course says enough.
func (p *Painter) read(ctx context.Context, v view.View) (c view.Course, err error) {
	if time.Now().UnixMilli() < p.until.Load() {
		return c, errResting
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c.Used, c.Limit, err = p.history.Course(ctx, v.Key, v.Series, v.From, v.Until)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		p.until.Store(time.Now().Add(rest).UnixMilli())
	}
	if err == nil && len(c.Used) == 0 {
		err = ErrNone
	}
	if err == nil && v.Habit {
		c.Expected, _ = p.habits.Band(ctx, v.Key, v.Root, v.From, v.Until.Add(v.Ahead)) //nolint:errcheck // see above
	}
	return c, err
}
