package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/shared/i18n"
)

// Copied is a stream as it was at one moment.
type Copied struct {
	Name string `json:"name"`
	// Config is the stream's, in the JSON of JetStream's API.
	Config json.RawMessage `json:"config"`
	// First and Last are the sequences of its first and last message, Messages how many there are.
	First    uint64 `json:"first"`
	Last     uint64 `json:"last"`
	Messages uint64 `json:"messages"`
	// Path is the file with its messages and durable consumers, in the form of the server's own snapshots.
	Path string `json:"-"`

	// saved says how far each worker was whose manifest is among the messages.
	saved map[string]uint64
}

// Copy is a copy of the bus that is consistent in itself.
type Copy struct {
	Streams []Copied
	// Notes say what could not be had in full, for people.
	Notes []i18n.Text
}

const (
	// copyAttempts is how often a copy is begun anew because something was purged that it still needed.
	copyAttempts = 3
	// calmAttempts is how often what belongs together is copied until none of it changed meanwhile.
	calmAttempts = 50
)

// Copy writes a copy of all streams and buckets into files in dir while everything runs, and returns when it is whole. It is what a
// power cut could have left: a bus that [Bus.Restore] makes of it goes on as after one, at the moment when incidents and deliveries
// were copied, which is the first thing that is. observe is told what share is done, 0 to 1.
//
// That it is consistent follows from the order, since a stream is always copied after those whose content was made from it: first
// what incidents are, in one piece; then the states of workers; then what these have said; then what they read. Nothing is
// purged meanwhile ([Bus.Run] holds it back).
func (b *Bus) Copy(ctx context.Context, dir string, observe func(share float64)) (*Copy, error) {
	release, err := b.hold(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	for n := 1; ; n++ {
		c := &copier{bus: b, dir: dir, observe: observe}
		out, gaps, err := c.run(ctx)
		if err != nil {
			return nil, err
		}
		if len(gaps) == 0 || n == copyAttempts {
			out.Notes = append(out.Notes, gaps...)
			return out, nil
		}
	}
}

// copier takes one copy.
type copier struct {
	bus     *Bus
	dir     string
	observe func(share float64)
	copies  []Copied
	notes   []i18n.Text
	due     int // streams to copy
}

// together are the streams that must be of one moment: incidents, their audit trail, deliveries, and what was learned of outcomes.
func together() []string {
	return []string{"KV_" + BucketIncident, "KV_" + BucketLimit, "KV_" + BucketCalibration, StreamIncidents, StreamNotify}
}

// upstream are all others that are copied, after those, each before what it was made from.
func upstream(partitions int) []string {
	all := []string{"KV_" + BucketReader, streamSnapshots, StreamFindings, StreamName(Fleet, 0)}
	for _, k := range []Kind{Logs, Metrics} {
		for p := range partitions {
			all = append(all, StreamName(k, p))
		}
	}
	return append(all, StreamDeadLetters, "KV_"+BucketMeta)
}

// run copies everything once. gaps say what was purged before it was copied.
func (c *copier) run(ctx context.Context) (_ *Copy, gaps []i18n.Text, err error) {
	rest := upstream(c.bus.partitions)
	c.due = len(together()) + len(rest)
	readFindings, err := c.calm(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range rest {
		var readers []consumerMark
		if name == StreamFindings {
			readers = readFindings // how far these were when incidents were copied
		}
		if err := c.copy(ctx, name, readers); err != nil {
			return nil, nil, err
		}
	}
	if gaps, err = c.gaps(ctx); err != nil {
		return nil, nil, err
	}
	return &Copy{Streams: c.copies, Notes: c.notes}, gaps, nil
}

// calm copies what must be of one moment: again and again what has changed meanwhile, until nothing has. It returns how far the
// readers of findings were at that moment.
func (c *copier) calm(ctx context.Context) (readers []consumerMark, err error) {
	marks := map[string]mark{}
	for range calmAttempts {
		still := true
		for _, name := range append(together(), StreamFindings) {
			m, err := c.mark(ctx, name)
			if err != nil {
				return nil, err
			}
			if name == StreamFindings {
				still, readers = still && slices.Equal(readers, m.readers), m.readers
				continue
			}
			if old, ok := marks[name]; ok && old.equal(m) {
				continue
			}
			if marks[name], still = m, false; m.absent {
				continue
			}
			if err := c.copy(ctx, name, m.readers); err != nil {
				return nil, err
			}
		}
		if still {
			return readers, nil
		}
	}
	c.notes = append(c.notes, i18n.Text{
		En: "incidents changed all the time while they were copied: a message that was sent in these seconds may be sent again by what is restored",
		Zh: "复制期间事件一直在变化：这几秒内已发送的通知，恢复后可能会再次发送",
	})
	return readers, nil
}

// copy copies one stream in place of an earlier copy of it. One that is not there, as of an install of an older release, is left out.
func (c *copier) copy(ctx context.Context, name string, readers []consumerMark) error {
	stream, err := c.bus.dataJS.Stream(ctx, name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil
	}
	if err == nil {
		var done Copied
		done, err = copyStream(ctx, c.bus.dataJS, stream, c.dir, readers)
		c.copies = append(slices.DeleteFunc(c.copies, func(old Copied) bool { return old.Name == name }), done)
	}
	if err != nil {
		return fmt.Errorf("copy stream %q: %w", name, err)
	}
	c.observe(float64(len(c.copies)) / float64(c.due))
	return nil
}

// gaps tells which workers would miss messages after their snapshots.
func (c *copier) gaps(ctx context.Context) (out []i18n.Text, err error) {
	registered, err := c.bus.readers(ctx)
	if err != nil {
		return nil, err
	}
	saved := c.copied(streamSnapshots).saved
	for _, r := range registered {
		seq := saved[r.key()]
		if input := c.copied(StreamName(r.Kind, r.Partition)); seq > 0 && input.First > seq+1 {
			n := input.First - seq - 1
			out = append(out, i18n.Text{
				En: fmt.Sprintf("%d messages of %s were purged before %s had read them; it misses them with or without this copy", n, input.Name, r.Service),
				Zh: fmt.Sprintf("%s 中的 %d 条消息在 %s 读取之前已被清除；无论是否恢复此备份，这部分数据都已缺失", input.Name, n, r.Service),
			})
		}
	}
	return out, nil
}

// copied returns the copy of a stream, an empty one if there is none.
func (c *copier) copied(name string) Copied {
	i := slices.IndexFunc(c.copies, func(s Copied) bool { return s.Name == name })
	if i < 0 {
		return Copied{}
	}
	return c.copies[i]
}

// savedBy returns the key of the reader whose manifest is on a subject of SNAP.
func savedBy(subject string) (reader string, ok bool) {
	reader, ok = strings.CutPrefix(subject, "snap.")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(reader, ".manifest")
}
