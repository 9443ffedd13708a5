// Package bustest runs a real bus for tests: an embedded JetStream server in the test's own directory, which
// nothing outside the process can reach. It starts in well under a second.
//
//	b := bustest.New(t)
package bustest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/bus"
)

// New returns a bus on t.TempDir() that is closed when the test ends. Its settings are those of production
// but for speed: messages are not synced one by one, the store is small, time-outs are short. Options change them
// further. Its background duties do not run unless the test calls Run.
func New(t testing.TB, options ...func(*bus.Config)) *bus.Bus {
	t.Helper()
	return Open(t, t.TempDir(), bus.Settings{}, options...)
}

// Open returns a bus like New's on a directory and settings of the test's own, so that it can be opened again.
// Settings.DataDir is dir. It is closed when the test ends, if it was not before.
func Open(t testing.TB, dir string, s bus.Settings, options ...func(*bus.Config)) *bus.Bus {
	t.Helper()
	cfg := Config(options...)
	s.DataDir = dir
	if s.Logger == nil && testing.Verbose() {
		if log, err := zap.NewDevelopment(zap.IncreaseLevel(zap.WarnLevel)); err == nil {
			s.Logger = log.Named(t.Name())
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	b, err := bus.Open(ctx, cfg, s)
	if err != nil {
		t.Fatalf("open the test's bus: %v", err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("close the test's bus: %v", err)
		}
	})
	return b
}

// Eventually polls until done returns nil; the test fails with its last error if that takes longer than within.
func Eventually(t testing.TB, within time.Duration, done func() error) {
	t.Helper()
	for deadline := time.Now().Add(within); ; time.Sleep(5 * time.Millisecond) {
		err := done()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %v", within, err)
		}
	}
}

// Until polls until the condition holds; what names it in the failure.
func Until(t testing.TB, within time.Duration, what string, condition func() bool) {
	t.Helper()
	Eventually(t, within, func() error {
		if !condition() {
			return errors.New(what)
		}
		return nil
	})
}

// Config returns the settings that New uses.
func Config(options ...func(*bus.Config)) bus.Config {
	cfg := bus.DefaultConfig()
	cfg.SyncInterval = time.Minute
	cfg.MaxStore = 128 << 20
	cfg.MinFree = 0 // tests of other things must not depend on this machine's disk
	cfg.SpoolMax = 16 << 20
	cfg.AckTimeout = 5 * time.Second // one slow sync must not put a batch on the spool
	cfg.SpoolAfter = 200 * time.Millisecond
	cfg.SnapshotInterval = 200 * time.Millisecond
	cfg.JanitorInterval = 200 * time.Millisecond
	cfg.TickInterval = 200 * time.Millisecond
	cfg.CanaryInterval = 200 * time.Millisecond
	for _, o := range options {
		o(&cfg)
	}
	return cfg
}

// State returns what a processor's snapshot holds.
func State(p interface{ Snapshot(io.Writer) error }) ([]byte, error) {
	var b bytes.Buffer
	err := p.Snapshot(&b)
	return b.Bytes(), err
}
