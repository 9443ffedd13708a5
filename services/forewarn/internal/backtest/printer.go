package backtest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest/contest"
	"github.com/forewarn/forewarn/services/forewarn/internal/backtest/page"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
)

// statement is one thing that a worker said: a finding or a forecast.
type statement struct {
	at       time.Time
	finding  *finding.Finding
	forecast *signal.State
}

// format writes statements in one of the forms of output.
type format interface {
	say(s *statement) error
	sum(s *Summary) error
}

// Summary is what a back-test came to.
type Summary struct {
	Samples  int `json:"samples"`
	Series   int `json:"series"`
	Signals  int `json:"signals"`
	BadLines int `json:"bad_lines"`
	// Start and End are the times of the first sample and of the end of the last window; left out if there is no sample.
	Start time.Time `json:"start,omitzero"`
	End   time.Time `json:"end,omitzero"`
	// Opened counts the episodes by their severity when they opened; Resolved those that ended.
	Opened   map[finding.Severity]int `json:"opened"`
	Resolved int                      `json:"resolved"`
	// Ignored counts the samples that no worker could use.
	Ignored uint64 `json:"ignored"`
	// Rules is what Forewarn and today's rules came to on the series with a limit, of which there are Compared.
	Compared int   `json:"compared"`
	Rules    Rules `json:"rules"`

	recorders []*page.Recorder // for a page
}

// Rules is a comparison; in JSON an object with the standing of each method by its name.
type Rules contest.Result

// MarshalJSON writes the standings by their names.
func (r Rules) MarshalJSON() ([]byte, error) {
	byName := map[string]*contest.Standing{}
	if r.Subjects == 0 {
		return []byte("{}"), nil
	}
	for i := range r.Standings {
		byName[r.Standings[i].Name] = &r.Standings[i]
	}
	return json.Marshal(byName)
}

// printer writes what the lanes said, window by window, in an order that does not depend on how many they are.
type printer struct {
	in     chan *stretch
	free   chan *stretch
	format format
	sum    *Summary
	order  []statement
	scores []score

	releases *fleets
	ruling   *ruling

	question *Explain      // nil: all is said
	answers  []explanation // to the question, once its time has come
}

// explainer is a format that can explain.
type explainer interface {
	explain(e *explanation) error
	became(e *explanation) error
}

func (p *printer) run() (err error) {
	for s := range p.in {
		s.working.Wait()
		for i := range s.windows {
			if err == nil {
				err = p.print(&s.windows[i])
			}
		}
		p.free <- s
	}
	return err
}

func (p *printer) print(w *window) error {
	p.sum.End = w.end.UTC()
	if err := p.printScores(w); err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	p.order = p.order[:0]
	for i := range w.lanes {
		p.order = append(p.order, w.lanes[i].said...)
	}
	p.order = append(append(p.order, p.releases.judge(w)...), p.ruling.judge(w)...)
	slices.SortStableFunc(p.order, func(a, b statement) int {
		seriesA, signalA := a.about()
		seriesB, signalB := b.about()
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(seriesA, seriesB), cmp.Compare(signalA, signalB))
	})
	for i := range p.order {
		s := &p.order[i]
		if s.finding != nil {
			p.count(s.finding)
		}
		if p.question != nil && !p.answered(s) {
			continue
		}
		if err := p.format.say(s); err != nil {
			return fmt.Errorf("write the output: %w", err)
		}
	}
	if w.explain {
		return p.explain(w)
	}
	return nil
}

// answered tells whether a statement is about what was asked for, and comes after the answer.
func (p *printer) answered(s *statement) bool {
	_, signal := s.about()
	return slices.ContainsFunc(p.answers, func(e explanation) bool { return e.State.Key == signal })
}

// explain answers the question from what all lanes say.
func (p *printer) explain(w *window) (err error) {
	var all []explanation
	for i := range w.lanes {
		all = append(all, w.lanes[i].accounts...)
	}
	if p.answers, err = choose(p.question.Series, all); err != nil {
		return err
	}
	return p.each(func(f explainer, e *explanation) error { return f.explain(e) })
}

// became says at the end what became of what was asked for.
func (p *printer) became() error {
	return p.each(func(f explainer, e *explanation) error { return f.became(e) })
}

func (p *printer) each(say func(explainer, *explanation) error) error {
	f, ok := p.format.(explainer)
	for i := range p.answers {
		if !ok {
			return errors.New("--explain: this form of output has no room for it; choose text or jsonl")
		}
		if err := say(f, &p.answers[i]); err != nil {
			return fmt.Errorf("write the output: %w", err)
		}
	}
	return nil
}

func (p *printer) count(f *finding.Finding) {
	switch f.Action {
	case finding.Opened:
		p.sum.Opened[f.Severity]++
	case finding.Resolved:
		p.sum.Resolved++
	}
}

// newFormat returns the form of output of a name.
func newFormat(o Options, out io.Writer) (format, error) {
	switch o.Output {
	case JSONL:
		return newJSONL(out), nil
	case Text:
		return newText(out, &o), nil
	case HTML:
		return &html{out, &o}, nil
	}
	return nil, fmt.Errorf("--output: there is no form %q; choose %s, %s or %s", o.Output, Text, JSONL, HTML)
}
