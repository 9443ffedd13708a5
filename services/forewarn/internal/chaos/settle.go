package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/bus"
)

// settle ends the input, has all of it worked off, and returns when nothing is left to do. The services run on, without ticks.
func (c *crew) settle(ctx context.Context) error {
	if err := c.healthyNodes(ctx); err != nil {
		return err
	}
	if err := stop(c.feeds); err != nil {
		return err
	}
	c.config = quietConfig
	for _, m := range c.services() {
		if err := m.stop(30 * time.Second); err != nil {
			return err
		}
		if err := m.start(); err != nil {
			return err
		}
	}
	calm := 0
	return poll(ctx, 3*time.Minute, time.Second, func() error {
		err := c.site.idle(ctx)
		if calm++; err != nil {
			calm = 0
		}
		if err == nil && calm < 3 {
			err = errors.New("nobody has had anything to do for a few seconds only")
		}
		return err
	})
}

// idle returns what is still to be done, nil if nothing is.
func (s *site) idle(ctx context.Context) error {
	kv, err := s.js.KeyValue(ctx, bus.BucketReader)
	if err != nil {
		return err
	}
	keys, err := kv.Keys(ctx)
	if err != nil {
		return err
	}
	if want := 5*partitions + 2 + 2*partitions + 1; len(keys) < want { // trend, historian, anomaly thrice; two of the fleet; and ours
		return fmt.Errorf("%d readers are registered, want at least %d", len(keys), want)
	}
	for _, key := range keys {
		if err := s.readUp(ctx, key); err != nil {
			return err
		}
	}
	return s.delivered(ctx)
}

// readUp returns an error if a reader, <service>.<kind>.<pp>, has not saved all of its stream.
func (s *site) readUp(ctx context.Context, key string) error {
	part := strings.Split(key, ".")
	if part[0] == undisturbed {
		return nil
	}
	kv, err := s.js.KeyValue(ctx, bus.BucketReader)
	if err != nil {
		return err
	}
	e, err := kv.Get(ctx, key)
	if err != nil {
		return err
	}
	var reader struct {
		Seq uint64 `json:"seq"`
	}
	if err := json.Unmarshal(e.Value(), &reader); err != nil {
		return err
	}
	stream, err := s.js.Stream(ctx, strings.ToUpper(part[1])+"_"+part[2])
	if err != nil {
		return err
	}
	if last := stream.CachedInfo().State.LastSeq; reader.Seq < last {
		return fmt.Errorf("%s has saved up to message %d of %d", key, reader.Seq, last)
	}
	return nil
}

// delivered returns an error if a finding has not become an incident, or a message has not been delivered.
func (s *site) delivered(ctx context.Context) error {
	for stream, durable := range map[string]string{bus.StreamFindings: "notifier", bus.StreamNotify: "notify-" + channel} {
		c, err := s.js.Consumer(ctx, stream, durable)
		if err != nil {
			return fmt.Errorf("consumer %s: %w", durable, err)
		}
		if info := c.CachedInfo(); info.NumPending > 0 || info.NumAckPending > 0 {
			return fmt.Errorf("%s has %d messages to do and %d in work", durable, info.NumPending, info.NumAckPending)
		}
	}
	return nil
}
