// Package ticket keeps the token that an API lends for a while, such as an access_token: asked for once, shared, and asked for
// again when it is about to end or the API no longer knows it. APIs block who asks too often, so a failure is remembered for a while.
package ticket

import (
	"context"
	"time"
)

const (
	// margin is how long before its end a token is no longer used, if it lives longer than twice that.
	margin = 5 * time.Minute
	// rest is how long after a failure nothing is asked.
	rest = 10 * time.Second
)

// Fetch asks an API for a token and how long it lives.
type Fetch func(ctx context.Context) (token string, life time.Duration, err error)

// Keeper keeps one token. It is safe for concurrent use; who comes while one is being fetched waits for it.
type Keeper struct {
	fetch Fetch
	turn  chan struct{} // held by who reads or writes what follows
	token string
	until time.Time
	err   error // of the newest fetch
	again time.Time
}

// New returns a keeper of the tokens that fetch gets. It asks for none yet.
func New(fetch Fetch) *Keeper { return &Keeper{fetch: fetch, turn: make(chan struct{}, 1)} }

// Token returns a token that is still good, or why there is none.
func (k *Keeper) Token(ctx context.Context) (string, error) {
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	now := time.Now()
	if k.token != "" && now.Before(k.until) {
		return k.token, nil
	}
	if k.err != nil && now.Before(k.again) {
		return "", k.err
	}
	token, life, err := k.fetch(ctx)
	if k.err = err; err != nil {
		if ctx.Err() != nil {
			k.err = nil // the API was not at fault
		}
		k.again = now.Add(rest)
		return "", err
	}
	k.token, k.until = token, now.Add(max(life-margin, life/2))
	return token, nil
}

// Drop forgets a token that the API did not know any more. One that was fetched since stays.
func (k *Keeper) Drop(token string) {
	k.turn <- struct{}{}
	defer func() { <-k.turn }()
	if k.token == token {
		k.token = ""
	}
}
