package signal

import (
	"context"
	"errors"
	"time"

	"github.com/forewarn/forewarn/shared/query"
)

// PageRequest asks a worker for the signals behind a key, in the order of their keys.
type PageRequest struct {
	After string `json:"after"`
	Limit int    `json:"limit"`
	// Key asks for one signal alone, and for its [Band] between two times. Only workers that judge habits know bands.
	Key  string    `json:"key,omitempty"`
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
}

// Page answers a [PageRequest].
type Page struct {
	Signals []State `json:"signals"`
	Band    *Band   `json:"band,omitempty"`
	query.Head
}

// Last returns the key of the last signal.
func (p Page) Last() string {
	if len(p.Signals) == 0 {
		return ""
	}
	return p.Signals[len(p.Signals)-1].Key
}

// Band is between what a signal is usual at some moments, in its unit, by what is known now; all lists are of one length.
type Band struct {
	Times []time.Time `json:"times"`
	Low   []float64   `json:"low"`
	Usual []float64   `json:"usual"`
	High  []float64   `json:"high"`
}

// pageSize is how many signals one request asks of a worker.
const pageSize = 250

// ReadAll reads the pages of one worker, at most so many signals; truncated tells that there are more.
func ReadAll(ctx context.Context, most int, ask query.Ask) (all []State, truncated bool, err error) {
	request := func(after string, limit int) any { return PageRequest{After: after, Limit: limit} }
	err = query.Read(ctx, ask, pageSize, request, func(p Page) bool {
		all = append(all, p.Signals...)
		truncated = p.More
		return len(all) < most
	})
	if err != nil {
		return nil, false, err
	}
	return all, truncated, nil
}

// ReadBand asks one worker between what a signal is usual from one time to another; nil if it does not know.
func ReadBand(ctx context.Context, key string, from, to time.Time, ask query.Ask) (b *Band, err error) {
	request := func(string, int) any { return PageRequest{Key: key, From: from, To: to} }
	err = query.Read(ctx, ask, 1, request, func(p Page) bool {
		b = p.Band
		return false
	})
	if b != nil && (len(b.Low) != len(b.Times) || len(b.Usual) != len(b.Times) || len(b.High) != len(b.Times)) {
		return nil, errors.New("the worker gives a band of unequal lists")
	}
	return b, err
}
