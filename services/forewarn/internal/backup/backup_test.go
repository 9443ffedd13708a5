package backup_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/models/calibration"
	"github.com/forewarn/forewarn/services/forewarn/internal/backup"
	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/outcome"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// speaker opens an episode for each name that it reads, and counts them. Once it says what became of predictions.
type speaker struct{ said int }

func (s *speaker) Process(m bus.Message) ([]bus.Output, error) {
	if m.Tick {
		return nil, nil
	}
	s.said++
	if string(m.Data) == "outcomes" {
		data, err := outcomes(m)
		return []bus.Output{{Data: data}}, err
	}
	data, err := finding.Encode(&finding.Finding{
		Schema: 1, ID: bus.OutputID("trend", 0, m.Seq, 0), Episode: string(m.Data), Action: finding.Opened, Time: m.Time,
		Kind: finding.Exhaustion, Signal: "space/volume:" + string(m.Data) + ":/", Severity: finding.Warning,
		Message: i18n.Text{En: fmt.Sprintf("number %d, full soon", s.said)}, Title: i18n.Text{En: "full"},
	})
	return []bus.Output{{Data: data}}, err
}

func (s *speaker) Snapshot(w io.Writer) error   { return json.NewEncoder(w).Encode(s.said) }
func (s *speaker) Restore(state []byte) error   { return json.Unmarshal(state, &s.said) }
func (s *speaker) Query([]byte) (answer []byte) { return fmt.Append(nil, s.said) }
func outcomes(m bus.Message) (_ []byte, err error) {
	var l calibration.Ledger
	for range 10 {
		if err := l.Add(calibration.Outcome{Kind: "exhaustion/disk", Horizon: 1, Predicted: 0.85, What: calibration.Reached}); err != nil {
			return nil, err
		}
	}
	ledger, err := json.Marshal(&l)
	if err != nil {
		return nil, err
	}
	return outcome.Encode(&outcome.Summary{
		ID: bus.OutputID("trend", 0, m.Seq, 0), Source: "trend:00", Seq: 1, Until: m.Time, Basis: calibration.Shipped().Basis, Raw: ledger, Told: ledger,
	})
}

// install is a pipeline of a publisher, a worker and the notifier on a directory.
type install struct {
	t    *testing.T
	bus  *bus.Bus
	edge *bus.Publisher
	stop func()
}

// start runs it; messages go to the hook.
func start(t *testing.T, dir, hook string) *install {
	t.Helper()
	b := bustest.Open(t, dir, bus.Settings{})
	p, err := b.NewPublisher("edge")
	if err != nil {
		t.Fatal(err)
	}
	cfg := notifier.DefaultConfig()
	cfg.JoinWindow = 0
	cfg.Channels = []notifier.ChannelConfig{{Name: "ops", Type: notifier.TypeWebhook, URL: config.Secret(hook), RatePerMinute: 60_000}}
	ctx, cancel := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	for name, run := range map[string]func(context.Context) error{
		"bus":  b.Run,
		"edge": p.Run,
		"work": func(ctx context.Context) error {
			return b.Work(ctx, bus.WorkSettings{Service: "trend", Input: bus.Metrics, Processor: &speaker{}})
		},
		"notifier": func(ctx context.Context) error {
			return notifier.Run(ctx, cfg, notifier.Settings{Logger: zap.NewNop(), Bus: b})
		},
	} {
		parts.Go(func() {
			if err := run(ctx); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	i := &install{t: t, bus: b, edge: p, stop: sync.OnceFunc(func() {
		cancel()
		parts.Wait()
		if err := b.Close(); err != nil {
			t.Errorf("close the bus: %v", err)
		}
	})}
	t.Cleanup(i.stop)
	return i
}

func (i *install) send(payloads ...string) {
	i.t.Helper()
	for _, s := range payloads {
		if err := i.edge.Publish(i.t.Context(), bus.Metrics, 0, "test", []byte(s)); err != nil {
			i.t.Fatal(err)
		}
	}
}

// incidents returns all incidents.
func (i *install) incidents() []*incident.Incident {
	i.t.Helper()
	kv, err := i.bus.KeyValue(i.t.Context(), bus.BucketIncident)
	if err != nil {
		i.t.Fatal(err)
	}
	page, err := incident.NewStore(kv).List(i.t.Context(), incident.Query{Limit: 1000})
	if err != nil {
		i.t.Fatal(err)
	}
	return page.Incidents
}

// told waits until the hook has got so many messages.
func told(t *testing.T, n *atomic.Int64, want int64) {
	t.Helper()
	bustest.Eventually(t, 20*time.Second, func() error {
		if got := n.Load(); got != want {
			return fmt.Errorf("%d messages were sent, want %d", got, want)
		}
		return nil
	})
}

// ask queries a service of the install.
func (i *install) ask(service, question string) string {
	i.t.Helper()
	var answer []byte
	bustest.Eventually(i.t, 10*time.Second, func() (err error) {
		answer, err = i.bus.Query(i.t.Context(), service, 0, []byte(question))
		return err
	})
	return string(answer)
}

// hook counts the messages that it gets.
func hook(t *testing.T) (url string, n *atomic.Int64) {
	t.Helper()
	n = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		n.Add(1)
	}))
	t.Cleanup(s.Close)
	return s.URL, n
}

// eventually waits until what get returns is what is wanted.
func eventually[T any](t *testing.T, want T, get func() T) {
	t.Helper()
	bustest.Eventually(t, 10*time.Second, func() error {
		if diff := cmp.Diff(want, get()); diff != "" {
			return fmt.Errorf("-want +got:\n%s", diff)
		}
		return nil
	})
}

func take(t *testing.T, o backup.Options) (archive string, m *backup.Manifest) {
	t.Helper()
	archive = filepath.Join(t.TempDir(), "backup.tar.gz")
	f, err := os.Create(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()                                            //nolint:errcheck // what was written is read again
	bustest.Eventually(t, 10*time.Second, func() (err error) { // the socket is there a moment after the bus
		if err = f.Truncate(0); err == nil {
			_, err = f.Seek(0, io.SeekStart)
		}
		if err == nil {
			m, err = backup.Take(t.Context(), o, f)
		}
		return err
	})
	return archive, m
}

// TestBackupAndRestore: what is restored of a copy that was taken while everything ran has the same incidents, the same events, the same track record, tells
// nobody anything again, and goes on.
func TestBackupAndRestore(t *testing.T) {
	url, n := hook(t)
	dir := t.TempDir()
	before := start(t, dir, url)
	names := make([]string, 20)
	for i := range names {
		names[i] = fmt.Sprintf("volume-%02d", i)
	}
	before.send(names...)
	before.send("outcomes")
	told(t, n, 20)
	bustest.Until(t, 10*time.Second, "outcomes are counted", func() bool {
		return strings.Contains(before.ask(outcome.Keeper, outcome.QueryScorecard), `"came_true":10`)
	})

	var share float64
	archive, m := take(t, backup.Options{
		DataDir: dir, Bus: bustest.Config(), MadeBy: "a test", LeftOut: []i18n.Text{{En: "the history"}},
		Configuration: []backup.File{{Name: "forewarn.yaml", Content: []byte("log: {level: warn}\n")}}, Observe: func(s float64) { share = s },
	})
	if share != 1 || m.Partitions != 4 || len(m.Notes) > 0 || m.LeftOut[0].En != "the history" {
		t.Errorf("a share of %v is done; manifest %+v", share, m)
	}
	want, card := before.incidents(), before.ask(outcome.Keeper, outcome.QueryScorecard)
	before.stop()

	other := filepath.Join(t.TempDir(), "new")
	if _, err := backup.Restore(t.Context(), backup.RestoreOptions{Input: archive, DataDir: other, Bus: bustest.Config()}); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(other, "configuration", "forewarn.yaml")); err != nil || string(text) != "log: {level: warn}\n" {
		t.Errorf("configuration %q (%v)", text, err)
	}
	after := start(t, other, url)
	// A copy may hold a state that is behind its stream: what lies between is read again, in a moment.
	eventually(t, "21", func() string { return after.ask("trend", "") })
	eventually(t, card, func() string { return after.ask(outcome.Keeper, outcome.QueryScorecard) })
	eventually(t, want, after.incidents)
	after.send("another")
	told(t, n, 21)
	if got := len(after.incidents()); got != 21 {
		t.Errorf("%d incidents, want one more than 20", got)
	}
}

// TestRefused: nothing is restored over what is there, nor of an archive that is damaged in any way, and nothing is left behind then.
func TestRefused(t *testing.T) {
	dir := t.TempDir()
	bustest.Open(t, dir, bus.Settings{}).Close() //nolint:errcheck // the test's clean-up tells
	archive, _ := take(t, backup.Options{DataDir: dir, Bus: bustest.Config()})
	whole, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	f := func(data []byte, want string) {
		t.Helper()
		if err := os.WriteFile(archive, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := backup.Restore(t.Context(), backup.RestoreOptions{Input: archive, DataDir: to, Bus: bustest.Config()})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		if left, err := os.ReadDir(to); err != nil || len(left) > 0 {
			t.Errorf("left %v behind (%v)", left, err)
		}
	}
	f([]byte("nothing"), "no archive")
	f(whole[:len(whole)/2], "damaged or was cut off")
	broken := append([]byte(nil), whole...)
	broken[len(broken)/2] ^= 0x40
	f(broken, "damaged")
	f(append(whole, whole...), "behind the manifest")

	if err := os.WriteFile(archive, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(to, "mine"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = backup.Restore(t.Context(), backup.RestoreOptions{Input: archive, DataDir: to, Bus: bustest.Config()})
	if err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("into a directory with something in it: %v", err)
	}
	if _, err := os.Stat(filepath.Join(to, "mine")); err != nil {
		t.Errorf("what was there is gone: %v", err)
	}
}
