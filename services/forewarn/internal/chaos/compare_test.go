package chaos

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/bus"
)

// The comparison is what everything rests upon: whatever is lost, doubled or other must be found.

func message(subject, id, data string) said {
	return said{subject: subject, id: id, data: []byte(data)}
}

func TestOutputs(t *testing.T) {
	a, b := message("find.trend.00", "trend:00:1:0", "a"), message("find.trend.00", "trend:00:2:0", "b")
	f := func(got []said, missing, doubled, other int) {
		t.Helper()
		var d differences
		m, n, o := d.outputs(got, []said{a, b})
		if m != missing || n != doubled || o != other {
			t.Errorf("%v: %d missing, %d doubled, %d other; want %d, %d, %d", got, m, n, o, missing, doubled, other)
		}
		if (len(d.texts) > 0) != (missing+doubled+other > 0) {
			t.Errorf("%v: said %q", got, d.texts)
		}
	}
	f([]said{a, b}, 0, 0, 0)
	f([]said{a}, 1, 0, 0)
	f([]said{a, a, b}, 0, 1, 0)
	f([]said{a, message(b.subject, b.id, "x")}, 0, 0, 1)
	f([]said{a, b, message(b.subject, "trend:00:3:0", "x")}, 0, 0, 1)
	f([]said{b, a}, 0, 0, 1)
	f(nil, 2, 0, 0)
}

func TestStates(t *testing.T) {
	all := func() *record {
		r := &record{states: map[string]kept{}}
		for _, worker := range []string{"trend.met.", "anomaly.log.", "anomaly-metrics.met.", "anomaly-rules.met."} {
			for _, p := range []string{"00", "01", "02", "03"} {
				r.states[worker+p] = kept{Seq: 7, Hash: 9}
			}
		}
		return r
	}
	f := func(change func(*record), want int) {
		t.Helper()
		var d differences
		got := all()
		change(got)
		if _, other := d.states(got, all()); other != want || len(d.texts) != want {
			t.Errorf("%d other, want %d: %q", other, want, d.texts)
		}
	}
	f(func(*record) {}, 0)
	f(func(r *record) { delete(r.states, "anomaly.log.02") }, 1)
	f(func(r *record) { r.states["trend.met.00"] = kept{Seq: 6, Hash: 9} }, 1)
	f(func(r *record) { r.states["trend.met.00"] = kept{Seq: 7, Hash: 8, Epoch: 3} }, 1)
}

func TestDeliveries(t *testing.T) {
	want := map[string]int{"A.1.events": 1, "A.2.events": 1, "B.1.events": 1}
	f := func(got map[string]int, lost, doubled, texts int) {
		t.Helper()
		var d differences
		l, n := d.deliveries(got, want, map[string]bool{"A.1.events": true})
		if l != lost || n != doubled || len(d.texts) != texts {
			t.Errorf("%v: %d lost, %d doubled, said %q; want %d, %d, %d texts", got, l, n, d.texts, lost, doubled, texts)
		}
	}
	f(want, 0, 0, 0)
	f(map[string]int{"A.2.events": 3, "B.1.events": 1}, 0, 2, 0) // the first only told of another time, and the second came
	f(map[string]int{"A.1.events": 1, "A.2.events": 1}, 1, 0, 1)
	f(map[string]int{"B.1.events": 1}, 2, 0, 2)
	f(map[string]int{"A.1.events": 1, "A.2.events": 1, "B.1.events": 1, "C.1.events": 1}, 0, 0, 1)
}

func TestIncidents(t *testing.T) {
	f := func(got *record, want int) {
		t.Helper()
		var d differences
		if n := d.incidents(got, &record{incidents: map[string]string{"A": "1"}, changes: []said{message("inc.A", "A.1", "x")}}); n != want {
			t.Errorf("%d other, want %d: %q", n, want, d.texts)
		}
	}
	same := []said{message("inc.A", "A.1", "x")}
	f(&record{incidents: map[string]string{"A": "1"}, changes: same}, 0)
	f(&record{incidents: map[string]string{"A": "2"}, changes: same}, 1)
	f(&record{incidents: map[string]string{"A": "1", "B": "1"}, changes: same}, 1)
	f(&record{incidents: map[string]string{"A": "1"}}, 1)
}

// TestBatches writes a ledger over two lives, the first of which ends in the middle of a line, and holds it against streams.
func TestBatches(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	one, two := batch{bus.Metrics, 0, []byte("one")}, batch{bus.Metrics, 0, []byte("two")}
	l, err := openLedger(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{intended, acknowledged} {
		if err := l.note(what, l.next(), one); err != nil {
			t.Fatal(err)
		}
	}
	l.close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(whole, "a MET_00 1 00"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err = openLedger(path); err != nil || l.next() != 1 {
		t.Fatalf("next step %d, %v; want 1", l.next(), err)
	}
	l.close()
	if err := os.WriteFile(path, append(whole, "a MET_00 1 "+hashOf(two)+"\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	entries, err := readLedger(path)
	if err != nil || len(entries) != 3 {
		t.Fatalf("%+v, %v", entries, err)
	}
	f := func(payloads []string, acked, lost, doubled, disordered int) {
		t.Helper()
		var stream []said
		for n, p := range payloads {
			stream = append(stream, said{seq: uint64(n + 1), subject: "met.00.batch", data: []byte(p)})
		}
		var d differences
		a, b, c, e := d.batches(entries, map[string][]said{"MET_00": stream})
		if a != acked || b != lost || c != doubled || e != disordered {
			t.Errorf("%q: %d acknowledged, %d lost, %d doubled, %d not in order", payloads, a, b, c, e)
		}
	}
	f([]string{"one", "two"}, 2, 0, 0, 0)
	f([]string{"one"}, 2, 1, 0, 0)
	f([]string{"two", "one"}, 2, 0, 0, 1)
	f([]string{"one", "two", "two"}, 2, 0, 1, 0)
}

func hashOf(b batch) string { return fmt.Sprintf("%016x", b.hash()) }

// TestFeedIsAFunctionOfItsStep: another life says the same at the same step, and other seeds say something else.
func TestFeedIsAFunctionOfItsStep(t *testing.T) {
	at := func(seed uint64, step int) *stage {
		return &stage{
			feed: Feed{Name: "feed-0", Seed: seed, Interval: time.Second}, step: step, partition: 1, now: 1000,
			of: func(root string) int { return len(root) % 2 },
		}
	}
	if a, b := at(1, 9).filled(0), at(1, 9).filled(0); a != b {
		t.Errorf("step 9 is %v and %v", a, b)
	}
	if a, b := at(1, 9).filled(0), at(2, 9).filled(0); a == b {
		t.Errorf("two seeds give %v", a)
	}
	if a, b := at(1, 8).host("x"), at(1, 9).host("x"); a != b || len("host:"+a)%2 != 1 {
		t.Errorf("hosts %q and %q", a, b)
	}
	if !strings.Contains(string(at(1, strangers).logs()), "ORA-01653") || strings.Contains(string(at(1, strangers+1).logs()), "ORA-01653") {
		t.Error("not every other step has a host whose database has no room")
	}
}
