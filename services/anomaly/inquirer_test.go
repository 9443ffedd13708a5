package anomaly

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// newInquiry returns an inquirer of the rules of a text over a history of its own.
func newInquiry(t testing.TB, text string, change func(*Config)) (*inquirer, *embedded.Store) {
	t.Helper()
	rules, cat, cfg := openRules(t, text)
	if change != nil {
		change(&cfg)
		var err error
		if rules, err = cfg.OpenRules(cat); err != nil {
			t.Fatal(err)
		}
	}
	store, err := embedded.Open(history.DefaultConfig(), embedded.Settings{Logger: zap.NewNop(), Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() }) //nolint:errcheck // the test is over
	registry := prometheus.NewRegistry()
	return newInquirer(t.Context(), cfg, Settings{
		Logger: zap.NewNop(), Health: &obs.Health{}, Catalogue: cat, Rules: rules, History: store,
	}, newRuleMetrics(registry, newMetrics(registry).findings)), store
}

// ownMessage is what an inquirer said to itself.
func ownMessage(seq uint64, data []byte) bus.Message {
	return bus.Message{Seq: seq, Time: july, Subject: "fleet.00." + QueriesService + ".00", Data: data}
}

// process hands on a message and returns what came of it.
func process(t testing.TB, q *inquirer, m bus.Message) []bus.Output {
	t.Helper()
	out, err := q.Process(m)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const sums = `groups: [{name: g, interval: 15s, rules: [{alert: Sum, expr: sum(up) > 1}]}]`

// TestAnswersDecide: at a replay queries find something else, and change nothing: what was found the first time is in the stream, and
// that alone decides what is said and what is kept.
func TestAnswersDecide(t *testing.T) {
	first, store := newInquiry(t, sums, nil)
	if _, err := store.Append(t.Context(), at(t, july, map[string]float64{`up{instance="a:1",job="j"}`: 1, `up{instance="b:1",job="j"}`: 1})); err != nil {
		t.Fatal(err)
	}
	again, _ := newInquiry(t, sums, nil) // whose history is empty
	var stream []bus.Message
	seq := uint64(0)
	for i := range 4 {
		seq++
		tick := bus.Message{Seq: seq, Time: july.Add(time.Duration(i+1) * 15 * time.Second), Tick: true}
		stream = append(stream, tick)
		for _, out := range process(t, first, tick) {
			if !out.Fleet {
				t.Fatalf("a tick gave %s", out.Data)
			}
			seq++
			stream = append(stream, ownMessage(seq, out.Data))
		}
	}
	if len(stream) < 6 {
		t.Fatalf("%d messages; nothing was found", len(stream))
	}
	var got, want []string
	for _, m := range stream {
		if out := process(t, again, m); !m.Tick {
			got = append(got, fmt.Sprint(out))
			want = append(want, fmt.Sprint(process(t, first, m)))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-first +again):\n%s", diff)
	}
	one, err1 := bustest.State(first)
	two, err2 := bustest.State(again)
	if err1 != nil || err2 != nil || string(one) != string(two) || len(one) < 100 {
		t.Errorf("states %s and %s, %v, %v", one, two, err1, err2)
	}
	if err := again.Restore(one); err != nil {
		t.Error(err)
	}
	if err := again.Restore([]byte{9}); err == nil {
		t.Error("a state of another version was taken")
	}
}

// TestOthersTalk: what other workers say on the same stream is passed over, and what cannot be read is refused.
func TestOthersTalk(t *testing.T) {
	q, _ := newInquiry(t, sums, nil)
	if out := process(t, q, bus.Message{Seq: 1, Subject: "fleet.00.trend.01", Data: []byte("{}")}); out != nil {
		t.Errorf("it answered %+v", out)
	}
	for _, data := range [][]byte{nil, {9}, {answerVersion}, {answerVersion, 1, 'a'}, {answerVersion, 1, 'a', 0, 0xFF}} {
		if out, err := q.Process(ownMessage(2, data)); err == nil {
			t.Errorf("%v was taken for an answer: %+v", data, out)
		}
	}
	gone := appendAnswer(nil, "g/Gone", july, &telemetry.Batch{})
	if out := process(t, q, ownMessage(3, gone)); len(out) != 0 {
		t.Errorf("of a rule that is gone: %+v", out)
	}
}

// TestRests: a rule that times out rests, so that it costs the others little, and is tried again.
func TestRests(t *testing.T) {
	q, _ := newInquiry(t, sums, func(c *Config) { c.RuleTimeout = time.Nanosecond })
	for i := range 3 {
		process(t, q, bus.Message{Seq: uint64(i + 1), Time: july.Add(time.Duration(i) * 15 * time.Second), Tick: true}) //nolint:gosec // few
	}
	if q.stats.Evaluations != 3 || q.stats.Failures != 3 || !strings.Contains(q.failing.first(), "timed out") || len(q.resting) != 1 {
		t.Errorf("counted %+v, %v, %v", q.stats, q.failing, q.resting)
	}
	q.resting["g/Sum"] = july.Add(time.Minute)
	process(t, q, bus.Message{Seq: 4, Time: july.Add(time.Minute), Tick: true})
	if q.stats.Failures != 4 || !strings.Contains(q.failing.first(), "rests") {
		t.Errorf("counted %+v, %v", q.stats, q.failing)
	}
}

// TestExplosion: a rule whose results are more than there is room for tells of as many as there is, and says so.
func TestExplosion(t *testing.T) {
	q, store := newInquiry(t, `groups: [{name: g, interval: 15s, rules: [{alert: Many, expr: sum by (instance) (up) == 0}]}]`, func(c *Config) { c.MaxAlerts = 10 })
	values := map[string]float64{}
	for i := range 50 {
		values[fmt.Sprintf(`up{instance="h%d:1"}`, i)] = 0
	}
	if _, err := store.Append(t.Context(), at(t, july, values)); err != nil {
		t.Fatal(err)
	}
	out := process(t, q, bus.Message{Seq: 1, Time: july.Add(30 * time.Second), Tick: true})
	if len(out) != 1 {
		t.Fatalf("%d outputs", len(out))
	}
	if told := process(t, q, ownMessage(2, out[0].Data)); len(told) != 10 {
		t.Errorf("%d findings, want 10", len(told))
	}
	if _, firing := q.book.Len(); firing != 10 || q.book.Stats().Refused != 40 {
		t.Errorf("%d fire, %d were refused", firing, q.book.Stats().Refused)
	}
}

// TestGroupsOfOneName: files of two teams may have groups of the same name.
func TestGroupsOfOneName(t *testing.T) {
	q, store := newInquiry(t, sums, func(c *Config) { c.Rules = append(c.Rules, c.Rules[0]) })
	if _, err := store.Append(t.Context(), at(t, july, map[string]float64{`up{instance="a:1"}`: 1, `up{instance="b:1"}`: 1})); err != nil {
		t.Fatal(err)
	}
	if out := process(t, q, bus.Message{Seq: 1, Time: july.Add(30 * time.Second), Tick: true}); len(out) != 2 {
		t.Errorf("%d answers, want one of each group", len(out))
	}
}

// FuzzAnswer: whatever an answer holds, it is taken or refused, and the state can be saved and restored after it.
func FuzzAnswer(f *testing.F) {
	b := at(f, july, map[string]float64{`up{instance="a:1"}`: 0, `up{instance="b:1"}`: 1})
	f.Add(appendAnswer(nil, "g/Sum", july, b))
	f.Add([]byte{answerVersion, 1, 'a', 0})
	q, _ := newInquiry(f, sums, nil)
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := q.Process(ownMessage(1, data)); err != nil {
			return
		}
		state, err := bustest.State(q)
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Restore(state); err != nil {
			t.Fatalf("%s is refused: %v", state, err)
		}
	})
}

// FuzzRulerRestore: whatever bytes are restored, they are refused or give a state that goes on.
func FuzzRulerRestore(f *testing.F) {
	rules, cat, cfg := openRules(f, "")
	r := newRuler(cfg, rules.groups, cat)
	quarter(f, r, nil)
	state, err := bustest.State(r)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(state)
	f.Add(state[:len(state)/2])
	f.Fuzz(func(t *testing.T, data []byte) {
		r := newRuler(cfg, rules.groups, cat)
		if r.Restore(data) != nil {
			if state, err := bustest.State(r); err != nil || len(state) > 6 {
				t.Fatalf("after a refusal the state is %q, %v", state, err)
			}
			return
		}
		r.Tick(r.now.Add(time.Minute))
		if _, err := bustest.State(r); err != nil {
			t.Fatal(err)
		}
	})
}
