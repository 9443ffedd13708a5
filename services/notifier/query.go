package notifier

import (
	"context"
	"encoding/json"
	"fmt"

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
		return json.Marshal(card)
	}
}
