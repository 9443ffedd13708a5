package signal

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/telemetry"
	"github.com/forewarn/forewarn/shared/wire"
)

// counters is a catalogue of rules on rates and sums.
const counters = `rules:
  - id: error-share
    kind: behaviour
    title: {en: errors, zh: 错误}
    advice: {en: look, zh: 看}
    inputs:
      - {name: all, metric: test_requests_total, rate: 1m, sum: true}
      - {name: failed, metric: test_requests_total, match: ['status=~"5.."'], rate: 1m, sum: true, optional: true}
    use: (failed ? 0) / all
    join: [job, instance]
    entity: {type: host, root: host}
    unit: ratio
    impact: 3
    time_to_fix: 1h
  - id: wait
    kind: behaviour
    title: {en: waits, zh: 等待}
    advice: {en: look, zh: 看}
    inputs: [{name: seconds, metric: test_seconds_sum, rate: 1m}, {name: count, metric: test_seconds_count, rate: 1m}]
    use: seconds / count
    entity: {type: host, root: host}
    unit: seconds
    impact: 3
    time_to_fix: 1h
  - id: pending
    kind: behaviour
    title: {en: waits, zh: 等待}
    advice: {en: look, zh: 看}
    inputs: [{name: pending, metric: test_pending, sum: true}]
    use: pending
    join: [job, instance]
    entity: {type: host, root: host}
    unit: threads
    impact: 3
    time_to_fix: 1h
`

func ruleOf(t testing.TB, id string) *Rule {
	t.Helper()
	r, ok := load0(t, File{Name: "counters.yaml", Data: []byte(counters)}).Rule(id)
	if !ok {
		t.Fatalf("there is no rule %s", id)
	}
	return r
}

// told is a sample of an input's series at a second.
type told struct {
	input  int
	series uint64
	value  float64
}

// tell brings what is told at a second to a reading, in the order given, and evaluates.
func tell(r *Reading, second int64, all ...told) (use float64, ok bool) {
	for _, s := range all {
		r.Hear(s.input, s.series, telemetry.Sample{TimeMillis: second * 1000, Value: s.value})
	}
	use, _, ok = r.Evaluate(second * 1000)
	return use, ok
}

// uses returns what is read at each second at which there is a use.
func uses(r *Reading, every int64, n int, at func(i int) []told) map[int64]float64 {
	out := map[int64]float64{}
	for i := range n {
		second := 600 + int64(i)*every
		if use, ok := tell(r, second, at(i)...); ok {
			out[second] = math.Round(use*1e9) / 1e9
		}
	}
	return out
}

func TestRates(t *testing.T) {
	f := func(name, rule string, every int64, n int, at func(i int) []told, want map[int64]float64) {
		t.Helper()
		r := NewReading(ruleOf(t, rule))
		if diff := cmp.Diff(want, uses(&r, every, n, at)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	f("once a window", "wait", 20, 7, func(i int) []told {
		return []told{{0, 1, float64(i)}, {1, 2, float64(10 * i)}}
	}, map[int64]float64{660: 0.1, 720: 0.1})
	f("a slower sender", "wait", 300, 3, func(i int) []told {
		return []told{{0, 1, float64(i * i)}, {1, 2, float64(10 * i)}}
	}, map[int64]float64{900: 0.1, 1200: 0.3})
	f("nothing happens", "wait", 60, 3, func(int) []told { return []told{{0, 1, 5}, {1, 2, 5}} }, map[int64]float64{})
	f("a restart", "wait", 60, 5, func(i int) []told {
		return []told{{0, 1, float64(i % 3)}, {1, 2, float64(10 * (i % 3))}}
	}, map[int64]float64{660: 0.1, 720: 0.1, 840: 0.1})
	f("too long a gap", "wait", 6000, 3, func(i int) []told {
		return []told{{0, 1, float64(i)}, {1, 2, float64(10 * i)}}
	}, map[int64]float64{})
	f("the first error", "error-share", 60, 4, func(i int) []told {
		all := []told{{0, 1, float64(99 * i)}}
		if i >= 2 {
			all = append(all, told{0, 2, 1}, told{1, 2, 1})
		}
		return all
	}, map[int64]float64{660: 0, 720: 0.01, 780: 0})
	f("a series that ends", "error-share", 60, 5, func(i int) []told {
		all := []told{{0, 1, float64(50 * i)}}
		if i < 3 {
			all = append(all, told{0, 2, float64(50 * i)}, told{1, 2, float64(50 * i)})
		}
		return all
	}, map[int64]float64{660: 0.5, 720: 0.5, 840: 0}) // that of 780 may still be on its way then
	f("other labels", "error-share", 60, 6, func(i int) []told {
		series := uint64(1)
		if i >= 3 {
			series = 9
		}
		return []told{{0, series, float64(1000 + 60*i)}, {1, series, float64(500 + 30*i)}}
	}, map[int64]float64{660: 0.5, 720: 0.5, 900: 0.5})
	f("another series", "wait", 60, 12, func(i int) []told {
		series := uint64(1)
		if i >= 3 {
			series = 9
		}
		if i >= 3 && i < 9 {
			return []told{{1, 2, float64(10 * i)}}
		}
		return []told{{0, series, float64(series*1000 + uint64(i))}, {1, 2, float64(10 * i)}}
	}, map[int64]float64{660: 0.1, 720: 0.1, 1200: 0.1, 1260: 0.1})
	f("a sum", "pending", 60, 3, func(i int) []told {
		return []told{{0, 1, 2}, {0, 2, float64(i)}}
	}, map[int64]float64{660: 3, 720: 4})
}

// TestSumWaitsForAllBatches: what comes in two batches gives one value, the whole.
func TestSumWaitsForAllBatches(t *testing.T) {
	r := NewReading(ruleOf(t, "pending"))
	tell(&r, 600, told{0, 1, 2}, told{0, 2, 3})
	if use, ok := tell(&r, 660, told{0, 1, 2}); ok {
		t.Errorf("half of the series are taken for a sum of %v", use)
	}
	if use, ok := tell(&r, 660, told{0, 2, 3}); !ok || use != 5 {
		t.Errorf("the sum is %v, %v; want 5", use, ok)
	}
}

// senders are a sender of counters that restart, come and go.
type senders struct {
	random *rand.Rand
	values map[uint64]float64
}

// step lets time pass, and returns the increase of what was there and is there, and what is told.
func (f *senders) step() (increase float64, all []told) {
	for id := uint64(1); id <= 8; id++ {
		v, known := f.values[id]
		if !known && f.random.IntN(20) > 0 {
			continue
		}
		by := float64(f.random.IntN(100))
		f.values[id] = v + by
		increase += by
		all = append(all, told{0, id, f.values[id]})
	}
	f.random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return increase, all
}

// TestRatesAddUp: whatever the order and the batches, what is read of counters that come into being adds up to all that
// they count, and a reading that is kept and resumed at any moment goes on as if it had not been.
func TestRatesAddUp(t *testing.T) {
	rule := ruleOf(t, "error-share")
	for seed := range uint64(20) {
		f := &senders{rand.New(rand.NewPCG(seed, 1)), map[uint64]float64{1: 1000}}
		r := NewReading(rule)
		want, got := 0.0, 0.0
		for i := range int64(200) {
			second := 600 + 60*i
			increase, all := f.step()
			cut := f.random.IntN(len(all) + 1)
			tell(&r, second, all[:cut]...)
			tell(&r, second, all[cut:]...)
			if i > 0 {
				want += increase
			}
			if r.Newest[0].TimeMillis == second*1000 {
				got += r.Newest[0].Value * 60
			}
			if f.random.IntN(10) == 0 {
				r = kept(t, rule, &r)
			}
		}
		// What is new in the second batch of a moment counts from then on.
		if got > want+1e-6 || got < 0.95*want {
			t.Errorf("seed %d: rates add up to %.0f of %.0f", seed, got, want)
		}
	}
}

// kept returns what comes back of a reading that was kept, as JSON and as a message.
func kept(t testing.TB, rule *Rule, r *Reading) (out Reading) {
	t.Helper()
	data, err := json.Marshal(r)
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil || !out.Resume(rule) {
		t.Fatalf("a reading cannot be kept: %v, %s", err, data)
	}
	again, err := json.Marshal(&out)
	if err != nil || string(again) != string(data) {
		t.Fatalf("a reading changes when it is kept: %s, %s", data, again)
	}
	message, err := wire.Append(nil, r)
	if err != nil {
		t.Fatal(err)
	}
	var read Reading
	if err := wire.Read(message, &read); err != nil || !read.Resume(rule) {
		t.Fatalf("a reading cannot be kept as a message: %v", err)
	}
	if again, err := json.Marshal(&read); err != nil || string(again) != string(data) {
		t.Fatalf("a reading changes when it is kept as a message: %s, %s", data, again)
	}
	return read
}

// TestSeriesOfASumAreBounded: of too many there is no sum, and there is one again when they have ended.
func TestSeriesOfASumAreBounded(t *testing.T) {
	r := NewReading(ruleOf(t, "pending"))
	many := func(n uint64) (all []told) {
		for id := range n {
			all = append(all, told{0, id + 1, 1})
		}
		return all
	}
	tell(&r, 600, many(MaxParts)...)
	if use, ok := tell(&r, 660, many(MaxParts)...); !ok || use != MaxParts {
		t.Errorf("the sum of %d is %v, %v", MaxParts, use, ok)
	}
	if use, ok := tell(&r, 720, many(MaxParts+1)...); ok {
		t.Errorf("a sum of %v is read of more than %d series", use, MaxParts)
	}
	tell(&r, 780, many(5)...)
	if use, ok := tell(&r, 840, many(5)...); !ok || use != 5 {
		t.Errorf("the sum is %v, %v when only five are left", use, ok)
	}
	if n := len(r.Tally.Parts[0]); n > MaxParts {
		t.Errorf("%d series are remembered", n)
	}
}

// TestOneSeriesUnderTwoNames: an input that is no sum hears one series, and another one when that has been quiet.
func TestOneSeriesUnderTwoNames(t *testing.T) {
	r := NewReading(ruleOf(t, "wait"))
	for i := range int64(3) {
		tell(&r, 600+60*i, told{0, 1, float64(i)}, told{0, 9, 1e6}, told{1, 2, float64(10 * i)})
	}
	if r.Newest[0].Value != 1.0/60 {
		t.Errorf("the rate is %v, want that of the first series", r.Newest[0].Value)
	}
	for i := range int64(3) {
		tell(&r, 1200+60*i, told{0, 9, 1e6 + float64(60*i)}, told{1, 2, float64(100 + 10*i)})
	}
	if r.Newest[0].Value != 1 {
		t.Errorf("the rate is %v, want that of the second series", r.Newest[0].Value)
	}
}

func TestReckonedInputsAreChecked(t *testing.T) {
	f := func(change, with, want string) {
		t.Helper()
		_, err := Load(File{Name: "x.yaml", Data: []byte(strings.Replace(counters, change, with, 1))})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", with, err, want)
		}
	}
	f("rate: 1m", "rate: 1ms", "1ms is outside 1s to 1h")
	f("rate: 1m", "rate: 5m", `1m0s is not 5m0s, over which "all" is reckoned`)
	f("    join: [job, instance]\n", "", "nothing tells which series belong together")
	f("unit: ratio", "unit: ratio\n    least: -1", "-1 of a behaviour is of no use")
}

func FuzzTally(f *testing.F) {
	rule := ruleOf(f, "error-share")
	r := NewReading(rule)
	tell(&r, 600, told{0, 1, 5}, told{1, 2, 3})
	data, err := r.Tally.MarshalText()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data, uint16(7))
	f.Fuzz(func(t *testing.T, text []byte, seed uint16) {
		var kept tally
		if kept.UnmarshalText(text) != nil || len(kept.Parts) != len(rule.Inputs) {
			kept = *newTally(len(rule.Inputs))
		}
		r := NewReading(rule)
		r.Tally = &kept
		random := rand.New(rand.NewPCG(uint64(seed), 1))
		for range 50 {
			second := kept.Heard/1000%1e9 + int64(random.IntN(200)) - 20
			use, ok := tell(&r, second, told{random.IntN(2), uint64(random.IntN(4)), random.NormFloat64()})
			if ok && (math.IsNaN(use) || math.IsInf(use, 0) || use < 0) {
				t.Fatalf("a use of %v", use)
			}
		}
		if _, err := json.Marshal(&r); err != nil {
			t.Fatal(fmt.Errorf("it cannot be kept: %w", err))
		}
	})
}

func BenchmarkSumOfRates(b *testing.B) {
	r := NewReading(ruleOf(b, "error-share"))
	second := int64(600)
	b.ReportAllocs()
	for b.Loop() {
		second += 15
		for id := range uint64(128) {
			r.Hear(0, id+1, telemetry.Sample{TimeMillis: second * 1000, Value: float64(second)})
		}
		r.Evaluate(second * 1000)
	}
}

// MarshalText writes a tally as earlier releases did into their JSON, which is read still.
func (t *tally) MarshalText() ([]byte, error) {
	return base64.StdEncoding.AppendEncode(nil, t.append(nil)), nil
}
