package chaos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/services/anomaly"
	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/services/trend"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
)

// calm is an embedded bus on which nothing is disturbed.
func calm(ctx context.Context, dir string, clock func() time.Time) (*bus.Bus, error) {
	cfg := bus.DefaultConfig()
	cfg.Partitions, cfg.MaxStore, cfg.MinFree, cfg.SyncInterval = partitions, 1<<30, 0, time.Minute
	return bus.Open(ctx, cfg, bus.Settings{DataDir: dir, Clock: clock})
}

// copyTo puts messages into a stream, under the sequences and the times that they had.
func copyTo(ctx context.Context, js jetstream.JetStream, all []said) error {
	for _, m := range all {
		msg := &nats.Msg{Subject: m.subject, Data: m.data, Header: nats.Header{}}
		for key, values := range m.header {
			msg.Header[key] = values
		}
		msg.Header.Set("Forewarn-Clock", m.time.UTC().Format(time.RFC3339Nano))
		ack, err := js.PublishMsg(ctx, msg)
		if err != nil {
			return fmt.Errorf("copy message %d of %s: %w", m.seq, m.subject, err)
		}
		if ack.Sequence != m.seq {
			return fmt.Errorf("message %d of %s became message %d of the copy: the original has gaps or repeats", m.seq, m.subject, ack.Sequence)
		}
	}
	return nil
}

// work has the services trend and anomaly work on the input, and returns what is on their bus afterwards.
func work(ctx context.Context, dir string, input map[string][]said) (r *record, err error) {
	b, err := calm(ctx, dir, time.Now)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	for _, name := range inputs() {
		if err := copyTo(ctx, b.JetStream(), input[name]); err != nil {
			return nil, err
		}
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- services(working, b) }()
	err = poll(ctx, 10*time.Minute, 100*time.Millisecond, func() error {
		for p := range partitions {
			for _, service := range []string{trend.Service, anomaly.Service, anomaly.MetricsService, anomaly.RulesService} {
				if left, err := b.Lag(ctx, service, p); err != nil || left > 0 {
					return errors.Join(err, fmt.Errorf("%s has %d messages left in partition %d", service, left, p))
				}
			}
		}
		return nil
	})
	stop() // which saves the states
	if err := errors.Join(err, <-done); err != nil {
		return nil, err
	}
	return read(ctx, b.JetStream())
}

// services runs trend and anomaly with the configuration that an install begins with.
func services(ctx context.Context, b *bus.Bus) error {
	catalogue, err := signal.Load()
	if err != nil {
		return err
	}
	days := calendar.DefaultSettings()
	cal, err := days.Open(os.ReadFile)
	if err != nil {
		return err
	}
	listening := anomaly.DefaultConfig()
	dictionary, unknown := listening.Open()
	rules, unreadable := listening.OpenRules(catalogue)
	if err := errors.Join(unknown, unreadable); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return trend.Run(ctx, trend.DefaultConfig(), trend.Settings{
			Logger: zap.NewNop(), Registry: prometheus.NewRegistry(), Health: &obs.Health{}, Bus: b, Catalogue: catalogue, Calendar: cal,
		})
	})
	g.Go(func() error {
		return anomaly.Run(ctx, listening, anomaly.Settings{
			Logger: zap.NewNop(), Registry: prometheus.NewRegistry(), Health: &obs.Health{}, Bus: b, Catalogue: catalogue, Calendar: cal,
			Dictionary: dictionary, Rules: rules,
		})
	})
	return g.Wait()
}

// tell has a notifier tell a receiver that takes everything of the findings; it returns what is on its bus afterwards.
func tell(ctx context.Context, dir string, findings []said, hook *receiver) (r *record, err error) {
	b, err := calm(ctx, dir, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	if err := copyTo(ctx, b.JetStream(), findings); err != nil {
		return nil, err
	}
	cfg := notifier.DefaultConfig()
	cfg.Channels = []notifier.ChannelConfig{{
		Name: channel, Type: notifier.TypeWebhook, URL: config.Secret(hook.url), Secret: hookSecret, MinSeverity: finding.Severity(""), RatePerMinute: 60_000,
	}}
	working, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- notifier.Run(working, cfg, notifier.Settings{Bus: b}) }()
	s := &site{js: b.JetStream()}
	err = poll(ctx, 10*time.Minute, 100*time.Millisecond, func() error { return s.delivered(ctx) })
	stop()
	if err := errors.Join(err, <-done); err != nil {
		return nil, err
	}
	return read(ctx, b.JetStream())
}
