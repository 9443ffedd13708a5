// Package storm measures what the notifier makes of very many findings at once: a real bus in this process, a robot that counts what it
// is sent, and one finding for each of as many hosts as are asked for.
//
// It checks what is promised: every incident has the receipt of its newest message, nothing is in the dead letters, no minute has
// more messages than the robot takes, and the heap of the whole process, server of the bus included, stays small.
package storm

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/pause"
)

// The promises.
const (
	perMinute = 20
	heapLimit = 200 << 20
	patience  = 30 * time.Minute
)

// Main runs the measurement that args describe, and returns an error if a promise is broken.
func Main(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("storm", flag.ContinueOnError)
	flags.SetOutput(out)
	findings := flags.Int("findings", 10_000, "how many, each of another host")
	within := flags.Duration("within", time.Minute, "over what time")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	dir, err := os.MkdirTemp("", "storm-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary directory
	cfg := bus.DefaultConfig()
	b, err := bus.Open(ctx, cfg, bus.Settings{DataDir: dir, Logger: zap.NewNop(), Registry: prometheus.NewRegistry(), Health: &obs.Health{}})
	if err != nil {
		return err
	}
	defer b.Close() //nolint:errcheck // a temporary directory
	r := newRobot()
	defer r.Close()
	return (&trial{bus: b, robot: r, out: out, findings: *findings, within: *within}).run(ctx)
}

// trial is one measurement.
type trial struct {
	bus      *bus.Bus
	robot    *robot
	out      io.Writer
	findings int
	within   time.Duration
	// live and peak are the largest heap, without and with garbage.
	live, peak uint64
}

func (t *trial) run(ctx context.Context) error {
	cfg := notifier.DefaultConfig()
	cfg.Channels = []notifier.ChannelConfig{{Name: "ops", Type: notifier.TypeDingTalk, URL: config.Secret(t.robot.URL + "/?access_token=x"), Secret: "s"}}
	inner, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	ended := make(chan error, 1)
	wg.Go(func() {
		ended <- notifier.Run(inner, cfg, notifier.Settings{Logger: zap.NewNop(), Registry: prometheus.NewRegistry(), Bus: t.bus})
	})
	wg.Go(func() { t.weigh(inner) })
	begin := time.Now()
	p := pace{}
	err := t.send(ctx)
	p.said = time.Since(begin)
	if err == nil {
		err = t.until(ctx, t.applied)
	}
	p.applied = time.Since(begin)
	fmt.Fprintf(t.out, "findings          %d in %.0f s, all applied after %.0f s\n", t.findings, p.said.Seconds(), p.applied.Seconds()) //nolint:errcheck // a terminal
	if err == nil {
		err = t.until(ctx, t.told)
	}
	p.settled = time.Since(begin)
	stop()
	wg.Wait()
	if err = errors.Join(err, <-ended); err != nil {
		return err
	}
	return t.judge(ctx, p)
}

// send publishes the findings, evenly over the time; every third is critical.
func (t *trial) send(ctx context.Context) error {
	begin := time.Now()
	for k := range t.findings {
		host := entity.Outermost(entity.Host, "", fmt.Sprintf("host-%05d", k))
		f := &finding.Finding{
			Schema: finding.SchemaVersion, ID: fmt.Sprintf("storm:00:%d:0", k), Episode: host.ID, Action: finding.Opened, Time: time.Now().UTC(),
			Kind: finding.Anomaly, Signal: "storm/" + host.ID, Entity: host, Severity: []finding.Severity{finding.Warning, finding.Warning, finding.Critical}[k%3],
			Title:   i18n.Text{En: host.Name + " is slow", Zh: host.Name + " 变慢"},
			Message: i18n.Text{En: "Requests take 10 times as long as usual.", Zh: "请求耗时为平时的 10 倍。"},
		}
		data, err := finding.Encode(f)
		if err != nil {
			return err
		}
		if _, err := t.bus.JetStream().Publish(ctx, bus.SubjectFindings("storm", 0), data, jetstream.WithMsgID(f.ID)); err != nil {
			return err
		}
		if ahead := time.Duration(k)*t.within/time.Duration(t.findings) - time.Since(begin); ahead > 0 {
			pause.For(ctx, ahead)
		}
	}
	return ctx.Err()
}

// pace is after how long something was done.
type pace struct{ said, applied, settled time.Duration }

// until waits for a condition, which does not hold before the notifier has begun.
func (t *trial) until(ctx context.Context, condition func(context.Context) (bool, error)) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if done, err := condition(ctx); done || err != nil {
			return err
		}
		if !pause.For(ctx, 200*time.Millisecond) {
			return ctx.Err()
		}
	}
	return fmt.Errorf("not settled within %v", patience)
}

// applied reports whether all findings are.
func (t *trial) applied(ctx context.Context) (bool, error) {
	findings, err := t.bus.JetStream().Consumer(ctx, bus.StreamFindings, "notifier")
	if err != nil {
		return false, nil //nolint:nilerr // it is made at the start of the notifier
	}
	info := findings.CachedInfo()
	return info.NumPending == 0 && info.NumAckPending == 0, nil
}

// told reports whether every delivery is done with.
func (t *trial) told(ctx context.Context) (bool, error) {
	queued, err := t.messages(ctx, bus.StreamNotify)
	return queued == 0, err
}

func (t *trial) messages(ctx context.Context, stream string) (uint64, error) {
	s, err := t.bus.JetStream().Stream(ctx, stream)
	if err != nil {
		return 0, err
	}
	return s.CachedInfo().State.Msgs, nil
}

// weigh notes the largest heap: what is in use, as the collector of garbage found it, and with what it had not collected yet.
func (t *trial) weigh(ctx context.Context) {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
	for pause.For(ctx, 100*time.Millisecond) {
		metrics.Read(samples)
		t.live, t.peak = max(t.live, samples[0].Value.Uint64()), max(t.peak, samples[1].Value.Uint64())
	}
}

// judge says what was measured, and what of it breaks a promise.
func (t *trial) judge(ctx context.Context, p pace) error {
	incidents, lost, err := t.receipts(ctx)
	if err != nil {
		return err
	}
	dead, err := t.messages(ctx, bus.StreamDeadLetters)
	if err != nil {
		return err
	}
	sent, busiest := t.robot.count()
	fmt.Fprintf(t.out, "told              all after %.0f s\n", p.settled.Seconds())                                                    //nolint:errcheck // a terminal
	fmt.Fprintf(t.out, "incidents         %d, without the receipt of their newest message %d\n", incidents, lost)                      //nolint:errcheck // a terminal
	fmt.Fprintf(t.out, "messages          %d, most in any minute %d\n", sent, busiest)                                                 //nolint:errcheck // a terminal
	fmt.Fprintf(t.out, "dead letters      %d\n", dead)                                                                                 //nolint:errcheck // a terminal
	fmt.Fprintf(t.out, "heap at most      %d MB in use, %d MB with garbage, the server of the bus included\n", t.live>>20, t.peak>>20) //nolint:errcheck // a terminal
	var errs []error
	for _, promise := range []struct {
		broken bool
		text   string
	}{
		{incidents != t.findings, "a finding opened no incident"},
		{lost > 0, "an incident has no receipt of its newest message"},
		{dead > 0, "there are dead letters"},
		{busiest > perMinute, fmt.Sprintf("a minute has more than %d messages", perMinute)},
		{t.live > heapLimit, fmt.Sprintf("the heap has more than %d MB", heapLimit>>20)},
	} {
		if promise.broken {
			errs = append(errs, errors.New(promise.text))
		}
	}
	return errors.Join(errs...)
}

// receipts counts the incidents, and those whose newest message has no receipt.
func (t *trial) receipts(ctx context.Context) (all, lost int, err error) {
	kv, err := t.bus.KeyValue(ctx, bus.BucketIncident)
	if err != nil {
		return 0, 0, err
	}
	store := incident.NewStore(kv)
	for q := (incident.Query{Limit: 500}); ; {
		page, err := store.List(ctx, q)
		if err != nil {
			return 0, 0, err
		}
		for _, i := range page.Incidents {
			all++
			if r, err := store.Receipt(ctx, i.ID, "ops"); err != nil || i.Notified == nil || r.Version < i.Notified.Version || r.Outcome != incident.Delivered {
				lost++
			}
		}
		if q.Before = page.Next; page.Next == "" {
			return all, lost, nil
		}
	}
}
