package notifier_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/obs"
)

// What the victim of TestKillNine is told in its environment: where its bus is, who is told, how many incidents there are to open
// (none but in the first life), and after how long people are told again.
const (
	victimDir   = "FOREWARN_TEST_VICTIM_DIR"
	victimHook  = "FOREWARN_TEST_VICTIM_HOOK"
	victimOpen  = "FOREWARN_TEST_VICTIM_OPEN"
	victimAfter = "FOREWARN_TEST_VICTIM_AFTER"
)

// killing says how large the test is: "1000" incidents are what `task reminders` runs.
const killing = "FOREWARN_REMINDERS"

// many has everything synced, as in production, and room for a thousand incidents.
func many(c *bus.Config) { c.SyncInterval, c.MaxStore = 0, 2<<30 }

// victim is a notifier with its own server, which runs until it is killed.
func victim() error {
	ctx := context.Background()
	b, err := bus.Open(ctx, bustest.Config(many), bus.Settings{DataDir: os.Getenv(victimDir)})
	if err != nil {
		return err
	}
	open, err := strconv.Atoi(os.Getenv(victimOpen))
	if err != nil {
		return err
	}
	after, err := time.ParseDuration(os.Getenv(victimAfter))
	if err != nil {
		return err
	}
	cfg := notifier.DefaultConfig()
	cfg.RenotifyAfter = notifier.RenotifyConfig{Critical: after}
	cfg.Channels = []notifier.ChannelConfig{{Name: "hook", Type: notifier.TypeWebhook, URL: config.Secret(os.Getenv(victimHook)), RatePerMinute: 60_000}}
	health := &obs.Health{}
	ended := make(chan error, 1)
	go func() {
		ended <- notifier.Run(ctx, cfg, notifier.Settings{Logger: zap.NewNop(), Health: health, Bus: b})
	}()
	at := time.Now().UTC() // of all, so that all reminders are due at once
	for k := range open {
		if err := alarm(ctx, b, k, at); err != nil {
			return err
		}
	}
	works := func(c obs.Check) bool { return c.Name == "notifier" && c.State == obs.OK }
	for !slices.ContainsFunc(health.Checks(), works) {
		select {
		case err := <-ended:
			return err
		case <-time.After(10 * time.Millisecond):
		}
	}
	fmt.Println("ready")
	return <-ended
}

// alarm publishes the finding that opens the k-th incident, each on a host of its own.
func alarm(ctx context.Context, b *bus.Bus, k int, at time.Time) error {
	host := fmt.Sprintf("host:erp-%04d", k)
	f := &finding.Finding{
		Schema: 1, ID: fmt.Sprintf("trend:00:%d:0", k+1), Episode: fmt.Sprintf("trend:00:%d", k+1), Action: finding.Opened, Time: at,
		Kind: finding.Exhaustion, Signal: "space/volume:" + host + ":/", Severity: finding.Critical,
		Entity: entity.Entity{ID: "volume:" + host + ":/", Root: host, Name: host}, Title: i18n.Text{En: "full"}, Message: i18n.Text{En: "full soon"},
	}
	data, err := finding.Encode(f)
	if err != nil {
		return err
	}
	_, err = b.JetStream().Publish(ctx, bus.SubjectFindings("trend", 0), data, jetstream.WithMsgID(f.ID))
	return err
}

// crowd is a webhook's other end: it counts what it has accepted, by the id of the delivery.
type crowd struct {
	*httptest.Server
	mu       sync.Mutex
	times    map[string]int // by the id of the delivery
	reminded map[string]int // the highest count of a reminder, by incident
}

func newCrowd(t *testing.T) *crowd {
	t.Helper()
	c := &crowd{times: map[string]int{}, reminded: map[string]int{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var b struct {
			Incident incident.Incident `json:"incident"`
		}
		data, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(data, &b) != nil {
			return // killed in between
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.times[r.Header.Get("Forewarn-Delivery")]++
		c.reminded[b.Incident.ID] = max(c.reminded[b.Incident.ID], b.Incident.Notified.Count)
	}))
	t.Cleanup(c.Close)
	return c
}

// all reports whether so many incidents have been reminded of so often.
func (c *crowd) all(incidents, count int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, have := range c.reminded {
		if have >= count {
			n++
		}
	}
	return n >= incidents
}

// span is a time in which no notifier ran.
type span struct{ from, to time.Time }

// killer runs one life after the other.
type killer struct {
	t     *testing.T
	dir   string
	hook  string
	after time.Duration
	cmd   *exec.Cmd
	since time.Time // when the last one was killed
	down  []span
}

// start begins a life, which opens so many incidents, and returns when it works.
func (k *killer) start(open int) {
	k.t.Helper()
	k.cmd = exec.Command(os.Args[0])
	k.cmd.Env = append(os.Environ(), victimDir+"="+k.dir, victimHook+"="+k.hook, victimOpen+"="+strconv.Itoa(open), victimAfter+"="+k.after.String())
	k.cmd.Stderr = os.Stderr
	out, err := k.cmd.StdoutPipe()
	if err != nil {
		k.t.Fatal(err)
	}
	if err := k.cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || strings.TrimSpace(line) != "ready" {
		k.t.Fatalf("the victim says %q, %v", line, err)
	}
	if !k.since.IsZero() {
		k.down = append(k.down, span{k.since, time.Now()})
	}
}

// kill ends a life: kill -9, of the notifier and of its server.
func (k *killer) kill() {
	k.since = time.Now()
	_ = k.cmd.Process.Kill()
	_ = k.cmd.Wait()
}

// without returns for how long no notifier ran between two times.
func (k *killer) without(from, to time.Time) (sum time.Duration) {
	for _, s := range k.down {
		begin, end := s.from, s.to
		if begin.Before(from) {
			begin = from
		}
		if end.After(to) {
			end = to
		}
		sum += max(end.Sub(begin), 0)
	}
	return sum
}

// TestKillNine kills a notifier and its server again and again while nobody acknowledges what they tell, of incidents that opened, and whose reminders
// are due, all at once. Every reminder comes once, in order, and no later than by the time that nobody ran and a little; and whoever is told counts no delivery twice but one for each kill.
func TestKillNine(t *testing.T) {
	incidents, reminders, kills, after, most := 40, 2, 4, 5*time.Second, 15*time.Second // many tests share the machine
	if n, err := strconv.Atoi(os.Getenv(killing)); err == nil {
		incidents, reminders, kills, after, most = n, 2, 12, 2*time.Minute, 2*time.Second
	}
	people := newCrowd(t)
	k := &killer{t: t, dir: t.TempDir(), hook: people.URL, after: after}
	k.start(incidents)
	t.Cleanup(k.kill)
	bustest.Until(t, 5*time.Minute, "all are open", func() bool { return people.all(incidents, 0) })
	each := time.Duration(reminders) * after / time.Duration(kills)
	for range kills {
		wait := each/2 + rand.N(each)
		bustest.Until(t, time.Minute, "the moment to kill it", elapsed(wait))
		k.kill()
		k.start(0)
	}
	bustest.Until(t, 10*time.Minute, "everybody was told often enough", func() bool { return people.all(incidents, reminders) })
	k.kill()
	late := examine(t, k, people, reminders, kills)
	if len(late) < incidents*reminders {
		t.Errorf("%d reminders of %d incidents", len(late), incidents)
	}
	slices.Sort(late)
	if worst := late[len(late)-1]; worst > most {
		t.Errorf("a reminder came %v later than downtime explains, %v are the most", worst, most)
	}
	t.Logf("%d incidents, %d kills, %d reminders; beyond downtime they were late by %v (median), %v (99 %%), %v (most)",
		incidents, kills, len(late), late[len(late)/2], late[len(late)*99/100], late[len(late)-1])
}

// elapsed returns a condition that holds after a time.
func elapsed(d time.Duration) func() bool {
	at := time.Now().Add(d)
	return func() bool { return time.Now().After(at) }
}

// examine reads the audit trail and compares it with what people got. It returns how late reminders were beyond downtime.
func examine(t *testing.T, k *killer, people *crowd, reminders, kills int) (late []time.Duration) {
	t.Helper()
	b := bustest.Open(t, k.dir, bus.Settings{}, many)
	told := map[string][]*incident.Event{}
	known := map[string]bool{}
	stream, err := b.JetStream().Stream(t.Context(), bus.StreamIncidents)
	if err != nil {
		t.Fatal(err)
	}
	for seq := uint64(1); seq <= stream.CachedInfo().State.LastSeq; seq++ {
		msg, err := stream.GetMsg(t.Context(), seq)
		if err != nil {
			t.Fatal(err)
		}
		e, err := incident.DecodeEvent(msg.Data)
		if err != nil {
			t.Fatal(err)
		}
		told[e.Incident.ID] = append(told[e.Incident.ID], e)
		known[e.ID+".hook"] = true
	}
	for id, events := range told {
		if len(events) < reminders+1 {
			t.Errorf("incident %s has %d changes", id, len(events))
		}
		for n := 1; n < len(events); n++ {
			was, is := events[n-1].Incident.Notified, events[n].Incident.Notified
			if events[n].Incident.Version != n+1 || is.Count != n || is.Reason != incident.ReasonUnacknowledged {
				t.Fatalf("incident %s: change %d is version %d, %+v", id, n+1, events[n].Incident.Version, is)
			}
			due := was.Time.Add(k.after)
			by := is.Time.Sub(due) - k.without(due, is.Time)
			if is.Time.Before(due) {
				t.Errorf("incident %s: reminder %d came %v before it was due", id, n, due.Sub(is.Time))
			}
			late = append(late, by)
		}
	}
	twice := 0
	for id, n := range people.times {
		twice += n - 1
		if !known[id] {
			t.Errorf("people were told %s, which is no change", id)
		}
	}
	if twice > kills+1 {
		t.Errorf("%d deliveries came twice, of %d kills", twice, kills)
	}
	return late
}
