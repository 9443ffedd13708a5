// Package stored tells up to when the history is complete, across processes: the historian answers for each partition, and who asks
// the history about the last minute asks that first.
package stored

import (
	"context"
	"encoding/json"
	"time"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/query"
)

// Keeper is the name on the bus of the service that writes the history.
const Keeper = "historian"

// patience is how long all partitions together may take to answer.
const patience = 2 * time.Second

// progress is the answer of a partition: up to when, by the time of the bus, all that came is stored; zero if that is not known.
type progress struct {
	Until time.Time `json:"until"`
}

// Answer returns the answer of a partition.
func Answer(until time.Time) []byte {
	data, err := json.Marshal(progress{until})
	if err != nil {
		return nil // a time of the bus can be encoded
	}
	return data
}

// Until asks all partitions and returns up to when all that came on the bus is stored, zero if one does not know or does not answer.
// It blocks for two seconds at most.
func Until(ctx context.Context, b *bus.Bus) time.Time {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	all, errs := query.Each(ctx, b, Keeper, func(ctx context.Context, ask query.Ask) (p progress, err error) {
		data, err := ask(ctx, []byte("{}"))
		if err == nil {
			err = json.Unmarshal(data, &p)
		}
		return p, err
	})
	least := all[0].Until
	for i, p := range all {
		if errs[i] != nil || p.Until.IsZero() {
			return time.Time{}
		}
		if p.Until.Before(least) {
			least = p.Until
		}
	}
	return least
}
