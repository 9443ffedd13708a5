package demo

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest/contest"
	"github.com/forewarn/forewarn/services/forewarn/internal/playback"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Settings is what a feed works with.
type Settings struct {
	Story *Story
	// Clock is that of the bus, which has one partition. It stands at the story's beginning.
	Clock     *playback.Clock
	Bus       *bus.Bus
	Catalogue *signal.Catalogue
	// Workers are the services that read metrics or logs, Stages those that read what these say to each other.
	Workers, Stages []string
	// Speed is how many days may pass in a second at most; 0 sets no bound.
	Speed float64
}

// Feed plays a story through a bus. What Forewarn and the usual rules come to is counted on the way.
type Feed struct {
	Settings
	publisher *bus.Publisher
	settler   playback.Settler
	encoder   telemetry.Encoder
	payload   []byte
	tally     *contest.Tally
	watched   []watched
	samples   int
	done      atomic.Int64 // Unix seconds
}

// watched is a signal as the catalogue reads it.
type watched struct {
	*resource
	signal.State
}

// NewFeed returns a feed at the story's beginning.
func NewFeed(s Settings) (*Feed, error) {
	p, err := s.Bus.NewPublisher("demo")
	if err != nil {
		return nil, err
	}
	f := &Feed{Settings: s, publisher: p, settler: playback.Settler{Bus: s.Bus, Workers: s.Workers, Stages: s.Stages}}
	known := map[string]signal.State{}
	for _, r := range s.Story.resources {
		for _, b := range s.Catalogue.Bind(r.series[0].Labels) {
			state := signal.State{Key: b.Key, Rule: b.Rule.ID, Kind: b.Rule.Kind, Entity: b.Entity, Series: r.series[0].Labels.String()}
			known[b.Key] = state
			f.watched = append(f.watched, watched{r, state})
		}
	}
	f.tally = contest.NewTally(func(key string) (signal.State, bool) {
		state, ok := known[key]
		return state, ok
	})
	return f, nil
}

// Share returns how much of the past is played, 0 to 1. It is safe for concurrent use, as is Reached.
func (f *Feed) Share() float64 {
	return float64(f.done.Load()) / f.Story.End.Sub(f.Story.Start).Seconds()
}

// Reached returns the time that the story has come to.
func (f *Feed) Reached() time.Time {
	return f.Story.Start.Add(time.Duration(f.done.Load()) * time.Second)
}

// tickEvery is the time between two ticks of a simulated bus. After each of them the feed waits until everybody is done, so
// that what they say to each other comes at the same place every time.
const tickEvery = time.Hour

// Run plays the past, calls told when everything is processed that it gave cause for, and goes on with the present until ctx
// ends; then it returns nil, or ctx's error if that came before.
func (f *Feed) Run(ctx context.Context, told func(context.Context) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return f.publisher.Run(ctx) })
	g.Go(func() error {
		if err := f.play(ctx); err != nil {
			return err
		}
		if err := told(ctx); err != nil {
			return err
		}
		return f.live(ctx)
	})
	return g.Wait()
}

// play plays the past.
func (f *Feed) play(ctx context.Context) error {
	if err := f.settler.Settle(ctx); err != nil {
		return err
	}
	began := time.Now()
	for t := f.Story.Start; !t.After(f.Story.End); t = t.Add(Interval) {
		if err := f.step(ctx, t); err != nil {
			return err
		}
		f.observe(t)
		if t.Truncate(tickEvery).Equal(t) || t.Equal(f.Story.End) {
			if err := f.join(ctx, t.Sub(f.Story.Start), began); err != nil {
				return err
			}
		}
	}
	return nil
}

// join ticks and lets everybody catch up, when so much has passed since the story began to be played.
func (f *Feed) join(ctx context.Context, passed time.Duration, began time.Time) error {
	f.Bus.Tick(ctx)
	if err := f.settler.Settle(ctx); err != nil {
		return err
	}
	f.done.Store(int64(passed / time.Second))
	return f.pace(ctx, began, passed)
}

// step publishes the samples of a moment, and what was written until then, at that moment.
func (f *Feed) step(ctx context.Context, t time.Time) error {
	f.Clock.Set(t)
	b := f.Story.Step(t)
	f.samples += b.Samples()
	f.payload = f.encoder.AppendBatch(f.payload[:0], b)
	if err := f.publisher.Publish(ctx, bus.Metrics, 0, "demo", f.payload); err != nil {
		return fmt.Errorf("play %s: %w", t.Format(time.RFC3339), err)
	}
	for _, l := range f.Story.Written(t) {
		if err := f.publisher.Publish(ctx, bus.Logs, 0, "demo", telemetry.AppendLogs(nil, &l)); err != nil {
			return fmt.Errorf("play the logs of %s: %w", t.Format(time.RFC3339), err)
		}
	}
	return nil
}

// observe plays the usual rules.
func (f *Feed) observe(t time.Time) {
	for i := range f.watched {
		w := &f.watched[i]
		f.tally.Observe(w.Key, t.UnixMilli(), w.used, w.bound)
	}
}

// pace waits if the story is ahead of its speed.
func (f *Feed) pace(ctx context.Context, began time.Time, passed time.Duration) error {
	if f.Speed <= 0 {
		return ctx.Err()
	}
	due := time.Duration(passed.Hours() / 24 / f.Speed * float64(time.Second))
	return playback.Wait(ctx, due-time.Since(began))
}

// live goes on with the present, a sample each Interval and a tick each ten seconds, until ctx ends; then it returns nil.
// What has passed meanwhile is made up for.
func (f *Feed) live(ctx context.Context) error {
	for next := f.Story.End.Add(Interval); ; {
		for ; !next.After(time.Now()); next = next.Add(Interval) {
			if err := f.step(ctx, next); ctx.Err() != nil {
				return nil //nolint:nilerr // it ended because it was to
			} else if err != nil {
				return err
			}
		}
		f.Clock.Release()
		f.Bus.Tick(ctx)
		if err := playback.Wait(ctx, 10*time.Second); err != nil {
			return nil //nolint:nilerr // it ended because it was to
		}
	}
}
