package notifier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/forewarn/forewarn/services/notifier/internal/scorebook"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/outcome"
)

// query returns what answers the queries to this service.
func (n *notifier) query(ctx context.Context) func(request []byte) ([]byte, error) {
	return func(request []byte) ([]byte, error) {
		if string(request) != outcome.QueryScorecard {
			return nil, fmt.Errorf("query %.40q is not known; ask for %q", request, outcome.QueryScorecard)
		}
		card, err := n.book.Scorecard(ctx)
		if err != nil {
			return nil, err
		}
		if card.Incidents, err = n.editor.tallies(ctx); err != nil {
			return nil, err
		}
		judged, err := n.judged(ctx)
		if err != nil {
			return nil, err
		}
		scorebook.Hear(card, judged)
		card.TeamVerdicts = n.editor.opinions(judged, card.Since)
		return json.Marshal(card)
	}
}

// judged returns the incidents of which people said what they were worth, the newest of them.
func (n *notifier) judged(ctx context.Context) (out []*incident.Incident, err error) {
	const most = 2000 // so many are read in a second or two
	ids, err := n.store.Judged(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range ids[:min(len(ids), most)] {
		i, err := n.store.Get(ctx, id)
		switch {
		case errors.Is(err, incident.ErrNotFound), errors.Is(err, incident.ErrUnreadable):
		case err != nil:
			return nil, err
		default:
			out = append(out, i)
		}
	}
	return out, nil
}
