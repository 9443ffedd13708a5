package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// topicCalibration is the last token of the subject of a new calibration table.
const topicCalibration = ".calibration"

// Recalibrated is optionally implemented by a Processor that wants to know of new calibration tables. They come
// through the stream that it reads, so that at a replay it learns of each at the same place. Recalibrate is called like
// Process, in its turn among the messages; an error means that the message is poison. Processors without it never see
// such a message.
type Recalibrated interface {
	Recalibrate(m Message) error
}

// AnnounceCalibration puts a calibration table into each partition's stream of a kind, and returns when all have it. id
// names the announcement: while the server remembers it (10 minutes), a repeat stores nothing. Readers may see it more
// than once even so. After an error some partitions have it; announce it again.
func (b *Bus) AnnounceCalibration(ctx context.Context, k Kind, id string, table []byte) error {
	var errs []error
	for p := range b.partitionsOf(k) {
		m := nats.NewMsg(fmt.Sprintf("%s.%02d%s", k.token(), p, topicCalibration))
		m.Data = table
		b.date(m)
		if _, err := b.controlJS.PublishMsg(ctx, m, jetstream.WithMsgID("calibration:"+id)); err != nil {
			errs = append(errs, fmt.Errorf("announce calibration in stream %q: %w", StreamName(k, p), err))
		}
	}
	return errors.Join(errs...)
}

// announces tells whether a message of a subject is a calibration table.
func announces(subject string) bool { return strings.HasSuffix(subject, topicCalibration) }

// recalibrate hands a table to the processor, if it wants any.
func (k *worker) recalibrate(m Message) error {
	r, ok := k.set.Processor.(Recalibrated)
	if !ok {
		return nil
	}
	return k.guard(func() error { return r.Recalibrate(m) })
}
