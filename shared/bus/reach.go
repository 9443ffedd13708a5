package bus

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/forewarn/forewarn/shared/obs"
)

// Reach opens the bus of an install that is there, and makes nothing: the server that cfg.URL names; the embedded one of the process
// that has the data directory, through a socket there; or, if none has, the one that it starts in it. It is for [Bus.Copy], and
// blocks like [Open]. The caller must Close the bus.
func Reach(ctx context.Context, cfg Config, s Settings) (*Bus, error) {
	b, err := newBus(cfg, s)
	if err != nil {
		return nil, err
	}
	if err := b.reach(ctx); err != nil {
		return nil, errors.Join(b.explainDenied(err), b.Close())
	}
	b.health.Set("bus", obs.OK, "")
	return b, nil
}

func (b *Bus) reach(ctx context.Context) error {
	if b.cfg.URL == "" {
		if err := b.enter(ctx); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, b.cfg.ConnectTimeout)
	defer cancel()
	if err := b.connect(ctx); err != nil {
		return err
	}
	return b.explainStreams(b.Retry(ctx, "read number of partitions", func(ctx context.Context) error {
		kv, err := b.bucket(ctx, BucketMeta)
		if err != nil {
			return err
		}
		return b.readPartitions(ctx, kv)
	}))
}

// enter finds the embedded server of the data directory, or starts it.
func (b *Bus) enter(ctx context.Context) error {
	dir := b.storeDir()
	if _, err := os.Stat(filepath.Join(dir, "jetstream")); err != nil {
		return fmt.Errorf("%s holds no bus (%w); name the data directory of `forewarn up` by --data-dir, or by --config the file whose bus.url is the server", b.dataDir, err)
	}
	lock, err := lockDir(dir)
	if err == nil {
		b.lock = lock
		b.host, err = newHost(b.cfg, dir, b.log) //nolint:contextcheck // mending has a time of its own, and must not end half-way
		return err
	}
	if !errors.Is(err, errInUse) {
		return err
	}
	conn, dialled := socket(b.socketPath()).dial(ctx)
	if dialled != nil {
		return fmt.Errorf("%w; or find out why it cannot be reached while it runs: %w", err, dialled)
	}
	b.socket = socket(b.socketPath())
	return conn.Close()
}
