package trend

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/models/calibration"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/outcome"
)

// tally counts what became of predictions since the last summary.
type tally struct {
	// Raw counts them as the models made them, Told as people were told.
	Raw      *calibration.Ledger `json:"raw"`
	Told     *calibration.Ledger `json:"told"`
	Episodes []outcome.Episodes  `json:"episodes"` // sorted by kind
}

func newTally() tally { return tally{Raw: new(calibration.Ledger), Told: new(calibration.Ledger)} }

func (t *tally) empty() bool { return len(t.Raw.Kinds()) == 0 && len(t.Episodes) == 0 }

// end counts an episode that has ended.
func (t *tally) end(kind string, o *finding.Outcome) {
	i, found := slices.BinarySearchFunc(t.Episodes, kind, func(e outcome.Episodes, kind string) int { return strings.Compare(e.Kind, kind) })
	if !found {
		t.Episodes = slices.Insert(t.Episodes, i, outcome.Episodes{Kind: kind})
	}
	e := &t.Episodes[i]
	switch o.What {
	case finding.Reached:
		e.Reached++
		e.LeadSeconds = append(e.LeadSeconds, o.LeadSeconds)
	case finding.Prevented:
		e.Prevented++
	case finding.Enlarged:
		e.Enlarged++
	case finding.Faded:
		e.Faded++
	case finding.Unknown:
		e.Unknown++
	}
}

// predicted is the probability from which an episode counts as one that a prediction opened.
const predicted = 0.5

// count counts the episode that a signal had before the findings about it were made, if that ended by one of them.
func (w *Worker) count(s *tracked, before *episode, findings []finding.Finding) {
	if before.ID == "" || before.Sure < predicted {
		return
	}
	for i := range findings {
		if f := &findings[i]; f.Action == finding.Resolved && f.Outcome != nil {
			w.tally.end(s.account, f.Outcome)
		}
	}
}

// settleEvery is how often predictions are looked through for those whose time is over.
const settleEvery = time.Hour

// settle counts what became of the predictions whose time is over, once an hour.
func (w *Worker) settle() {
	hour := w.now.Truncate(settleEvery)
	if w.settled.IsZero() {
		w.settled = hour
	}
	if w.summary = hour.After(w.settled); !w.summary {
		return
	}
	w.settled = hour
	for _, s := range w.sorted() {
		s.foretold.settle(uint32(w.now.Unix()), w.silence(s), func(r *prediction, h int) {
			w.stats.Settled++
			w.add(r.outcome(s.account, &r.Raw, h), r.outcome(s.account, &r.Told, h))
		}, func(r *prediction, h int) {
			w.add(r.dated(s.account, &r.Raw, h), r.dated(s.account, &r.Told, h))
		})
	}
}

// add counts a prediction as it was made and as it was told.
func (w *Worker) add(raw, told calibration.Outcome) {
	if w.tally.Raw.Add(raw) != nil || w.tally.Told.Add(told) != nil {
		w.stats.NotCounted++ // of more kinds than a ledger holds
	}
}

// Summary returns what became of predictions since the last one, and begins anew; nil if that is nothing, or it is not
// asked for after the first Tick of an hour. It lacks what says where it was made: ID, Source and Seq.
func (w *Worker) Summary() (*outcome.Summary, error) {
	if !w.summary || w.tally.empty() {
		return nil, nil
	}
	w.summary = false
	raw, err := json.Marshal(w.tally.Raw)
	if err != nil {
		return nil, err
	}
	told, err := json.Marshal(w.tally.Told)
	if err != nil {
		return nil, err
	}
	s := &outcome.Summary{
		Until: w.now.UTC(), Basis: w.prior.Basis, Calibration: w.table.Version(), Raw: raw, Told: told, Episodes: w.tally.Episodes,
	}
	w.tally = newTally()
	return s, nil
}

// Record returns what became of predictions and is in no summary yet: as the models made them, and as they were told.
func (w *Worker) Record() (raw, told *calibration.Ledger) { return w.tally.Raw, w.tally.Told }
