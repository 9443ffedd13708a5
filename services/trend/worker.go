package trend

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/models/calibration"
	"github.com/forewarn/forewarn/models/exhaustion"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/memo"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
	"github.com/forewarn/forewarn/shared/topology"
)

// Worker is the pure heart of the service for one partition: samples in, findings out. It has no bus and no
// clock: what the models see is the samples' own time, and "now" is what the caller says, which is the
// time at which the bus stored the message. The same calls in the same order give the same findings and
// the same state. Not safe for concurrent use.
type Worker struct {
	cfg Config
	cat *signal.Catalogue
	cal *calendar.Calendar
	// days are the kinds of the days around now.
	days exhaustion.Days

	signals map[string]*tracked
	// bindings are what series are good for, by fingerprint. They are no state: labels rebuild them.
	bindings *memo.Cache[binding]
	// names are what info series say runs behind others, by [signal.Naming]'s key.
	names map[string]*naming
	// relations are what info series say of what rests on what.
	relations relations
	// digested is the day, from 1970 on, before whose end all growth was told; grown tells that the newest tick ended one.
	digested int64
	grown    bool
	order    []*tracked // the signals by their keys; nil when out of date
	// now is what the caller said last, awake since when it has said so without a long pause: while the
	// worker itself was away, nobody was silent.
	now, awake time.Time
	// prior is what the release was shipped with, table what probabilities and dates are corrected by.
	prior *calibration.Prior
	table *calibration.Table
	// tally counts what became of predictions, settled is the hour in which they were looked through last, and summary
	// tells that the newest tick did.
	tally   tally
	settled time.Time
	summary bool
	// orphans are the last words about episodes whose signals a snapshot held and this release does not know.
	orphans []finding.Finding

	updates []update
	touched []*feed
	round   uint64 // of apply, so that a feed is evaluated once in each
	stats   Stats
	watch   func(key string, millis int64, used, limit float64) // nil: nobody
}

// Stats counts what a worker has done since it was made.
type Stats struct {
	Samples, NotFinite, Late, Ahead, Rewound, Refused, NoUse, Forecasts, Forgotten uint64
	// Settled counts the predictions of which is known what became, NotNoted those that were not remembered for want of
	// room, and NotCounted those that the ledger had no room for.
	Settled, NotNoted, NotCounted uint64
}

// binding is what a series is good for.
type binding struct {
	inputs []input
	says   []saying
	edges  []topology.Edge
}

// input is one use of a series, which is told from others by its fingerprint: a place in a feed.
type input struct {
	signal *tracked
	feed   *feed
	index  int
	series uint64
}

// update is a sample on its way to the feeds.
type update struct {
	telemetry.Sample
	input
}

// NewWorker returns a worker that knows no signal yet. Without a calendar all days are alike. It corrects what its models
// say by the prior of this release, until it is given another table.
func NewWorker(cfg Config, cat *signal.Catalogue, cal *calendar.Calendar) *Worker {
	prior := calibration.Shipped()
	return &Worker{
		cfg: cfg, cat: cat, cal: cal, signals: map[string]*tracked{}, bindings: memo.New[binding](cfg.maxSeries()), names: map[string]*naming{}, relations: newRelations(),
		prior: prior, table: prior.Table, tally: newTally(),
	}
}

// Stats returns the counters.
func (w *Worker) Stats() Stats { return w.stats }

// Len returns the number of signals and of open episodes.
func (w *Worker) Len() (signals, episodes int) {
	for _, s := range w.signals {
		if s.Episode.ID != "" {
			episodes++
		}
	}
	return len(w.signals), episodes
}

// Observe takes a batch in which samples of a series are in time order, and returns what it gives cause to say.
// NaN and infinite samples are ignored and counted. The batch is not kept. Findings lack their ID.
func (w *Worker) Observe(now time.Time, b *telemetry.Batch) []finding.Finding {
	w.advance(now)
	w.updates = w.updates[:0]
	for i := range b.Series {
		ts := &b.Series[i]
		b := w.bind(ts.Series)
		for _, s := range ts.Samples {
			w.stats.Samples++
			if math.IsNaN(s.Value) || math.IsInf(s.Value, 0) {
				w.stats.NotFinite++
				continue
			}
			for _, in := range b.inputs {
				w.updates = append(w.updates, update{s, in})
			}
			for _, x := range b.says {
				w.hear(x, s)
			}
			for _, e := range b.edges {
				w.relations.hear(e, s, now)
			}
		}
	}
	slices.SortStableFunc(w.updates, func(a, b update) int { return cmp.Compare(a.TimeMillis, b.TimeMillis) })
	return append(w.farewell(), w.apply()...)
}

// farewell returns the last words about what a restored snapshot held and this release does not know.
func (w *Worker) farewell() []finding.Finding {
	out := w.orphans
	w.orphans = nil
	for i := range out {
		out[i].Time = w.now.UTC()
	}
	return out
}

// advance notes what time it is.
func (w *Worker) advance(now time.Time) {
	if now.Sub(w.now) > w.cfg.SilentAfter {
		w.awake = now
	}
	w.now = now
	w.turn()
}

// silence returns for how long a signal has sent nothing while the worker listened.
func (w *Worker) silence(s *tracked) time.Duration {
	return time.Duration(w.now.UnixMilli()-max(s.Heard, w.awake.UnixMilli())) * time.Millisecond
}

// silentFor reports whether a signal has sent nothing for so long, and for longer than is usual of it.
func (w *Worker) silentFor(s *tracked, long time.Duration) bool {
	return w.silence(s) > max(long, s.patience())
}

// apply brings the updates to their feeds, moment by moment, since a use may need several series of the
// same moment.
func (w *Worker) apply() (out []finding.Finding) {
	for i := 0; i < len(w.updates); {
		moment := w.updates[i].TimeMillis
		w.round++
		w.touched = w.touched[:0]
		for ; i < len(w.updates) && w.updates[i].TimeMillis == moment; i++ {
			u := &w.updates[i]
			if u.feed.round != w.round {
				u.feed.round = w.round
				w.touched = append(w.touched, u.feed)
			}
			u.feed.Hear(u.index, u.series, u.Sample)
		}
		for _, f := range w.touched {
			out = append(out, w.evaluate(f, moment)...)
		}
	}
	return out
}

// evaluate turns a feed's inputs into one observation of its signal, and judges that.
func (w *Worker) evaluate(f *feed, moment int64) []finding.Finding {
	s := f.owner
	switch age := time.Duration(w.now.UnixMilli()-moment) * time.Millisecond; {
	case age < -maxAhead:
		w.stats.Ahead++
		return nil
	case age > forgetModel:
		w.stats.Late++
		return nil
	}
	use, limit, ok := f.Evaluate(moment)
	if !ok {
		w.stats.NoUse++
		return nil
	}
	if !s.listensTo(f, moment) {
		return nil
	}
	if s.clockWentBack(moment) {
		w.stats.Rewound++
		s.rewind(moment)
	}
	if s.certain() {
		use = daysLeft(use, moment)
	}
	o := observation{moment, use, limit, f.started(s.startInput, moment), f.aside(s.requestsInput, moment)}
	if !s.model.observe(o) {
		w.stats.Late++
		return nil
	}
	s.Runs.observe(o)
	s.Heard = w.now.UnixMilli()
	if _, last := s.model.known(); moment < last {
		return nil // it fills a gap of the past; nothing new is known about the present
	}
	s.Episode.note(s.foretold.witness(o), limit > s.Limit, moment)
	s.Used, s.Limit = use, limit
	if w.watch != nil {
		w.watch(s.Key, moment, use, limit)
	}
	if !s.due(moment) {
		return nil
	}
	return w.judge(s, moment)
}

// judge makes a forecast, moves the episode on by it, and remembers it.
func (w *Worker) judge(s *tracked, moment int64) []finding.Finding {
	w.stats.Forecasts++
	before := s.Episode
	w.identify(s, moment)
	s.forecast(w.days, w.table)
	out := s.judge(&w.cfg, moment)
	w.count(s, &before, out)
	w.note(s, moment, before.ID == "" && s.Episode.ID != "")
	return out
}

// maxAhead is how far a sample's time may be ahead of the bus's. Collectors refuse such samples already.
const maxAhead = 10 * time.Minute

// Tick says what time it is, so that silence is noticed.
func (w *Worker) Tick(now time.Time) []finding.Finding {
	w.advance(now)
	w.settle()
	w.endDay()
	out := w.farewell()
	for _, s := range w.sorted() {
		if s.Episode.ID != "" && w.silentFor(s, w.cfg.ForgetAfter) {
			before := s.Episode
			out = append(out, s.lost(now))
			w.count(s, &before, out[len(out)-1:])
		}
		if w.silence(s) > forgetModel {
			w.drop(s)
		}
	}
	w.makeRoom()
	return out
}

// forgetModel is how long a signal is remembered that sends nothing: as far as its model reaches back.
const forgetModel = 42 * 24 * time.Hour

// makeRoom forgets silent signals when further ones are about to be refused, the least known first: what comes under
// ever new names must not keep out what is there to stay.
func (w *Worker) makeRoom() {
	if len(w.signals) <= w.cfg.MaxSignals/10*9 {
		return
	}
	var silent []*tracked
	for _, s := range w.sorted() {
		if s.Episode.ID == "" && w.silentFor(s, w.cfg.SilentAfter) {
			silent = append(silent, s)
		}
	}
	slices.SortStableFunc(silent, func(a, b *tracked) int { return cmp.Compare(a.seen(), b.seen()) })
	for _, s := range silent[:min(len(silent), len(w.signals)-w.cfg.MaxSignals/10*8)] {
		w.drop(s)
	}
}

func (w *Worker) drop(s *tracked) {
	for _, f := range s.Feeds {
		f.gone = true // series that lead to it are bound anew
	}
	delete(w.signals, s.Key)
	w.order = nil
}

// Wants reports whether a series with these labels may be good for anything here. Of others samples need not be brought.
func (w *Worker) Wants(ls telemetry.Labels) bool {
	return w.cat.Selects(ls, judged) || len(w.cat.Namings(ls)) > 0 || len(w.cat.Relations(ls)) > 0
}

// Knows reports whether it is known what a series is good for.
func (w *Worker) Knows(fingerprint uint64) bool {
	_, ok := w.known(fingerprint)
	return ok
}

// known returns what a series is good for, not ok if its labels must tell.
func (w *Worker) known(fingerprint uint64) (b binding, ok bool) {
	b, ok = w.bindings.Get(fingerprint)
	return b, ok && !slices.ContainsFunc(b.inputs, func(in input) bool { return in.feed.gone })
}

// bind returns what a series is good for. One that was known, and so came without labels, may have had to make room within the batch at
// hand: what it leads to is listened to no more, and its labels come with the next batch.
func (w *Worker) bind(series *telemetry.Series) binding {
	if b, ok := w.known(series.Fingerprint); ok || len(series.Labels) == 0 {
		return b
	}
	bound := binding{says: w.sayings(series.Labels), edges: w.cat.Relations(series.Labels)}
	refused := false
	for _, b := range w.cat.Bind(series.Labels) {
		if !judged(b.Rule) {
			continue
		}
		s, ok := w.signals[b.Key]
		if !ok {
			if len(w.signals) >= w.cfg.MaxSignals {
				refused = true
				continue
			}
			s = newTracked(b, w.ahead())
			w.signals[b.Key] = s
			w.order = nil
		}
		f := s.feed(b)
		if f == nil {
			refused = true
			continue
		}
		if name := series.Labels.String(); b.Input == 0 && (f.Series == "" || name < f.Series) {
			f.Series = name // the least, so that it does not depend on who came first
		}
		bound.inputs = append(bound.inputs, input{s, f, b.Input, series.Fingerprint})
	}
	if refused {
		w.stats.Refused++
		return bound // not kept: it is counted every time, and let in as soon as there is room
	}
	w.bindings.Put(series.Fingerprint, bound)
	return bound
}

// judged tells whether this service judges what a rule reads.
func judged(r *signal.Rule) bool {
	switch r.Kind {
	case signal.Saturation, signal.Leak:
		return r.Direction != signal.Down
	}
	return r.Kind == signal.Expiry
}

// sorted returns the signals in the order of their keys.
func (w *Worker) sorted() []*tracked {
	if w.order == nil {
		w.order = slices.SortedFunc(maps.Values(w.signals), func(a, b *tracked) int { return cmp.Compare(a.Key, b.Key) })
	}
	return w.order
}
