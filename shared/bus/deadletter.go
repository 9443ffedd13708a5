package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// maxReason bounds the text that goes into a header.
const maxReason = 512

// DeadLetter puts what cannot be processed into the stream DLQ, under dlq.<subject>, where people find it
// with the reason. The stream is bounded, the oldest go first. It blocks until the bus has stored it or ctx ends.
func (b *Bus) DeadLetter(ctx context.Context, subject, reason string, data []byte) error {
	return b.deadLetter(ctx, subject, reason, Message{Data: data})
}

func (b *Bus) deadLetter(ctx context.Context, subject, reason string, m Message) error {
	out := nats.NewMsg("dlq." + cleanSubject(subject))
	out.Data = m.Data
	if limit := b.payloadLimit(); len(out.Data) > limit {
		out.Data = out.Data[:limit] // its beginning says more than nothing
	}
	out.Header.Set(HeaderReason, cleanHeader(reason))
	out.Header.Set(HeaderSubject, cleanHeader(subject))
	if m.Seq > 0 {
		out.Header.Set(HeaderSeq, strconv.FormatUint(m.Seq, 10))
		out.Header.Set(HeaderTime, m.Time.UTC().Format(time.RFC3339Nano))
		out.Header.Set(HeaderSource, cleanHeader(m.Source))
		// After a restart the same message is refused once more; it need not be kept twice.
		out.Header.Set(jetstream.MsgIDHeader, fmt.Sprintf("%s:%d:%016x", subject, m.Seq, xxhash.Sum64String(reason)))
	}
	if _, err := b.dataJS.PublishMsg(ctx, out); err != nil {
		return fmt.Errorf("write dead letter: %w", err)
	}
	b.metrics.deadLetters.Inc()
	return nil
}

// Letter is one dead letter.
type Letter struct {
	Seq uint64
	// Time is when it was put there; Subject, Source and Reason say what it was and why it is there.
	Time                    time.Time
	Subject, Source, Reason string
	Data                    []byte
}

// DeadLetters returns the newest dead letters, the newest first, at most limit. It asks the bus for each of them.
func (b *Bus) DeadLetters(ctx context.Context, limit int) ([]Letter, error) {
	stream, err := b.controlJS.Stream(ctx, StreamDeadLetters)
	if err != nil {
		return nil, fmt.Errorf("open stream %q: %w", StreamDeadLetters, err)
	}
	state := stream.CachedInfo().State
	var out []Letter
	for seq := state.LastSeq; seq >= state.FirstSeq && seq > 0 && len(out) < limit; seq-- {
		m, err := stream.GetMsg(ctx, seq)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue // the oldest make room
		}
		if err != nil {
			return nil, fmt.Errorf("read dead letter %d: %w", seq, err)
		}
		h := m.Header
		out = append(out, Letter{m.Sequence, m.Time, h.Get(HeaderSubject), h.Get(HeaderSource), h.Get(HeaderReason), m.Data})
	}
	return out, nil
}

// cleanSubject makes any text a subject.
func cleanSubject(s string) string {
	if len(s) > maxReason {
		s = s[:maxReason]
	}
	s = strings.Map(func(r rune) rune {
		if r <= ' ' || r == '*' || r == '>' || r == 0x7f {
			return '_'
		}
		return r
	}, s)
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '.' })
	if len(parts) == 0 {
		return "unknown"
	}
	return strings.Join(parts, ".")
}

// payloadLimit is how large a message's payload may be. Above it would be no use: readers pull pullBytes at a time.
func (b *Bus) payloadLimit() int { return int(min(b.data.MaxPayload(), maxPayload)) - headerRoom }

// cleanHeader makes any text one short line.
func cleanHeader(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if len(s) > maxReason {
		s = strings.ToValidUTF8(s[:maxReason], "")
	}
	return s
}
