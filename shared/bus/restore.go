package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/shared/config"
)

// restoreChunk is how much of a stream is sent at once, restoreAnswer how long the server may take for one: it writes it to disk.
const (
	restoreChunk  = 256 << 10
	restoreAnswer = time.Minute
)

// copiedName is what a copied stream may be called.
var copiedName = regexp.MustCompile(`^((MET|LOG|FLEET)_[0-9]{2}|FIND|INC|NOTIFY|DLQ|SNAP|KV_(meta|reader|incident|limit|calibration))$`)

// Vacant opens a bus that has none of the given streams, for [Bus.Restore]: an embedded one on a directory without one, with the room that the
// streams were given, or the server that cfg.URL names. The caller must Close it; what is restored is on disk by then.
func Vacant(ctx context.Context, cfg Config, s Settings, streams []Copied) (*Bus, error) {
	room := int64(minStore)
	for i := range streams {
		c, err := streams[i].config()
		if err != nil {
			return nil, err
		}
		room += max(c.MaxBytes, 0)
	}
	cfg.MaxStore = max(cfg.MaxStore, config.Bytes(room))
	cfg.SyncInterval = time.Hour // the server syncs everything when it stops
	b, err := newBus(cfg, s)
	if err != nil {
		return nil, err
	}
	if err := b.vacate(ctx, streams); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (b *Bus) vacate(ctx context.Context, streams []Copied) (err error) {
	if b.cfg.URL == "" {
		if b.lock, err = lockDir(b.storeDir()); err != nil {
			return err
		}
		if b.host, err = newHost(b.cfg, b.storeDir(), b.log); err != nil { //nolint:contextcheck // mending has a time of its own, and must not end half-way
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, b.cfg.ConnectTimeout)
	defer cancel()
	if err := b.connect(ctx); err != nil {
		return err
	}
	for i := range streams {
		switch _, err := b.controlJS.Stream(ctx, streams[i].Name); {
		case err == nil:
			return fmt.Errorf("%s has a stream %q already, and nothing is restored over what is there; use a server, an account or a data directory without an install",
				b.address(), streams[i].Name)
		case !errors.Is(err, jetstream.ErrStreamNotFound):
			return b.explainStreams(fmt.Errorf("look for stream %q: %w", streams[i].Name, err))
		}
	}
	return nil
}

// config returns the configuration of a copied stream. It refuses one that is none of ours.
func (c *Copied) config() (out jetstream.StreamConfig, err error) {
	if !copiedName.MatchString(c.Name) {
		return out, fmt.Errorf("restore stream %q: no stream of Forewarn has that name; the copy is of another program, or damaged", c.Name)
	}
	if err := json.Unmarshal(c.Config, &out); err != nil {
		return out, fmt.Errorf("restore stream %q: its configuration cannot be read: %w", c.Name, err)
	}
	if out.Name != c.Name || out.Mirror != nil || len(out.Sources) > 0 || out.RePublish != nil {
		return out, fmt.Errorf("restore stream %q: its configuration is not one of Forewarn; the copy is damaged", c.Name)
	}
	return out, nil
}

// Restore makes a stream of its copy, whose file snapshot reads. It fails if the stream is there, and if it is not afterwards what was copied.
func (b *Bus) Restore(ctx context.Context, c Copied, snapshot io.Reader) error {
	err := b.restore(ctx, c, snapshot)
	if err != nil {
		return fmt.Errorf("restore stream %q: %w", c.Name, err)
	}
	return nil
}

func (b *Bus) restore(ctx context.Context, c Copied, snapshot io.Reader) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	cfg.Replicas, cfg.Placement = b.cfg.Replicas, nil // those of the new place
	request, err := json.Marshal(map[string]any{"config": cfg, "state": streamState{Messages: c.Messages, First: c.First, Last: c.Last}})
	if err != nil {
		return err
	}
	var to struct {
		DeliverSubject string `json:"deliver_subject"`
	}
	if err := b.ask(ctx, "$JS.API.STREAM.RESTORE."+c.Name, request, &to); err != nil {
		return b.explainStreams(err)
	}
	if err := b.pour(ctx, to.DeliverSubject, snapshot); err != nil {
		return err
	}
	var made struct {
		State jetstream.StreamState `json:"state"`
	}
	if err := b.ask(ctx, to.DeliverSubject, nil, &made); err != nil {
		return fmt.Errorf("%w; a NATS server of your own must be 2.15 or later", err)
	}
	// Where messages may end by themselves some have by now.
	if made.State.LastSeq != c.Last || made.State.Msgs != c.Messages && !cfg.AllowMsgTTL {
		return fmt.Errorf("the server has %d messages up to number %d now, and the copy %d up to %d; try again on another disk",
			made.State.Msgs, made.State.LastSeq, c.Messages, c.Last)
	}
	return nil
}

// pour sends all that in reads.
func (b *Bus) pour(ctx context.Context, subject string, in io.Reader) error {
	chunk := make([]byte, restoreChunk)
	for {
		n, err := io.ReadFull(in, chunk)
		if n > 0 {
			if err := b.ask(ctx, subject, chunk[:n], nil); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// ask sends a request to the JetStream API and decodes the answer, which may be empty, into out. A refusal is an error.
func (b *Bus) ask(ctx context.Context, subject string, request []byte, out any) error {
	ctx, cancel := context.WithTimeout(ctx, restoreAnswer)
	defer cancel()
	msg, err := b.control.RequestWithContext(ctx, subject, request)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	var refused struct {
		Error *jetstream.APIError `json:"error"`
	}
	if len(msg.Data) == 0 {
		return nil
	}
	if err := json.Unmarshal(msg.Data, &refused); err != nil {
		return fmt.Errorf("answer of the server: %w", err)
	}
	if refused.Error != nil {
		return refused.Error
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(msg.Data, out)
}
