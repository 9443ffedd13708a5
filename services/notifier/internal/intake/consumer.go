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
	"github.com/forewarn/forewarn/shared/pause"
	"github.com/forewarn/forewarn/shared/topology"
)

// Durable is the name of the consumer on the stream of findings.
const Durable = "notifier"

const (
	// leastWait is how long a finding that failed stays away at first.
	leastWait = 100 * time.Millisecond
	// maxWord bounds what names an episode, a signal or a finding, as JSON writes it: such words become part of the
	// incident, many times.
	maxWord = 2048
)

// Consumer takes findings off the stream in their order.
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

// Run applies findings until ctx ends, and returns nil then. Those that are there are applied together ([Applier.Together]), in their order,
// which is kept also over restarts. One that cannot be decoded, or whose incident cannot be or is too large, goes to the dead letter.
// It returns an error when the connection to the bus is closed. One process at a time may.
func (c *Consumer) Run(ctx context.Context) error {
	r := &queue.Reader{
		JS: c.Bus.JetStream(), Stream: bus.StreamFindings, Ahead: ahead, Logger: c.Logger, Trouble: c.Trouble,
		Config: jetstream.ConsumerConfig{
			Durable: Durable, FilterSubject: "find.>", DeliverPolicy: jetstream.DeliverAllPolicy,
			AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait, MaxAckPending: 2 * ahead, MaxDeliver: -1,
		},
	}
	b, fed := newInbox(), make(chan error, 1)
	go func() { fed <- b.feed(ctx, r) }()
	tick := time.NewTicker(upkeep)
	defer tick.Stop()
	defer b.giveBack() // after fed has ended: else it waits for AckWait in whoever comes next
	for {
		select {
		case <-ctx.Done():
			return <-fed
		case err := <-fed: // before ctx has ended only with an error, or both at once
			return err
		case info := <-b.opened:
			b.begin(info)
			c.Trouble("")
		case msg := <-b.in:
			b.take(msg)
		case <-tick.C:
			b.keep()
		}
		for b.ready(time.Now()) && ctx.Err() == nil {
			b.settled(c.work(ctx, b))
			b.drain()
		}
	}
}

// work applies the first of what is held, and returns how many of them are done with.
func (c *Consumer) work(ctx context.Context, b *inbox) int {
	start := time.Now()
	results, apart := c.together(ctx, b.held)
	for k, r := range results {
		c.Observe(string(r), time.Since(start))
		if err := b.held[k].Ack(); err != nil {
			c.Logger.Warn("finding not acknowledged, it comes again and changes nothing", zap.Error(err))
		}
	}
	if len(results) > 0 {
		c.Trouble("")
	}
	n := len(results)
	for ; apart > 0 && c.handle(ctx, b, b.held[n]); apart-- {
		n++
	}
	return n
}

// together applies as many of the first messages as can be together. It returns what became of these, and how many behind them have to be
// applied one by one.
func (c *Consumer) together(ctx context.Context, held []letter) (results []Result, apart int) {
	var findings []*finding.Finding
	for _, l := range held {
		f, err := readFinding(l.Data())
		if f == nil || err != nil {
			break
		}
		findings = append(findings, f)
	}
	if len(findings) == 0 {
		return nil, 1
	}
	c.Applier.rest(c.Terrain.Graph())
	results = make([]Result, len(findings))
	made, apart := c.Applier.Together(ctx, len(findings), func(a *Applier, k int) (err error) {
		results[k], err = a.Apply(ctx, findings[k])
		return err
	})
	for k, f := range findings[:made] {
		c.say(results[k], f)
	}
	return results[:made], apart
}

// handle settles one message: acknowledged or terminated. It tries until it has, and returns false if ctx ends before.
func (c *Consumer) handle(ctx context.Context, b *inbox, msg jetstream.Msg) bool {
	for wait := leastWait; ; wait = min(2*wait, upkeep) {
		start := time.Now()
		result, err := c.apply(ctx, msg)
		c.Observe(result, time.Since(start))
		if err == nil {
			return true
		}
		if errors.Is(err, incident.ErrFull) {
			c.Full()
		}
		if ctx.Err() != nil {
			return false
		}
		c.Logger.Warn("finding not applied, will try again", zap.String("subject", msg.Subject()), zap.Error(err))
		c.Trouble("findings cannot be turned into incidents; look at the bus and its store, work goes on by itself when they are back")
		b.keep()
		if !pause.For(ctx, wait) {
			return false
		}
	}
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
	c.say(r, f)
	return string(r), nil
}

// say tells what became of a finding that changed something, or should have.
func (c *Consumer) say(r Result, f *finding.Finding) {
	fields := []zap.Field{zap.String("signal", f.Signal), zap.String("severity", string(f.Severity)), zap.String("finding", f.ID)}
	switch r {
	case Refused:
		c.Full()
		c.Logger.Error("incident not opened, the incident store is nearly full", fields...)
	case Ignored, Noted, Repeated, UpdatedIncident:
	default:
		c.Logger.Info("incident changed", append(fields, zap.String("change", string(r)))...)
	}
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

// readFinding reads a finding, nil if it is a message of another kind.
func readFinding(data []byte) (*finding.Finding, error) {
	if outcome.IsSummary(data) || checks.IsReport(data) || topology.IsPage(data) || incident.IsRelease(data) {
		return nil, nil //nolint:nilnil // it is none
	}
	return decode(data)
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
