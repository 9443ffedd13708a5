package backtest

import (
	"context"
	"fmt"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/forewarn/forewarn/shared/signal"
)

// splitter cuts the rows into windows and deals the series out to the lanes, an entity's series to one lane.
type splitter struct {
	rows      *merger
	catalogue *signal.Catalogue
	forecasts time.Duration // 0: none
	asked     time.Time     // the time that is to be explained; zero: none
	free      chan *stretch
	lanes     []chan *stretch
	out       chan *stretch

	number  int
	filling *stretch
	current *window // of filling
	samples int
	first   time.Time
}

// run reads to the end, then closes the channels of all that follow.
func (s *splitter) run(ctx context.Context) error {
	defer func() {
		for _, l := range s.lanes {
			close(l)
		}
		close(s.out)
	}()
	for {
		r, ok, err := s.rows.next(ctx)
		if err != nil {
			return err
		}
		if !ok {
			return s.finish(ctx)
		}
		if r.lane < 0 {
			root := s.catalogue.Root(r.series.Labels, "")
			r.lane = int(xxhash.Sum64String(root) % uint64(len(s.lanes)))
		}
		if err := s.reach(ctx, time.UnixMilli(r.TimeMillis)); err != nil {
			return err
		}
		s.samples++
		s.current.add(r.source, r.Sample)
	}
}

// reach makes the window current in which t lies. A row that is late stays in the current one.
func (s *splitter) reach(ctx context.Context, t time.Time) error {
	if s.current == nil {
		if s.first = t; !s.asked.IsZero() && s.asked.Before(t) {
			return fmt.Errorf("--at: %s is before the first sample, of %s", s.asked.UTC().Format(time.RFC3339), t.UTC().Format(time.RFC3339))
		}
		return s.open(ctx, t.Truncate(windowLength).Add(windowLength))
	}
	for !t.Before(s.current.end) {
		next := s.current.end.Add(windowLength)
		if t.Sub(next) > longestGap {
			next = t.Truncate(windowLength).Add(windowLength)
		}
		if next.After(s.asked) {
			s.ask()
		}
		if err := s.open(ctx, next); err != nil {
			return err
		}
	}
	return nil
}

// ask makes the current window the one at whose end the lanes explain, once.
func (s *splitter) ask() {
	s.current.explain = !s.asked.IsZero()
	s.asked = time.Time{}
}

// open makes another window the current one.
func (s *splitter) open(ctx context.Context, end time.Time) error {
	if s.filling != nil && s.filling.full() {
		if err := s.send(ctx); err != nil {
			return err
		}
	}
	if s.filling == nil {
		if ctx.Err() != nil { // select would choose by lot
			return ctx.Err()
		}
		select {
		case s.filling = <-s.free:
		case <-ctx.Done():
			return ctx.Err()
		}
		s.filling.begin(len(s.lanes))
	}
	s.current = s.filling.extend()
	s.current.reset(s.number, end, s.forecasts > 0 && end.UnixNano()%int64(s.forecasts) == 0)
	s.number++
	return nil
}

// send gives the windows filled so far to every lane and to the printer, which waits for the lanes.
func (s *splitter) send(ctx context.Context) error {
	for _, to := range append(s.lanes, s.out) {
		select {
		case to <- s.filling:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s.filling = nil
	return nil
}

func (s *splitter) finish(ctx context.Context) error {
	if s.current == nil {
		return nil
	}
	s.ask()
	return s.send(ctx)
}
