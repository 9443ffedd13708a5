package backtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/services/anomaly"
	"github.com/forewarn/forewarn/services/forewarn/internal/backtest/contest"
	"github.com/forewarn/forewarn/services/forewarn/internal/progress"
	"github.com/forewarn/forewarn/services/trend"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/signal"
)

// The forms of output.
const (
	JSONL = "jsonl" // an object a line, for programs
	Text  = "text"  // for people
	HTML  = "html"  // one page with charts, for people who decide
)

// Options say what is tested and how it is told.
type Options struct {
	// Inputs are files, packed by gzip or not: CSV with the header series,timestamp,value in the order of time, or
	// Prometheus' text format with timestamps in any order.
	Inputs []string
	// Remote is read instead of files; nil for none.
	Remote    *Remote
	Catalogue *signal.Catalogue
	Calendar  *calendar.Calendar
	Trend     trend.Config
	// Rules are evaluated as Anomaly says; nil for none.
	Rules   *anomaly.Rules
	Anomaly anomaly.Config
	// Workers is how many run at once; 0 takes what the machine has. It does not change the output.
	Workers int
	Output  string
	// Forecasts is how often every signal's forecast is printed, a multiple of two minutes; 0: never.
	Forecasts time.Duration
	// Scores prints how unusual each sample of every series is, and what that gives cause to say.
	Scores bool
	// Explain asks for one series at one time instead of all that is said; nil for no.
	Explain  *Explain
	Language i18n.Language
	Zone     *time.Location // of the times in Text; nil is UTC
}

// Run back-tests and writes to out; progress and what could not be read go to terminal. It ends early when ctx ends,
// with its error, or when out cannot be written.
func Run(ctx context.Context, o Options, out, terminal io.Writer) error {
	if err := o.check(); err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(out, 1<<16)
	f, err := newFormat(o, buffered)
	if err != nil {
		return err
	}
	b := newBook(o.Catalogue, o.Rules, o.Scores)
	in := &reading{book: b, meter: &meter{}, bad: &complaints{}}
	if in.rows, err = o.open(in); err != nil {
		return err
	}
	defer in.rows.close() //nolint:errcheck // only read
	sum, err := o.run(ctx, in, f, terminal)
	in.bad.tell(terminal)
	if err != nil {
		return errors.Join(in.interrupted(ctx, err, sum, o.Zone), buffered.Flush())
	}
	return errors.Join(f.sum(sum), buffered.Flush())
}

func (o *Options) open(in *reading) (*merger, error) {
	if o.Remote == nil {
		return openFiles(o.Inputs, in.book, in.meter, in.bad)
	}
	m := &merger{}
	m.add(newServer(*o.Remote, in.book, in.meter, in.bad))
	return m, nil
}

// reading is what is read and how far that is.
type reading struct {
	rows  *merger
	book  *book
	meter *meter
	bad   *complaints
}

// interrupted says of an error that stems from the end of ctx how far the back-test came.
func (r *reading) interrupted(ctx context.Context, err error, sum *Summary, zone *time.Location) error {
	if ctx.Err() == nil {
		return err
	}
	if sum.End.IsZero() {
		return fmt.Errorf("interrupted before the first sample was judged, after %.0f %% of the input: %w", 100*r.meter.share(), err)
	}
	return fmt.Errorf("interrupted at the samples of %s, after %.0f %% of the input; what was said until then is printed, without a summary: %w",
		sum.End.In(zone).Format(minuteLayout), 100*r.meter.share(), err)
}

func (o *Options) check() error {
	if o.Remote != nil {
		if len(o.Inputs) > 0 {
			return errors.New("--input and --prometheus: both are named; back-test one after the other")
		}
		if err := o.Remote.check(); err != nil {
			return err
		}
	} else if len(o.Inputs) == 0 {
		return errors.New("--input: no file is named; name a CSV with the columns series,timestamp,value or a dump in Prometheus' text format, or a server by --prometheus")
	}
	if o.Forecasts < 0 || o.Forecasts%windowLength != 0 {
		return fmt.Errorf("--forecasts: %s is no multiple of %s; take one such as 6h", o.Forecasts, windowLength)
	}
	if o.Scores && (o.Output != JSONL || o.Explain != nil) {
		return errors.New("--scores: a line a sample has room in jsonl only; choose --output jsonl, and no --explain")
	}
	if o.Rules != nil && o.Output == HTML {
		return errors.New("--rules: a page has no room for what they say; choose --output text or jsonl")
	}
	if o.Explain != nil && o.Output == HTML {
		return errors.New("--explain: a page has no room for it; choose --output text or jsonl")
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	return nil
}

// run joins reader, workers and printer, and waits for all of them.
func (o *Options) run(ctx context.Context, in *reading, f format, terminal io.Writer) (*Summary, error) {
	sum := &Summary{Opened: map[finding.Severity]int{}}
	s := &splitter{rows: in.rows, catalogue: o.Catalogue, forecasts: o.Forecasts, free: make(chan *stretch, inFlight), out: make(chan *stretch, inFlight)}
	p := &printer{in: s.out, free: s.free, format: f, sum: sum, question: o.Explain, releases: newFleets(o), ruling: newRuling(o)}
	if o.Explain != nil {
		s.asked = o.Explain.At
	}
	for range inFlight {
		s.free <- newStretch(o.Workers)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var g errgroup.Group
	lanes := make([]*lane, o.Workers)
	for i := range lanes {
		lanes[i] = newLane(i, o)
		s.lanes = append(s.lanes, lanes[i].in)
		g.Go(func() error { lanes[i].run(); return nil })
	}
	g.Go(func() error { return s.run(ctx) })
	g.Go(func() error { return cancelled(p.run(), cancel) }) //nolint:contextcheck // evaluations have time-outs of their own
	stop := progress.Show(terminal, in.meter.share, nil)
	err := g.Wait()
	stop()
	sum.add(s, in, lanes)
	if r := p.releases.recorder; r != nil {
		sum.recorders = append(sum.recorders, r)
	}
	if err == nil {
		err = p.became()
	}
	return sum, err
}

// cancelled ends everything when the printer cannot go on.
func cancelled(err error, cancel func()) error {
	if err != nil {
		cancel()
	}
	return err
}

func (s *Summary) add(from *splitter, in *reading, lanes []*lane) {
	s.Samples, s.Series, s.BadLines, s.Start = from.samples+in.book.unread+in.bad.ahead, in.book.series, in.bad.count, from.first.UTC()
	s.Ignored = uint64(in.bad.ahead) //nolint:gosec // a count
	var tallies []*contest.Tally
	for i := range lanes {
		tallies = append(tallies, lanes[i].tally)
		if r := lanes[i].recorder; r != nil {
			s.recorders = append(s.recorders, r)
		}
		signals, _ := lanes[i].worker.Len()
		st := lanes[i].worker.Stats()
		s.Signals += signals
		s.Ignored += st.NotFinite + st.Late + st.Ahead + st.Refused
	}
	s.Rules = Rules(contest.Standings(tallies))
	s.Compared = s.Rules.Subjects
}
