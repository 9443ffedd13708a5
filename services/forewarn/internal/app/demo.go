package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/demo"
	"github.com/forewarn/forewarn/services/forewarn/internal/progress"
	"github.com/forewarn/forewarn/services/historian"
	"github.com/forewarn/forewarn/services/trend"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/obs"
)

// DemoOptions is what the command line says.
type DemoOptions struct {
	// Days that pass, Seed of the story, and Speed, the days that may pass in a second, 0 for as many as can.
	Days  int
	Seed  uint64
	Speed float64
	// End is when the past of the story ends; zero is now.
	End time.Time
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
	err = compose(ctx, o.Options, l, log, &showing{DemoOptions: o, story: story, time: demo.NewClock(story.Start)})
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

// showing is the mode of Demo.
type showing struct {
	DemoOptions
	story *demo.Story
	time  *demo.Clock
}

var (
	_ mode = live{}
	_ mode = (*showing)(nil)
)

func (d *showing) clock() func() time.Time { return d.time.Now }

func (d *showing) banner() i18n.Text { return demo.Banner() }

func (d *showing) greet(_ context.Context, o Options, _ Config, url string) {
	lang := language(o.Environ)
	fmt.Fprintf(o.Stdout, "%s\n%s\n", Version(), demo.Banner().In(lang)) //nolint:errcheck // nobody reads
	line := func(label i18n.Text, text string) { say(o.Stdout, lang, label, text) }
	line(i18n.Text{En: "page", Zh: "页面"}, url)
	line(i18n.Text{En: "data", Zh: "数据"}, o.DataDir)
	line(i18n.Text{En: "stop", Zh: "停止"}, "Ctrl-C")
}

func (d *showing) source(ctx context.Context, s *stack, _ Options, cfg Config, sh shared) {
	s.start(ctx, "demo", func(ctx context.Context) error {
		f, err := demo.NewFeed(demo.Settings{
			Story: d.story, Clock: d.time, Bus: sh.bus, Catalogue: sh.catalogue, Speed: d.Speed,
			Readers: []string{trend.Service, historian.Service},
		})
		if err != nil {
			return err
		}
		return f.Run(ctx, func(ctx context.Context) error { return d.show(ctx, f, cfg.Notifier.ConsoleURL, sh) })
	})
}

// show plays the past, tells what came of it, and goes on with the present.
func (d *showing) show(ctx context.Context, f *demo.Feed, url string, sh shared) error {
	began := time.Now()
	stop := progress.Show(d.Stderr, f.Share, func() string { return f.Reached().Local().Format(time.DateOnly) })
	err := f.Play(ctx)
	stop()
	if err != nil {
		return err
	}
	a, err := f.Account(ctx, sh.incidents)
	if err != nil {
		return err
	}
	r := demo.Reader{Language: language(d.Environ), Zone: time.Local, URL: url}
	if err := errors.Join(a.Write(d.Stdout, r, time.Since(began)), a.Links(d.Stdout, r)); err != nil {
		return err
	}
	return f.Live(ctx)
}
