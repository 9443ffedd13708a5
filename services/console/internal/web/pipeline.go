package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/inventory"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
)

// glimpse is how many rows of its lists the page of the pipeline shows.
const glimpse = 8

// pipelinePage is the content of the page /pipeline.
type pipelinePage struct {
	pipeline.Health
	Problems []problem
	// Partitions are those of the streams, with how far each reader is.
	Partitions []partition
	// Readers name the columns of Partitions.
	Readers []string
	// Other are the streams that belong to no partition.
	Other  []bus.StreamStatus
	Losses []pipeline.Loss
	// Signals counts them by stage; Rules by rule.
	Signals signalList
	Rules   []ruleState
	// Targets and Unread are glimpses of longer lists, Letters of the newest dead letters.
	Targets                 *targetList
	Unread                  *unreadList
	Letters                 []bus.Letter
	LettersFailed, SigsFail bool
	// MaxLag is the greatest lag of a reader, in messages.
	MaxLag uint64
}

// partition is one part of the stream of metrics or logs.
type partition struct {
	Name string
	bus.StreamStatus
	// Lags are those of the readers, in their order; nil where one does not read it.
	Lags []*bus.ReaderStatus
}

// ruleState counts the signals of a rule by how far they are known.
type ruleState struct {
	Rule                    string
	Learning, Ready, Silent int
	// Warmup is the mean share of the history that is there of those that are learned, 0 to 1.
	Warmup float64
}

// Total counts them all.
func (r ruleState) Total() int { return r.Learning + r.Ready + r.Silent }

// pipeline serves the page that says how the pipeline is.
func (w *Web) pipeline(rw http.ResponseWriter, r *http.Request) {
	p, ctx := w.newPage(rw, r), r.Context()
	var c pipelinePage
	p.live(r)
	var wg sync.WaitGroup
	wg.Go(func() { c.Health = w.settings.Source.Health(ctx) })
	wg.Go(func() { c.Losses = w.settings.Source.Losses() })
	wg.Go(func() { c.Targets = w.readTargets(ctx, newTargetList(nil), glimpse) })
	wg.Go(func() { c.Unread = w.readUnread(ctx, newUnreadList(nil), glimpse) })
	wg.Go(func() { c.Letters, c.LettersFailed = w.letters(ctx, glimpse) })
	s, err := w.settings.Source.Signals(ctx)
	wg.Wait()
	if c.SigsFail = err != nil; err == nil {
		c.Signals = newSignalList(nil, nil)
		c.Signals.fill(s)
		c.Rules = rulesOf(s.Signals)
	}
	c.Problems = problems(p.speaker, c.Health)
	c.arrange()
	p.Title, p.Content = p.Say("Pipeline", "链路"), &c
	w.render(rw, http.StatusOK, "pipeline", p)
}

// arrange puts streams and readers into a table, a row for each partition of a stream.
func (c *pipelinePage) arrange() {
	column := func(r *bus.ReaderStatus) int { return slices.Index(c.Readers, r.Service) }
	byStream := map[string][]*bus.ReaderStatus{}
	for i := range c.Bus.Readers {
		r := &c.Bus.Readers[i]
		c.MaxLag = max(c.MaxLag, r.Lag)
		if column(r) < 0 {
			c.Readers = append(c.Readers, r.Service)
		}
		name := bus.StreamName(r.Kind, r.Partition)
		byStream[name] = append(byStream[name], r)
	}
	slices.Sort(c.Readers)
	for _, st := range c.Bus.Streams {
		if !strings.HasPrefix(st.Name, string(bus.Metrics)+"_") && !strings.HasPrefix(st.Name, string(bus.Logs)+"_") {
			c.Other = append(c.Other, st)
			continue
		}
		part := partition{Name: st.Name, StreamStatus: st, Lags: make([]*bus.ReaderStatus, len(c.Readers))}
		for _, r := range byStream[st.Name] {
			part.Lags[column(r)] = r
		}
		c.Partitions = append(c.Partitions, part)
	}
}

// rulesOf counts signals by their rule, those that are learned most of first.
func rulesOf(signals []signal.State) (out []ruleState) {
	at := map[string]int{}
	for i := range signals {
		s := &signals[i]
		k, ok := at[s.Rule]
		if !ok {
			k = len(out)
			at[s.Rule], out = k, append(out, ruleState{Rule: s.Rule})
		}
		switch s.Stage {
		case signal.Learning:
			out[k].Learning++
			out[k].Warmup += s.Warmup
		case signal.Ready:
			out[k].Ready++
		case signal.Silent:
			out[k].Silent++
		}
	}
	for i := range out {
		out[i].Warmup /= float64(max(1, out[i].Learning))
	}
	slices.SortFunc(out, func(a, b ruleState) int {
		return cmp.Or(cmp.Compare(b.Learning, a.Learning), cmp.Compare(b.Total(), a.Total()), cmp.Compare(a.Rule, b.Rule))
	})
	const most = 100
	return out[:min(len(out), most)]
}

// letters returns the newest dead letters; failed tells that they could not be read.
func (w *Web) letters(ctx context.Context, most int) (out []bus.Letter, failed bool) {
	out, err := w.settings.Source.DeadLetters(ctx, most)
	w.complain(ctx, "dead letters cannot be read", err)
	return out, err != nil
}

// complain logs why something is missing on a page, unless the reader went away or nobody keeps it.
func (w *Web) complain(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil && !errors.Is(err, pipeline.ErrNoHistory) {
		w.settings.Logger.Warn(what, zap.Error(err))
	}
}

// StateName names the state of a part.
func (s speaker) StateName(state obs.State) string { return s.stateWord(state) }

// Old reports whether a target has not been heard of for as long as signals are before they are called silent.
func (s speaker) Old(t inventory.Target) bool { return s.Now.Sub(t.SeenAt) > overdue }
