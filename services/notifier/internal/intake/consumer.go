package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/notifier/internal/queue"
	"github.com/forewarn/forewarn/services/notifier/internal/scorebook"
	"github.com/forewarn/forewarn/services/notifier/internal/terrain"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/checks"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/outcome"
	"github.com/forewarn/forewarn/shared/topology"
)

// Durable is the name of the consumer on the stream of findings.
const Durable = "notifier"

const (
	ackWait = 10 * time.Second
	// maxWord bounds what names an episode, a signal or a finding, as JSON writes it: such words become part of the
	// incident, many times.
	maxWord = 2048
)

// Consumer takes findings off the stream one by one.
type Consumer struct {
	Bus     *bus.Bus
	Applier *Applier
	// Outcomes counts what became of predictions, which workers publish among their findings.
	Outcomes *scorebook.Book
	// Terrain keeps what rests on what, which workers tell among their findings.
	Terrain *terrain.Terrain
	Logger  *zap.Logger
	// Observe is told of each finding: the result ("outcomes", "relations", "poison" and "failed" included) and how long it took.
	Observe func(result string, took time.Duration)
	// Trouble is told the message to people when findings cannot be applied, "" when they can again.
	Trouble func(message string)
	// Full is told that the incident store has no room for what a finding asks for.
	Full func()
}

// Run applies findings until ctx ends, and returns nil then. One finding is in work at a time, which keeps
// their order also over restarts. One that cannot be decoded, or whose incident cannot be or is too large, goes to the dead letter.
// It returns an error when the connection to the bus is closed.
func (c *Consumer) Run(ctx context.Context) error {
	r := &queue.Reader{
		JS: c.Bus.JetStream(), Stream: bus.StreamFindings, Ahead: 1, Logger: c.Logger, Trouble: c.Trouble,
		Config: jetstream.ConsumerConfig{
			Durable: Durable, FilterSubject: "find.>", DeliverPolicy: jetstream.DeliverAllPolicy,
			AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait, MaxAckPending: 1, MaxDeliver: -1,
		},
	}
	opened := func(jetstream.Consumer) { c.Trouble("") }
	return r.Follow(ctx, opened, func(msg jetstream.Msg) { c.handle(ctx, msg) })
}

// handle settles one message: acknowledged, terminated, or to come again.
func (c *Consumer) handle(ctx context.Context, msg jetstream.Msg) {
	start := time.Now()
	result, err := c.apply(ctx, msg)
	c.Observe(result, time.Since(start))
	if err == nil {
		return
	}
	if ctx.Err() != nil {
		msg.Nak() //nolint:errcheck // it comes again after AckWait otherwise
		return
	}
	if errors.Is(err, incident.ErrFull) {
		c.Full()
	}
	c.Logger.Warn("finding not applied, will try again", zap.String("subject", msg.Subject()), zap.Error(err))
	c.Trouble("findings cannot be turned into incidents; look at the bus and its store, work goes on by itself when they are back")
	msg.NakWithDelay(wait(msg)) //nolint:errcheck // it comes again after AckWait otherwise
}

// wait is how long a finding that failed stays away: 100 ms, doubling up to 10 s.
func wait(msg jetstream.Msg) time.Duration {
	const least, most = 100 * time.Millisecond, 10 * time.Second
	meta, err := msg.Metadata()
	if err != nil {
		return most
	}
	return min(least<<min(meta.NumDelivered-1, 10), most)
}

func (c *Consumer) apply(ctx context.Context, msg jetstream.Msg) (string, error) {
	switch {
	case outcome.IsSummary(msg.Data()):
		return c.count(ctx, msg)
	case checks.IsReport(msg.Data()):
		return c.attach(ctx, msg)
	case topology.IsPage(msg.Data()):
		return c.relate(ctx, msg)
	case incident.IsRelease(msg.Data()):
		return c.release(ctx, msg)
	}
	f, err := decode(msg.Data())
	if err != nil {
		return "poison", c.poison(ctx, msg, err)
	}
	c.Applier.rest(c.Terrain.Graph())
	r, err := c.Applier.Apply(ctx, f)
	if errors.Is(err, incident.ErrUnreadable) || errors.Is(err, nats.ErrMaxPayload) {
		return "poison", c.poison(ctx, msg, err) // the findings of all other incidents would wait behind it
	}
	if err != nil {
		return "failed", err
	}
	if err := msg.Ack(); err != nil {
		return "failed", fmt.Errorf("acknowledge finding %s: %w", f.ID, err)
	}
	c.Trouble("")
	if r == Refused {
		c.Full()
		c.Logger.Error("incident not opened, the incident store is nearly full", zap.String("signal", f.Signal),
			zap.String("severity", string(f.Severity)), zap.String("finding", f.ID))
		return string(r), nil
	}
	if r != Ignored && r != Noted && r != Repeated && r != UpdatedIncident {
		c.Logger.Info("incident changed", zap.String("change", string(r)), zap.String("signal", f.Signal),
			zap.String("severity", string(f.Severity)), zap.String("finding", f.ID))
	}
	return string(r), nil
}

// count hands a summary of outcomes to the score.
func (c *Consumer) count(ctx context.Context, msg jetstream.Msg) (string, error) {
	s, err := outcome.Decode(msg.Data())
	if err == nil {
		err = c.Outcomes.Add(ctx, s)
	} else {
		err = fmt.Errorf("%w: %w", scorebook.ErrUnusable, err)
	}
	if errors.Is(err, scorebook.ErrUnusable) {
		return "poison", c.poison(ctx, msg, err)
	}
	if err != nil {
		return "failed", err
	}
	if err := msg.Ack(); err != nil {
		return "failed", fmt.Errorf("acknowledge outcomes %s: %w", s.ID, err)
	}
	c.Trouble("")
	return "outcomes", nil
}

// attach keeps the checks of a transaction with their incident.
func (c *Consumer) attach(ctx context.Context, msg jetstream.Msg) (string, error) {
	rep, err := checks.Decode(msg.Data())
	if err != nil {
		return "poison", c.poison(ctx, msg, err)
	}
	r, err := c.Applier.Attach(ctx, rep)
	if errors.Is(err, incident.ErrUnreadable) || errors.Is(err, nats.ErrMaxPayload) {
		return "poison", c.poison(ctx, msg, err)
	}
	if err != nil {
		return "failed", err
	}
	if err := msg.Ack(); err != nil {
		return "failed", fmt.Errorf("acknowledge checks %s: %w", rep.ID, err)
	}
	c.Trouble("")
	return string(r), nil
}

// release lets people be told again of an incident that was held.
func (c *Consumer) release(ctx context.Context, msg jetstream.Msg) (string, error) {
	rel, err := incident.DecodeRelease(msg.Data())
	if err != nil {
		return "poison", c.poison(ctx, msg, err)
	}
	c.Applier.rest(c.Terrain.Graph())
	r, err := c.Applier.Release(ctx, rel)
	if errors.Is(err, incident.ErrUnreadable) || errors.Is(err, nats.ErrMaxPayload) {
		return "poison", c.poison(ctx, msg, err)
	}
	if err != nil {
		return "failed", err
	}
	if err := msg.Ack(); err != nil {
		return "failed", fmt.Errorf("acknowledge release of incident %s: %w", rel.Incident, err)
	}
	c.Trouble("")
	return string(r), nil
}

// relate takes a page of relations.
func (c *Consumer) relate(ctx context.Context, msg jetstream.Msg) (string, error) {
	err := c.Terrain.Take(ctx, msg.Data())
	if errors.Is(err, terrain.ErrUnusable) {
		return "poison", c.poison(ctx, msg, err)
	}
	if err != nil {
		return "failed", err
	}
	if err := msg.Ack(); err != nil {
		return "failed", fmt.Errorf("acknowledge relations: %w", err)
	}
	c.Trouble("")
	return "relations", nil
}

// poison moves a message that nobody of this release will ever be able to apply out of the way.
func (c *Consumer) poison(ctx context.Context, msg jetstream.Msg, cause error) error {
	c.Logger.Error("finding or its incident not understood, moved to the dead letter", zap.String("subject", msg.Subject()), zap.Error(cause))
	if err := c.Bus.DeadLetter(ctx, msg.Subject(), cause.Error(), msg.Data()); err != nil {
		return fmt.Errorf("dead letter for %s: %w", msg.Subject(), err)
	}
	return msg.TermWithReason("malformed")
}

// decode reads a finding and refuses words too long to be names.
func decode(data []byte) (*finding.Finding, error) {
	f, err := finding.Decode(data)
	if err != nil {
		return nil, err
	}
	for _, word := range []string{f.ID, f.Episode, f.Signal, string(f.Kind)} {
		if data, err := json.Marshal(word); err != nil || len(data) > maxWord {
			return nil, fmt.Errorf("finding id, episode, signal or kind is longer than %d bytes", maxWord)
		}
	}
	return f, nil
}
