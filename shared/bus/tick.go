package bus

import (
	"context"
	"math"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
)

// Message headers.
const (
	// HeaderSource names where a batch comes from.
	HeaderSource = "Forewarn-Source"
	// HeaderReason says why a message is in the dead letters.
	HeaderReason = "Forewarn-Reason"
	// HeaderSubject, HeaderSeq and HeaderTime say where a dead letter was.
	HeaderSubject = "Forewarn-Subject"
	HeaderSeq     = "Forewarn-Seq"
	HeaderTime    = "Forewarn-Time"

	headerClock  = "Forewarn-Clock"  // the simulated time of a message, RFC 3339; see Settings.Clock
	headerOutput = "Forewarn-Output" // <input seq>:<n> of a finding
	headerEpoch  = "Forewarn-Epoch"  // of the snapshots of who said it
	headerError  = "Forewarn-Error"  // of a reply that is no answer
	headerSum    = "Forewarn-Sum"    // xxhash64 of a manifest, hexadecimal
)

// Tick sends one tick to every partition, as Run does at each Config.TickInterval. Its id is the number of the interval, so that of several processes
// that tick, one is heard. The number never goes back when the clock does: the server would take the tick for one
// that it had.
func (b *Bus) Tick(ctx context.Context) {
	b.ticking.Lock()
	defer b.ticking.Unlock()
	if b.ticked == 0 {
		b.ticked = b.lastTick(ctx)
	}
	b.ticked = max(b.ticked+1, b.now().UnixNano()/int64(b.cfg.TickInterval))
	id := tickPrefix + strconv.FormatInt(b.ticked, 10)
	var g errgroup.Group
	g.SetLimit(16)
	for _, k := range kinds() {
		for p := range b.partitionsOf(k) {
			g.Go(func() error { b.tickOne(ctx, k, p, id); return nil })
		}
	}
	_ = g.Wait() // failures are told by the canary
}

const tickPrefix = "tick:"

// lastTick returns the number before that of the last tick on the bus, 0 if that is not known. Ours begin with
// that tick itself, as others' may: to run ahead at each start would leave them behind.
func (b *Bus) lastTick(ctx context.Context) int64 {
	ctx, cancel := context.WithTimeout(ctx, canaryTimeout)
	defer cancel()
	stream, err := b.controlJS.Stream(ctx, StreamName(Metrics, 0))
	if err != nil {
		return 0
	}
	m, err := stream.GetLastMsgForSubject(ctx, subjectTick(Metrics, 0))
	if err != nil {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimPrefix(m.Header.Get(jetstream.MsgIDHeader), tickPrefix), 10, 64)
	if err != nil || n < 1 || n > math.MaxInt64/2 {
		return 0
	}
	return n - 1
}

func (b *Bus) tickOne(ctx context.Context, k Kind, partition int, id string) {
	bounded, cancel := context.WithTimeout(ctx, canaryTimeout)
	defer cancel()
	m := nats.NewMsg(subjectTick(k, partition))
	b.date(m)
	_, err := b.controlJS.PublishMsg(bounded, m, jetstream.WithMsgID(id), jetstream.WithRetryAttempts(0))
	if ctx.Err() != nil {
		return
	}
	// A full stream is the janitor's to tell.
	b.probe.stream(StreamName(k, partition), err == nil || full(err))
	if err != nil {
		b.metrics.tickFailures.Inc()
		b.log.Debug("tick was not stored", zap.String("stream", StreamName(k, partition)), zap.Error(err))
	}
}
