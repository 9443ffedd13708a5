package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/chart"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/outcome"
)

// shownPredictions is how many resolved predictions a page of the track record has.
const shownPredictions = 50

// recordPage is the content of the page /record: how good the predictions were.
type recordPage struct {
	predictionList
	// Card is the score, nil if nobody keeps it; Score is that of the kind that is asked for, nil if nothing is known of it.
	Card  *outcome.Scorecard
	Score *outcome.KindScore
	// At is the score of the horizon that is asked for.
	At       *outcome.HorizonScore
	Horizon  string
	Kinds    choice
	Horizons choice
	Figure   figure
}

// predictionList is one page of the predictions that have come to an end, the newest first.
type predictionList struct {
	Rows []*incident.Incident
	Text string
	// What is the outcome that is asked for, "" for any.
	What        finding.What
	After, Next string
	Failed      bool
	query       url.Values
}

func newPredictionList(q url.Values) predictionList {
	l := predictionList{Text: searched(q), What: finding.What(q.Get("outcome"))}
	if after := q.Get("after"); incident.ValidID(after) {
		l.After = after
	}
	l.query = chosen("q", l.Text, "outcome", string(l.What), "of", q.Get("of"), "horizon", q.Get("horizon"))
	return l
}

func (l *predictionList) filter() pipeline.IncidentFilter {
	return pipeline.IncidentFilter{Text: l.Text, Judged: true, Outcome: l.What}
}

// Link returns the address of the page of the same list that begins after a prediction.
func (l *predictionList) Link(after string) string {
	q := url.Values{}
	if after != "" {
		q.Set("after", after)
	}
	for name, v := range l.query {
		q[name] = v
	}
	return address("/record", q)
}

// CSV returns the address of the list as a file.
func (l *predictionList) CSV() string {
	return address("/record.csv", chosen("q", l.Text, "outcome", string(l.What)))
}

// Filtered reports whether only some predictions were asked for.
func (l *predictionList) Filtered() bool { return l.Text != "" || l.What != "" }

// record serves the track record.
func (w *Web) record(rw http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("format") == "csv" {
		w.recordCSV(rw, r)
		return
	}
	p, ctx, q := w.newPage(rw, r), r.Context(), r.URL.Query()
	c := recordPage{predictionList: newPredictionList(q)}
	var wg sync.WaitGroup
	wg.Go(func() { c.Card = w.scorecard(ctx) })
	page, err := w.settings.Source.RecentIncidents(ctx, c.filter(), c.After, shownPredictions)
	wg.Wait()
	if c.Failed = err != nil; err != nil && ctx.Err() == nil {
		w.settings.Logger.Error("predictions cannot be listed", zap.Error(err))
	}
	c.Rows, c.Next = page.Incidents, page.Next
	c.choose(p.speaker, q)
	p.Query = address("", c.query)
	p.Title, p.Content = p.Say("Track record", "预测成绩"), &c
	w.render(rw, http.StatusOK, "record", p)
}

// scorecard returns the score, nil if nobody keeps it.
func (w *Web) scorecard(ctx context.Context) *outcome.Scorecard {
	card, err := w.settings.Source.Scorecard(ctx)
	if err != nil {
		if ctx.Err() == nil {
			w.settings.Logger.Warn("scorecard cannot be read", zap.Error(err))
		}
		return nil
	}
	return card
}

// choose picks the score of the kind and the horizon that are asked for.
func (c *recordPage) choose(s speaker, q url.Values) {
	c.Score, c.At = scoreOf(c.Card, q)
	if c.Score == nil {
		return
	}
	c.Kinds = choice{Name: "of", Label: s.Say("Kind", "类型"), Value: c.Score.Kind}
	for i := range c.Card.Kinds {
		kind := c.Card.Kinds[i].Kind
		c.Kinds.Options = append(c.Kinds.Options, option{kind, s.ScoreName(kind)})
	}
	c.Horizons = choice{Name: "horizon", Label: s.Say("Horizon", "时间范围"), Options: []option{}}
	for i := range c.Score.Horizons {
		h := c.Score.Horizons[i].Horizon
		c.Horizons.Options = append(c.Horizons.Options, option{h, s.HorizonName(h)})
	}
	if c.At != nil {
		c.Horizon, c.Horizons.Value = c.At.Horizon, c.At.Horizon
		c.Figure = figure{
			Path: "/record/chart", Shown: c.At.Resolved > 0, Extra: chosen("of", c.Score.Kind, "horizon", c.At.Horizon),
			Alt: s.Plain(s.Sayf("Reliability of probabilities %s: what was told beside what came true; the table below says the same.",
				"%s预测概率的可靠性：预测与实际；内容与下表一致。", s.HorizonName(c.At.Horizon))),
		}
	}
}

// usualHorizon is the one that is shown if none is asked for.
const usualHorizon = "7d"

// scoreOf returns the score of a kind and one of its horizons; nil where nothing is known.
func scoreOf(card *outcome.Scorecard, q url.Values) (*outcome.KindScore, *outcome.HorizonScore) {
	if card == nil || len(card.Kinds) == 0 {
		return nil, nil
	}
	score := &card.Kinds[max(0, slices.IndexFunc(card.Kinds, func(k outcome.KindScore) bool { return k.Kind == q.Get("of") }))]
	if len(score.Horizons) == 0 {
		return score, nil
	}
	at := func(name string) int {
		return slices.IndexFunc(score.Horizons, func(h outcome.HorizonScore) bool { return h.Horizon == name })
	}
	i := at(q.Get("horizon"))
	if i < 0 {
		i = max(0, at(usualHorizon))
	}
	return score, &score.Horizons[i]
}

// reliabilityChart serves the picture of what was told and what came true, in one form.
func (w *Web) reliabilityChart(draw form) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		p, q := w.newPage(rw, r), r.URL.Query()
		_, at := scoreOf(w.scorecard(r.Context()), q)
		f := frameOf(q)
		f.Width, f.Language, f.Zone = min(f.Width, 520), p.Lang, p.Zone
		f.Height = f.Width * 3 / 4
		c := chart.Reliability{Frame: f}
		if at != nil {
			c.Title = p.HorizonName(at.Horizon)
			for _, row := range at.Rows {
				if n := row.CameTrue + row.Wrong; n > 0 && row.Mean != nil {
					c.Bins = append(c.Bins, chart.Bin{Told: *row.Mean, Happened: float64(row.CameTrue) / float64(n), Count: n})
				}
			}
		}
		w.draw(rw, r, draw, c)
	}
}

// recordCSV answers with the predictions that have come to an end and pass the filter, the newest first.
func (w *Web) recordCSV(rw http.ResponseWriter, r *http.Request) {
	l := newPredictionList(r.URL.Query())
	all, err := w.allIncidents(r.Context(), l.filter(), l.After)
	if err != nil {
		w.settings.Logger.Error("predictions cannot be listed", zap.Error(err))
		http.Error(rw, "the store of incidents did not answer; try again", http.StatusServiceUnavailable)
		return
	}
	p := w.newPage(rw, r)
	f := newFile(rw, "record.csv", "incident", "kind", "entity", "signal", "title", "told_at", "p_4h", "p_24h", "p_7d", "p_30d",
		"eta_p10", "eta_p50", "eta_p90", "outcome", "outcome_at", "lead_seconds", "calibration")
	for _, in := range all {
		told := in.Predicted
		row := append([]string{in.ID, string(in.Kind), in.Entity.Name, in.Signal, p.Pick(in.Title), instant(&told.Time)},
			forecast(told.Horizons, told.ETA)...)
		f.row(append(append(row, outcomeFields(in.Outcome)...), count(int(told.Calibration))))
	}
	f.Flush()
}

// outcomeFields are what became of it, when, and how long before that it was told.
func outcomeFields(o *finding.Outcome) []string {
	if o == nil {
		return []string{"", "", ""}
	}
	lead := ""
	if o.What == finding.Reached {
		lead = number(float64(o.LeadSeconds))
	}
	return []string{string(o.What), instant(&o.Time), lead}
}

// span of seconds, as scorecards have them.
func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }
