package delivery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/incident"
)

// parallel is how many receipts are read at once.
const parallel = 16

// outcome is how an attempt ended.
type outcome struct {
	result Result
	err    error
	took   time.Duration
	done   []*item // are settled; the others of the batch are tried again
	missed string  // what [Sent.Missed] said
	told   int     // incidents in the message
}

// known is the newest delivery of an incident, and what is known of those before.
type known struct {
	*item
	last incident.Receipt
	done Result // it needs no sending
	err  error
}

// attempt tries to deliver a batch once. The result says whether it is done with; the error why not, or why it was given up.
func (w *Worker) attempt(t *term, b *batch) outcome {
	all := w.look(t.sending, b)
	var fresh []known
	done := ResultRepeated
	for _, k := range all {
		switch {
		case k.err != nil:
			return outcome{result: ResultFailed, err: k.err}
		case k.done == "":
			fresh = append(fresh, k)
		default:
			done = k.done
		}
	}
	if len(fresh) == 0 {
		return outcome{result: done, done: b.items}
	}
	m, fallback := w.message(t.sending, b, fresh)
	sent, err := w.send(t.sending, m)
	if err == nil {
		// Without the receipt a repeat is only held off by the peer; that is no reason to send again.
		w.receipts(t.noting, fresh, incident.Delivered, sent.Ref)
		return outcome{result: ResultDelivered, done: b.items, missed: cmp.Or(sent.Missed, fallback), told: len(fresh)}
	}
	if t.sending.Err() != nil {
		return outcome{result: ResultFailed, err: err} // we broke it off ourselves
	}
	return w.giveUp(t, b, fresh, err)
}

// giveUp moves to the dead letters what a peer will never accept, or has not for too long.
func (w *Worker) giveUp(t *term, b *batch, fresh []known, cause error) outcome {
	var e *Error
	permanent := errors.As(cause, &e) && e.Permanent
	over := map[string]bool{}
	var dead []known
	for _, k := range fresh {
		if !permanent && !w.Retry.over(k.attempts, time.Since(k.queued)) {
			continue
		}
		if err := w.Bus.DeadLetter(t.noting, Subject(w.Name), cause.Error(), k.data); err != nil {
			return outcome{result: ResultFailed, err: fmt.Errorf("dead letter: %w", err)}
		}
		over[k.delivery.topic()] = true
		dead = append(dead, k)
	}
	if len(dead) == 0 {
		return outcome{result: ResultFailed, err: cause}
	}
	w.receipts(t.noting, dead, incident.GivenUp, "")
	if w.GaveUp != nil {
		w.GaveUp(t.noting, dead[0].delivery, cause)
	}
	out := outcome{result: ResultGivenUp, err: cause}
	for _, it := range b.items {
		if over[it.delivery.topic()] {
			out.done = append(out.done, it)
		}
	}
	return out
}

// look finds out of each incident in a batch what was delivered before.
func (w *Worker) look(ctx context.Context, b *batch) []known {
	newest := b.newest()
	out := make([]known, len(newest))
	each(len(newest), func(k int) {
		out[k].item = newest[k]
		out[k].last, out[k].done, out[k].err = w.settled(ctx, newest[k].delivery)
	})
	return out
}

// each calls f with 0 to n-1, several at once.
func each(n int, f func(k int)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, parallel)
	for k := range n {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			f(k)
		})
	}
	wg.Wait()
}

// settled returns the receipt of what was sent before, and whether d needs no sending: it was delivered before, or it tells of a
// moved forecast or another cause and people have something newer coming. The result is ResultFailed if that cannot be found out
// now. What is stored but unreadable says nothing, now or later: then d is sent.
func (w *Worker) settled(ctx context.Context, d *Delivery) (last incident.Receipt, done Result, err error) {
	if d.Alarm != nil {
		return last, "", nil
	}
	last, err = w.Store.Receipt(ctx, d.topic(), w.Name)
	switch {
	case err == nil && last.Version >= d.version():
		return last, ResultRepeated, nil
	case err != nil && !silent(err):
		return last, ResultFailed, err
	}
	done, err = w.superseded(ctx, d)
	return last, done, err
}

// superseded is the part of settled that asks for something newer.
func (w *Worker) superseded(ctx context.Context, d *Delivery) (Result, error) {
	switch d.Reason {
	case incident.ReasonMoved, incident.ReasonCause, incident.ReasonUnacknowledged:
	default:
		return "", nil
	}
	cur, err := w.Store.Get(ctx, d.Incident.ID)
	switch {
	case err == nil && cur.Notified != nil && cur.Notified.Version > d.Incident.Version && !cur.Notified.Held,
		err == nil && d.Reason == incident.ReasonUnacknowledged && cur.Attended():
		return ResultSuperseded, nil
	case err != nil && !silent(err):
		return ResultFailed, err
	}
	return "", nil
}

// silent reports whether the store was read, and holds nothing that we understand.
func silent(err error) bool {
	return errors.Is(err, incident.ErrNotFound) || errors.Is(err, incident.ErrUnreadable)
}

// send gives a message to the channel.
func (w *Worker) send(ctx context.Context, m Message) (Sent, error) {
	ctx, cancel := context.WithTimeout(ctx, w.Timeout)
	defer cancel()
	return w.Channel.Send(ctx, m)
}

// receipts notes what became of the newest delivery of each incident.
func (w *Worker) receipts(ctx context.Context, all []known, o incident.Outcome, ref string) {
	notes := map[string]incident.Receipt{}
	for _, k := range all {
		if k.delivery.Alarm != nil {
			continue // a receipt would cover the change itself
		}
		r := incident.Receipt{
			Channel: w.Name, Version: k.delivery.version(), Time: time.Now().UTC(), Outcome: o, Attempts: k.attempts, Ref: k.last.Ref,
		}
		if len(all) == 1 { // what the peer calls a summary is of no incident alone
			r.Ref = cmp.Or(ref, k.last.Ref)
		}
		notes[k.delivery.topic()] = r
	}
	if err := w.Store.PutReceipts(ctx, w.Bus.JetStream(), notes); err != nil {
		w.Logger.Warn("receipts not stored", zap.Int("receipts", len(notes)), zap.Error(err))
		w.Trouble("a delivery could not be noted; should the queue repeat it, people see it twice: look at the bus and its store")
	}
}
