package delivery

import (
	"context"
	"time"
)

// term says how long an attempt may go on, which is longer than the worker: it outlives the context that tells the
// worker to stop by grace, and what is noted of it by noting.
type term struct {
	sending, noting       context.Context //nolint:containedctx // two lives that belong together, handed down as one
	endSending, endNoting context.CancelFunc
}

func newTerm(ctx context.Context) *term {
	t := &term{}
	t.sending, t.endSending = context.WithCancel(context.WithoutCancel(ctx))
	t.noting, t.endNoting = context.WithCancel(context.WithoutCancel(ctx))
	return t
}

// close lets the time run: what is not done by its end is broken off.
func (t *term) close() {
	time.AfterFunc(grace, t.endSending)
	time.AfterFunc(noting, t.endNoting)
}

// end breaks off at once.
func (t *term) end() {
	t.endSending()
	t.endNoting()
}
