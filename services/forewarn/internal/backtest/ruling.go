package backtest

import (
	"time"

	"github.com/forewarn/forewarn/services/anomaly"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// ruling evaluates the rules that people wrote down over all series together, in whichever lanes they are.
type ruling struct {
	ruler *anomaly.Ruler // nil: there are no rules
	batch telemetry.Batch
}

func newRuling(o *Options) *ruling {
	r := &ruling{}
	if o.Rules != nil {
		r.ruler = anomaly.NewRuler(o.Anomaly, o.Rules, o.Catalogue)
	}
	return r
}

// judge returns what the evaluations within a window come to. One at its very end, which has samples of the next window, comes
// with that.
func (r *ruling) judge(w *window) (said []statement) {
	if r.ruler == nil {
		return nil
	}
	r.batch.Series = r.batch.Series[:0]
	for i := range w.lanes {
		r.batch.Series = append(r.batch.Series, w.lanes[i].batch.Series...)
	}
	last := w.end.Add(-time.Millisecond)
	findings := append(r.ruler.Observe(last, &r.batch), r.ruler.Tick(last)...)
	for i := range findings {
		said = append(said, statement{at: findings[i].Time, finding: &findings[i]})
	}
	return said
}
