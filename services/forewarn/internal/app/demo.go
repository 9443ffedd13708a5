package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/forewarn/forewarn/services/anomaly"
	"github.com/forewarn/forewarn/services/forewarn/internal/demo"
	"github.com/forewarn/forewarn/services/forewarn/internal/playback"
	"github.com/forewarn/forewarn/services/forewarn/internal/progress"
	"github.com/forewarn/forewarn/services/historian"
	"github.com/forewarn/forewarn/services/trend"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/version"
)

// DemoOptions is what the command line says.
type DemoOptions struct {
	// Days that pass, Seed of the story, and Speed, the days that may pass in a second, 0 for as many as can.
	Days  int
	Seed  uint64
	Speed float64
	// End is when the past of the story ends; zero is now.
	End time.Time
	// Change changes the configuration, and Played is called with the address of the pages when the past has been played; they are for
	// programs that make something of a demo, and nil otherwise.
	Change func(*Config)
	Played func(url string)
	// Options' DataDir may be empty: then it is a temporary one, which is removed at the end. There is no ConfigFile, and
	// the environment has no say but in the language: a demo sends nothing to anybody and touches nothing that is real.
	Options
}

// Demo shows a simulated system, and stays up until ctx ends; then it stops within ten seconds and returns nil.
func Demo(ctx context.Context, o DemoOptions) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	l, err := load("", nil, o.configure)
	if err != nil {
		return err
	}
	if err := l.Console.Validate(); err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	remove, err := o.directory()
	if err != nil {
		return err
	}
	defer remove()
	log, err := obs.NewLogger(l.Log, o.Stderr)
	if err != nil {
		return err
	}
	defer log.Sync() //nolint:errcheck // a terminal cannot be synced
	if o.End.IsZero() {
		o.End = time.Now()
	}
	story := demo.NewStory(demo.Plan{Seed: o.Seed, Days: o.Days, End: o.End, Calendar: l.calendar})
	d := &showing{DemoOptions: o, story: story, clock: playback.NewClock(story.Start)}
	err = compose(ctx, o.Options, l, log, mode{clock: d.clock.Now, banner: demo.Banner(), greet: d.greet, source: d.source})
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // it was told to end before it had started
	}
	return err
}

func (o *DemoOptions) check() error {
	var errs []error
	if o.Days < demo.MinDays || o.Days > demo.MaxDays {
		errs = append(errs, fmt.Errorf("--days: %d is out of range; set %d to %d", o.Days, demo.MinDays, demo.MaxDays))
	}
	if !(o.Speed >= 0) { // NaN included
		errs = append(errs, fmt.Errorf("--speed: %v is no number of days a second; set one such as 0.5, or 0 for no bound", o.Speed))
	}
	return errors.Join(errs...)
}

// configure sets what differs from the defaults. Nothing of it is worth a sync: it is thrown away. In one partition
// everything has one order, the same every time.
func (o *DemoOptions) configure(c *Config) {
	c.Bus.Partitions, c.Bus.SyncInterval = 1, time.Minute
	c.Log.Level = "error"
	c.Console.Listen = o.Listen
	if o.Change != nil {
		o.Change(c)
	}
}

// directory makes a temporary data directory if none is named, and returns what removes it again.
func (o *DemoOptions) directory() (remove func(), err error) {
	if o.DataDir == "" {
		if o.DataDir, err = os.MkdirTemp("", "forewarn-demo-"); err != nil {
			return nil, fmt.Errorf("temporary directory: %w; name another place by --data-dir", err)
		}
		dir := o.DataDir
		return func() { os.RemoveAll(dir) }, nil //nolint:errcheck // a leftover in the temporary directory
	}
	list, err := os.ReadDir(o.DataDir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("--data-dir: %w; name another directory", err)
	}
	if len(list) > 0 {
		return nil, fmt.Errorf("--data-dir: %s is not empty, and simulated data must not meet real ones; name a new directory", o.DataDir)
	}
	return func() {}, nil
}

// showing is a story on its way.
type showing struct {
	DemoOptions
	story *demo.Story
	clock *playback.Clock
}

func (d *showing) greet(_ context.Context, o Options, _ Config, url string) {
	lang := language(o.Environ)
	fmt.Fprintf(o.Stdout, "%s\n%s\n", version.Of("forewarn"), demo.Banner().In(lang)) //nolint:errcheck // nobody reads
	say(o.Stdout, lang, i18n.Text{En: "page", Zh: "页面"}, url)
	say(o.Stdout, lang, i18n.Text{En: "playing", Zh: "播放"}, i18n.Text{
		En: fmt.Sprintf("%d days up to now; what came of them is said here in a minute, and is worth a look on the page then", d.Days),
		Zh: fmt.Sprintf("截至当前的 %d 天；约一分钟后在此给出结果，届时请查看页面", d.Days),
	}.In(lang))
	say(o.Stdout, lang, i18n.Text{En: "data", Zh: "数据"}, o.DataDir)
	say(o.Stdout, lang, i18n.Text{En: "stop", Zh: "停止"}, "Ctrl-C")
}

func (d *showing) source(ctx context.Context, s *stack, _ Options, cfg Config, sh shared) {
	s.start(ctx, "demo", func(ctx context.Context) error {
		f, err := demo.NewFeed(demo.Settings{
			Story: d.story, Clock: d.clock, Bus: sh.bus, Catalogue: sh.catalogue, Speed: d.Speed,
			Workers: []string{trend.Service, historian.Service, anomaly.Service, anomaly.MetricsService, anomaly.RulesService},
			Stages:  []string{trend.ReleaseService, anomaly.QueriesService},
		})
		if err != nil {
			return err
		}
		return d.show(ctx, f, cfg.Notifier.ConsoleURL, sh.incidents)
	})
}

// show plays the past, tells what came of it, and goes on with the present.
func (d *showing) show(ctx context.Context, f *demo.Feed, url string, incidents *incident.Store) error {
	began := time.Now()
	stop := sync.OnceFunc(progress.Show(d.Stderr, f.Share, func() string { return f.Reached().Local().Format(time.DateOnly) }))
	defer stop()
	return f.Run(ctx, func(ctx context.Context) error {
		stop()
		a, err := f.Account(ctx, incidents)
		if err != nil {
			return err
		}
		r := demo.Reader{Language: language(d.Environ), Zone: time.Local, URL: url}
		if err := errors.Join(a.Write(d.Stdout, r, time.Since(began)), a.Links(d.Stdout, r)); err != nil || d.Played == nil {
			return err
		}
		d.Played(url)
		return nil
	})
}
