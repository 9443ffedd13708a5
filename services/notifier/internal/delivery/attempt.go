package delivery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/forewarn/forewarn/shared/incident"
)

// attempt tries to deliver it once. The result says whether it is done with; the error why not, or why it
// was given up.
func (w *Worker) attempt(t *term, it *item) (Result, error) {
	d := it.delivery
	last, done, err := w.settled(t.sending, d)
	if done != "" || err != nil {
		return done, err
	}
	sent, err := w.send(t.sending, d, last)
	if err == nil {
		// Without the receipt a repeat is only held off by the peer; that is no reason to send again.
		w.receipt(t.noting, it, incident.Delivered, cmp.Or(sent.Ref, last.Ref))
		it.missed = sent.Missed
		return ResultDelivered, nil
	}
	if t.sending.Err() != nil {
		return ResultFailed, err // we broke it off ourselves
	}
	var e *Error
	permanent := errors.As(err, &e) && e.Permanent
	if !permanent && !w.Retry.over(it.attempts, time.Since(it.queued)) {
		return ResultFailed, err
	}
	if dead := w.Bus.DeadLetter(t.noting, Subject(w.Name), err.Error(), it.data); dead != nil {
		return ResultFailed, fmt.Errorf("dead letter: %w", dead)
	}
	w.receipt(t.noting, it, incident.GivenUp, last.Ref)
	return ResultGivenUp, err
}

// settled returns the receipt of what was sent before, and whether d needs no sending: it was delivered before, or it tells of a moved forecast or another cause and
// people have something newer coming. The result is ResultFailed if that cannot be found out now. What is stored
// but unreadable says nothing, now or later: then d is sent.
func (w *Worker) settled(ctx context.Context, d *Delivery) (last incident.Receipt, done Result, err error) {
	last, err = w.Store.Receipt(ctx, d.Incident.ID, w.Name)
	switch {
	case err == nil && last.Version >= d.Incident.Version:
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
	case err == nil && cur.Notified != nil && cur.Notified.Version > d.Incident.Version,
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

// send gives a message to the channel, with what is known of the one before.
func (w *Worker) send(ctx context.Context, d *Delivery, last incident.Receipt) (Sent, error) {
	ctx, cancel := context.WithTimeout(ctx, w.Timeout)
	defer cancel()
	return w.Channel.Send(ctx, Message{
		ID: d.ID(), Reason: d.Reason, Incident: &d.Incident, Text: w.Reader.Render(&d.Incident, d.Reason),
		Known: last.Outcome == incident.Delivered, Previous: last.Ref,
	})
}

func (w *Worker) receipt(ctx context.Context, it *item, o incident.Outcome, ref string) {
	r := incident.Receipt{
		Channel: w.Name, Version: it.delivery.Incident.Version, Time: time.Now().UTC(), Outcome: o, Attempts: it.attempts, Ref: ref,
	}
	if err := w.Store.PutReceipt(ctx, it.delivery.Incident.ID, r); err != nil {
		w.Trouble("a delivery could not be noted; should the queue repeat it, people see it twice: look at the bus and its store")
	}
}
