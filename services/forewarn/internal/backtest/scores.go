package backtest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// score is how unusual a sample of a series was, from 0 to 1.
type score struct {
	series *telemetry.Series
	millis int64
	value  float64
}

// scorer is a format that has room for scores.
type scorer interface{ score(s *score) error }

var _ scorer = (*jsonl)(nil)

// printScores writes the scores of a window in the order of time and then of series.
func (p *printer) printScores(w *window) error {
	p.scores = p.scores[:0]
	for i := range w.lanes {
		p.scores = append(p.scores, w.lanes[i].scores...)
	}
	to, ok := p.format.(scorer)
	if len(p.scores) == 0 || !ok {
		return nil
	}
	slices.SortStableFunc(p.scores, func(a, b score) int {
		return cmp.Or(cmp.Compare(a.millis, b.millis), cmp.Compare(a.series.Fingerprint, b.series.Fingerprint))
	})
	for i := range p.scores {
		if err := to.score(&p.scores[i]); err != nil {
			return err
		}
	}
	return nil
}

// scoreLines writes scores. There are as many as samples, so that it builds lines by hand.
type scoreLines struct {
	quoted map[uint64][]byte // series as JSON, by fingerprint
	line   []byte
}

func (l *scoreLines) append(s *score) ([]byte, error) {
	name, ok := l.quoted[s.series.Fingerprint]
	if !ok {
		var err error
		if name, err = quote(s.series.Labels.String()); err != nil {
			return nil, err
		}
		l.quoted[s.series.Fingerprint] = name
	}
	b := append(l.line[:0], `{"type":"score","time":"`...)
	b = time.UnixMilli(s.millis).UTC().AppendFormat(b, time.RFC3339Nano)
	b = append(append(append(b, `","series":`...), name...), `,"score":`...)
	b = strconv.AppendFloat(b, s.value, 'f', 6, 64)
	l.line = append(b, "}\n"...)
	return l.line, nil
}

// quote returns a text as JSON, with < and > as they are.
func quote(text string) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(text)
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), err
}
