package backtest

import (
	"encoding/json"
	"io"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
)

// jsonl writes one JSON object a line.
type jsonl struct {
	out    io.Writer
	enc    *json.Encoder
	scores *scoreLines
}

func newJSONL(out io.Writer) jsonl {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return jsonl{out, enc, &scoreLines{quoted: map[uint64][]byte{}}}
}

type findingLine struct {
	Type        string           `json:"type"`
	Action      finding.Action   `json:"action"`
	Episode     string           `json:"episode"`
	Time        time.Time        `json:"time"`
	Kind        finding.Kind     `json:"kind"`
	Signal      string           `json:"signal"`
	Series      string           `json:"series"`
	Severity    finding.Severity `json:"severity"`
	Probability float64          `json:"probability"`
	ETA         finding.ETA      `json:"eta"`
	Message     string           `json:"message"`
}

type forecastLine struct {
	Type        string           `json:"type"`
	Time        time.Time        `json:"time"`
	Signal      string           `json:"signal"`
	Series      string           `json:"series"`
	Used        *float64         `json:"used"` // share of the limit, null where there is none
	Limit       float64          `json:"limit"`
	Probability finding.Horizons `json:"probability"`
	ETA         finding.ETA      `json:"eta"`
}

func (j jsonl) say(s *statement) error {
	if f := s.finding; f != nil {
		return j.enc.Encode(findingLine{"finding", f.Action, f.Episode, f.Time, f.Kind, f.Signal, f.Series, f.Severity, f.Probability, f.ETA, f.Message.En})
	}
	f := s.forecast
	var used *float64
	if f.Limit > 0 {
		share := f.Used / f.Limit
		used = &share
	}
	return j.enc.Encode(forecastLine{"forecast", f.UpdatedAt, f.Key, f.Series, used, f.Limit, f.Probability, f.ETA})
}

func (j jsonl) score(s *score) error {
	line, err := j.scores.append(s)
	if err != nil {
		return err
	}
	_, err = j.out.Write(line)
	return err
}

func (j jsonl) sum(s *Summary) error {
	return j.enc.Encode(struct {
		Type string `json:"type"`
		*Summary
	}{"summary", s})
}

type explanationLine struct {
	Type        string             `json:"type"`
	Time        time.Time          `json:"time"`
	Signal      string             `json:"signal"`
	Series      string             `json:"series"`
	Unit        string             `json:"unit"`
	Used        float64            `json:"used"`
	Limit       float64            `json:"limit"`
	Since       *time.Time         `json:"since"`
	Newest      *time.Time         `json:"newest"`
	Judged      *time.Time         `json:"judged"`
	Stage       signal.Stage       `json:"stage"`
	Probability finding.Horizons   `json:"probability"`
	ETA         finding.ETA        `json:"eta"`
	Growth      []growthLine       `json:"growth"`
	Falls       int                `json:"falls"`
	Evidence    []finding.Evidence `json:"evidence"`
	Cause       finding.Severity   `json:"cause"`
	Reasons     []string           `json:"reasons"`
	Episode     string             `json:"episode"`
}

type growthLine struct {
	Days   string  `json:"days"`
	Seen   int     `json:"seen"`
	PerDay float64 `json:"per_day"`
}

func (j jsonl) explain(e *explanation) error {
	st := &e.State
	l := explanationLine{
		Type: "explanation", Time: e.at.UTC(), Signal: st.Key, Series: st.Series, Unit: st.Unit, Used: st.Used, Limit: st.Limit,
		Stage: st.Stage, Probability: st.Probability, ETA: st.ETA, Falls: e.seen.falls, Evidence: e.Evidence,
		Cause: e.Cause, Episode: st.Episode, Growth: []growthLine{}, Reasons: []string{},
	}
	if !e.Judged.IsZero() {
		l.Since, l.Newest, l.Judged = &st.Since, &st.UpdatedAt, &e.Judged
	}
	for _, g := range e.seen.growth {
		l.Growth = append(l.Growth, growthLine{className(g.class).En, g.days, g.perDay})
	}
	for _, r := range e.Reasons {
		l.Reasons = append(l.Reasons, r.En)
	}
	return j.enc.Encode(l)
}

type outcomeLine struct {
	Type    string     `json:"type"`
	Signal  string     `json:"signal"`
	Series  string     `json:"series"`
	Most    mostLine   `json:"used_at_most"`
	Reached *time.Time `json:"limit_reached"`
	End     time.Time  `json:"end"`
}

type mostLine struct {
	H4  float64 `json:"4h"`
	H24 float64 `json:"24h"`
	D7  float64 `json:"7d"`
	D30 float64 `json:"30d"`
}

func (j jsonl) became(e *explanation) error {
	d := e.diary
	l := outcomeLine{"outcome", e.State.Key, e.State.Series, mostLine{d.most[0], d.most[1], d.most[2], d.most[3]}, nil, d.newest.UTC()}
	if !d.full.IsZero() {
		at := d.full.UTC()
		l.Reached = &at
	}
	return j.enc.Encode(l)
}
