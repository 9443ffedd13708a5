package bus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/obs"
)

const (
	// fillAlarm is how full a stream may be before somebody should look.
	fillAlarm = 0.7
	// keepUnread is what a stream without any reader keeps of its limit: one may come later.
	keepUnread = 0.5
	// stuckAfter is how many snapshots a reader may miss.
	stuckAfter = 4
)

// tidy purges what every reader is done with and looks at how full the streams are.
func (b *Bus) tidy(ctx context.Context) {
	bounded, cancel := context.WithTimeout(ctx, 4*attemptTimeout)
	defer cancel()
	held, err := b.held(bounded)
	if held {
		return // a copy is being taken
	}
	readers, unread := b.readers(bounded)
	if err = errors.Join(err, unread); err != nil {
		b.log.Debug("streams were not tidied", zap.Error(err)) // the canary tells that the bus is away
		return
	}
	var alarms []string
	for _, k := range kinds() {
		for p := range b.partitionsOf(k) {
			text, err := b.tidyStream(bounded, k, p, readers)
			if err != nil {
				b.log.Debug("stream was not tidied", zap.String("stream", StreamName(k, p)), zap.Error(err)) // the next round is soon
			}
			if text != "" {
				alarms = append(alarms, text)
			}
		}
	}
	if len(alarms) > 0 {
		b.health.Set("bus/readers", obs.Degraded, strings.Join(alarms, "; "))
	} else {
		b.health.Set("bus/readers", obs.OK, "")
	}
}

// tidyStream purges one stream; it returns what people should know about it.
func (b *Bus) tidyStream(ctx context.Context, k Kind, partition int, all []registration) (alarm string, err error) {
	stream, err := b.controlJS.Stream(ctx, StreamName(k, partition))
	if err != nil {
		return "", err
	}
	info := stream.CachedInfo()
	readers := slices.DeleteFunc(slices.Clone(all), func(r registration) bool { return r.Kind != k || r.Partition != partition })
	if len(readers) == 0 {
		return "", b.keepNewest(ctx, stream, k)
	}
	for _, r := range readers {
		b.metrics.readerLag.WithLabelValues(r.Service, string(k), fmt.Sprintf("%02d", partition)).Set(float64(behind(info.State.LastSeq, r.Seq)))
	}
	if ahead := slices.IndexFunc(readers, func(r registration) bool { return r.Seq > info.State.LastSeq }); ahead >= 0 {
		return fmt.Sprintf("%s ends at message %d, and %s has read it up to %d: the server has lost what it had or was restored, "+
			"and nothing is purged until the reader knows: restart %s",
			StreamName(k, partition), info.State.LastSeq, readers[ahead].Service, readers[ahead].Seq, readers[ahead].Service), nil
	}
	if i := slices.IndexFunc(readers, func(r registration) bool { return r.damaged }); i >= 0 {
		return fmt.Sprintf("what %s said about how far it has read %s cannot be read, so nothing of that is purged: restart %s",
			readers[i].Service, StreamName(k, partition), readers[i].Service), nil
	}
	last := slices.MinFunc(readers, func(a, b registration) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), strings.Compare(a.Service, b.Service))
	})
	if last.Seq >= info.State.FirstSeq && info.State.Msgs > 0 {
		if err := b.purge(ctx, stream, k, jetstream.WithPurgeSequence(last.Seq+1)); err != nil {
			return "", err
		}
	}
	fill := float64(stream.CachedInfo().State.Bytes) / float64(info.Config.MaxBytes)
	b.metrics.streamFill.WithLabelValues(StreamName(k, partition)).Set(fill)
	if fill < fillAlarm {
		return "", nil
	}
	return b.slow(last, fill), nil
}

// behind is how many messages seq is before last.
func behind(last, seq uint64) uint64 {
	if seq >= last {
		return 0
	}
	return last - seq
}

// slow says who keeps a stream from being purged.
func (b *Bus) slow(r registration, fill float64) string {
	what := fmt.Sprintf("%s is %.0f %% full because %s reads it too slowly: give it more CPU or send less",
		StreamName(r.Kind, r.Partition), 100*fill, r.Service)
	if idle := time.Since(r.Time); idle > stuckAfter*b.cfg.SnapshotInterval {
		what = fmt.Sprintf("%s is %.0f %% full because %s has not read on for %s: %s",
			StreamName(r.Kind, r.Partition), 100*fill, r.Service, idle.Round(time.Second), b.wakeUp(r))
	}
	return what + "; when it is full, publishers spool"
}

// wakeUp says what to do about a reader that stands still.
func (b *Bus) wakeUp(r registration) string {
	if b.embedded() {
		return "start it, or look in the log for what keeps it"
	}
	return fmt.Sprintf("start it; if it is gone for good, let go what it has not read by `nats kv del %s %s`", BucketReader, r.key())
}

// keepNewest bounds a stream that nobody reads yet.
func (b *Bus) keepNewest(ctx context.Context, stream jetstream.Stream, k Kind) error {
	info := stream.CachedInfo()
	keep := keepUnread * float64(info.Config.MaxBytes)
	used := float64(info.State.Bytes)
	b.metrics.streamFill.WithLabelValues(info.Config.Name).Set(used / float64(info.Config.MaxBytes))
	if used <= keep {
		return nil
	}
	// Messages are of about one size, so the share of bytes is the share of messages.
	return b.purge(ctx, stream, k, jetstream.WithPurgeKeep(max(1, uint64(float64(info.State.Msgs)*keep/used))))
}

func (b *Bus) purge(ctx context.Context, stream jetstream.Stream, k Kind, what jetstream.StreamPurgeOpt) error {
	before := stream.CachedInfo().State.Msgs
	if err := stream.Purge(ctx, what); err != nil {
		return fmt.Errorf("purge stream %q: %w", stream.CachedInfo().Config.Name, err)
	}
	info, err := stream.Info(ctx)
	if err == nil && info.State.Msgs < before {
		b.metrics.purged.WithLabelValues(string(k)).Add(float64(before - info.State.Msgs))
	}
	return err
}
