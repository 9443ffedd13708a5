// Package press sends every edition of a digest once, when it is due.
//
// What it guarantees, also if processes end at any moment, or several run side by side:
//
//  1. An edition is queued for each of its channels once: under the id digest.<team>.<edition>.<channel>, which the queue, the
//     receipts and the peers know a repeat by.
//  2. One that was due while nobody ran is sent at the next start, saying that it is late, unless the next one is due by then.
//  3. The first start of an install, or of a team's digest, sends nothing of the time before.
package press

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	build "github.com/forewarn/forewarn/services/notifier/internal/digest"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/timer"
	"github.com/forewarn/forewarn/shared/digest"
)

// Subscription is a team's digest.
type Subscription struct {
	// Team is a token of a subject, "" for everything.
	Team string
	build.Schedule
	// Channels to send to, To the names of people whom mails and messages are for.
	Channels, To []string
	// Monthly tells that the team gets the monthly report, too.
	Monthly bool
}

// Everything stands for the whole install where the name of a team would, which none may be called.
const Everything = "all"

func (s *Subscription) name() string { return cmp.Or(s.Team, Everything) }

// Print makes the document of an edition for a team.
type Print func(ctx context.Context, team string, e build.Edition, now time.Time, late bool) (*message.Document, error)

// Settings are what a press needs.
type Settings struct {
	KV            jetstream.KeyValue
	JS            jetstream.JetStream
	Logger        *zap.Logger
	Subscriptions []Subscription
	Timers        *timer.Timers
	Print         Print
	// Overflow takes what a channel's queue has no room for.
	Overflow func(ctx context.Context, d *delivery.Delivery, cause error) error
	// Sent is told of each edition that was queued.
	Sent func(span digest.Span, late bool)
	// Claim is how long one process may take to print an edition before another does; 0 is 30 s.
	Claim time.Duration
	// Now is the clock that tells when something is due.
	Now func() time.Time
}

// Press is a [timer.User]: it prints what is due, and sets the timers of what will be.
type Press struct{ s Settings }

var _ timer.User = (*Press)(nil)

// New returns a press.
func New(s Settings) *Press { return &Press{s} }

// lateAfter is how long after its time an edition says that it is late.
const lateAfter = 15 * time.Minute

// Fire sends what is due of the team and the span that a timer's key names, and sets the next timer.
func (p *Press) Fire(ctx context.Context, due []timer.Due) error {
	var errs []error
	for _, one := range due {
		errs = append(errs, p.fire(ctx, one))
	}
	return errors.Join(errs...)
}

func (p *Press) fire(ctx context.Context, due timer.Due) error {
	for i := range p.s.Subscriptions {
		for _, span := range p.s.Subscriptions[i].spans() {
			if s := &p.s.Subscriptions[i]; key(s, span) == due.Key {
				if err := p.send(ctx, s, span); err != nil && !errors.Is(err, errBusy) { // the sweep looks whether who is at it has sent it
					return err
				}
				p.schedule(s, span)
				return nil
			}
		}
	}
	return nil // of a team that is gone
}

// Sweep sends what was missed, and sets the timers that are lacking.
func (p *Press) Sweep(ctx context.Context, pending map[string]bool) error {
	var errs []error
	for i := range p.s.Subscriptions {
		s := &p.s.Subscriptions[i]
		for _, span := range s.spans() {
			errs = append(errs, p.begin(ctx, s, span))
			if err := p.send(ctx, s, span); !errors.Is(err, errBusy) { // who is at it may be left to it, until the next sweep
				errs = append(errs, err)
			}
			if !pending[key(s, span)] {
				p.schedule(s, span)
			}
		}
	}
	return errors.Join(errs...)
}

// spans are those that a team gets.
func (s *Subscription) spans() []digest.Span {
	if s.Monthly {
		return []digest.Span{digest.Week, digest.Month}
	}
	return []digest.Span{digest.Week}
}

// latest is the newest edition of a span that was due.
func (s *Subscription) latest(span digest.Span, now time.Time) build.Edition {
	week, month := s.Latest(now)
	if span == digest.Month {
		return month
	}
	return week
}

func key(s *Subscription, span digest.Span) string { return s.name() + "_" + string(span) }

// schedule sets the timer of the next edition.
func (p *Press) schedule(s *Subscription, span digest.Span) {
	now := p.s.Now()
	last := s.latest(span, now)
	ahead := last.Due
	for next := last; next.ID == last.ID; next = s.latest(span, ahead) { // weeks and months differ in length
		ahead = ahead.AddDate(0, 0, 1)
	}
	p.s.Timers.Set(key(s, span), s.latest(span, ahead).Due, nil)
}

// send queues the newest edition that was due, unless that was done.
func (p *Press) send(ctx context.Context, s *Subscription, span digest.Span) error {
	now := p.s.Now()
	e := s.latest(span, now)
	c := claim{kv: p.s.KV, edition: "digest." + s.name() + "." + e.ID, lasts: cmp.Or(p.s.Claim, claimed)}
	mine, err := c.take(ctx)
	if err != nil || !mine {
		return err
	}
	late := now.Sub(e.Due) > lateAfter
	if err := p.queue(ctx, s, e, now, late); err != nil {
		c.drop(ctx)
		return fmt.Errorf("send %s: %w", c.edition, err)
	}
	if err := c.done(ctx); err != nil {
		return err
	}
	p.s.Sent(span, late)
	p.s.Logger.Info("digest queued", zap.String("digest", c.edition), zap.Strings("channels", s.Channels), zap.Bool("late", late))
	return nil
}

// queue prints an edition and puts it into the queue of each channel. Repeated, it changes nothing.
func (p *Press) queue(ctx context.Context, s *Subscription, e build.Edition, now time.Time, late bool) error {
	doc, err := p.s.Print(ctx, s.Team, e, now, late)
	if err != nil {
		return err
	}
	fit(doc)
	for _, channel := range s.Channels {
		d := &delivery.Delivery{Channel: channel, Reason: delivery.ReasonDocument, Document: &delivery.Document{
			ID: "digest." + s.name() + "." + e.ID, To: s.To, Content: *doc,
		}}
		err := delivery.Enqueue(ctx, p.s.JS, d)
		if errors.Is(err, delivery.ErrFull) {
			err = p.s.Overflow(ctx, d, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// room is how many bytes of pictures and files a message of the bus has room for, in base64 and beside the words.
const room = 560 << 10

// fit leaves out files, then pictures, of what is too large to be queued; the page has them.
func fit(doc *message.Document) {
	size := func() (n int) {
		for _, f := range doc.Files {
			n += len(f.Data)
		}
		for _, i := range doc.Images {
			n += len(i.PNG)
		}
		return n + len(doc.HTML) + len(doc.Plain)
	}
	if size() > room {
		doc.Files = nil
	}
	if size() > room {
		for _, i := range doc.Images {
			doc.HTML = strings.ReplaceAll(doc.HTML, `src="cid:`+i.ID+`"`, "")
		}
		doc.Images = nil
	}
}
