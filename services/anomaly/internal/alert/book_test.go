package alert

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/anomaly/internal/rule"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/telemetry"
)

var start = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)

func example() *rule.Rule {
	return &rule.Rule{Key: "g/A", Name: "A", Interval: time.Minute, For: 2 * time.Minute, KeepFiringFor: 3 * time.Minute}
}

// results reads "a b!": hosts of which a rule holds, with ! critically.
func results(hosts string) (out []Result) {
	for _, h := range strings.Fields(hosts) {
		name, critical := strings.CutSuffix(h, "!")
		r := Result{Labels: telemetry.NewLabels(telemetry.Label{Name: "host", Value: name}), Value: 1, Severity: finding.Warning}
		if critical {
			r.Severity = finding.Critical
		}
		out = append(out, r)
	}
	return out
}

// live plays evaluations, one at each minute; "-" leaves one out. It returns what there was to tell, with the minute.
func live(t *testing.T, b *Book, r *rule.Rule, minutes ...string) (told []string) {
	t.Helper()
	for i, hosts := range minutes {
		if hosts == "-" {
			continue
		}
		for _, c := range b.Update(r, start.Add(time.Duration(i)*time.Minute), results(hosts)) {
			c.Signal = "rule-A/host" // who tells it says under what
			told = append(told, fmt.Sprintf("%d %s %s %s", i, c.Action, c.Labels.Get("host"), c.Severity))
		}
	}
	return told
}

func TestLife(t *testing.T) {
	f := func(what string, minutes []string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, live(t, New([]*rule.Rule{example()}, 3), example(), minutes...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	f("what holds for long enough fires", []string{"a", "a", "a", "a"}, "2 opened a warning")
	f("what does not starts anew", []string{"a", "a", "", "a", "a", "a"}, "5 opened a warning")
	f("each by itself", []string{"a", "a b", "a b", "b"}, "2 opened a warning", "3 opened b warning")
	f("it is over when it was missing for long enough", []string{"a", "a", "a", "", "", "", "", "a"}, "2 opened a warning", "6 resolved a warning")
	f("and goes on when it comes back before", []string{"a", "a", "a", "", "", "a", "", "", "", ""}, "2 opened a warning", "9 resolved a warning")
	f("it is told again when it gets worse", []string{"a", "a", "a", "a!", "a!", "a"}, "2 opened a warning", "3 updated a critical", "5 updated a warning")
	f("what nobody looked for does not count", []string{"a", "-", "-", "a", "a", "a"}, "4 opened a warning")
	f("what fires fires on", []string{"a", "a", "a", "-", "-", "-", "-", "a"}, "2 opened a warning")
	f("of equal labels the first counts", []string{"a a!", "a a!", "a a!"}, "2 opened a warning")
	f("no more than there is room for", []string{"a b c d", "d a b c", "d c b a"}, "2 opened c warning", "2 opened b warning", "2 opened a warning")
}

// TestForgetsPending: a pause of more than an hour is not bridged.
func TestForgetsPending(t *testing.T) {
	b := New([]*rule.Rule{example()}, 3)
	minutes := make([]string, 70)
	for i := range minutes {
		minutes[i] = "-"
	}
	minutes[0], minutes[1], minutes[68], minutes[69] = "a", "a", "a", "a"
	if got := live(t, b, example(), minutes...); got != nil {
		t.Errorf("told %q", got)
	}
}

// TestDaily: what goes on is told again once a day.
func TestDaily(t *testing.T) {
	b, told := New([]*rule.Rule{example()}, 3), 0
	for i := range 3 * 24 * 60 {
		told += len(b.Update(example(), start.Add(time.Duration(i)*time.Minute), results("a")))
	}
	if told != 3 {
		t.Errorf("told %d times in three days, want 3", told)
	}
}

// TestClock: an evaluation that was there changes nothing; a clock that goes far back was wrong before.
func TestClock(t *testing.T) {
	b := New([]*rule.Rule{example()}, 3)
	live(t, b, example(), "a", "a", "a")
	if got := b.Update(example(), start.Add(2*time.Minute), nil); got != nil {
		t.Errorf("the same evaluation told %+v", got)
	}
	back := start.Add(-time.Hour)
	b.Update(example(), back, results("b"))
	b.Update(example(), back.Add(time.Minute), results("b"))
	if got := b.Update(example(), back.Add(2*time.Minute), results("b")); len(got) != 1 || got[0].Action != finding.Opened {
		t.Errorf("after the clock was set back: %+v", got)
	}
}

// TestRestored: a book that is saved and restored at each evaluation tells the same.
func TestRestored(t *testing.T) {
	minutes := []string{"a", "a b", "a b!", "b!", "-", "b", "b", "b c", "", "", "", "", ""}
	want := live(t, New([]*rule.Rule{example()}, 3), example(), minutes...)
	b := New([]*rule.Rule{example()}, 3)
	var got []string
	for i := range minutes {
		step := make([]string, i+1)
		for j := range step {
			step[j] = "-"
		}
		step[i] = minutes[i]
		got = append(got, live(t, b, example(), step...)...)
		state, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		b = New([]*rule.Rule{example()}, 3)
		if err := json.Unmarshal(state, b); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 4 {
		t.Errorf("of %d (-undisturbed +restored):\n%s", len(want), diff)
	}
}

// TestOrphans: what fires of a rule that is gone ends, once.
func TestOrphans(t *testing.T) {
	b := New([]*rule.Rule{example()}, 3)
	live(t, b, example(), "a", "a", "a b")
	if pending, firing := b.Len(); pending != 1 || firing != 1 || !b.Has("g/A") {
		t.Errorf("%d pending, %d firing", pending, firing)
	}
	state, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	b = New(nil, 3)
	if err := json.Unmarshal(state, b); err != nil {
		t.Fatal(err)
	}
	got := b.Orphans(start)
	if len(got) != 1 || got[0].Action != finding.Resolved || got[0].Rule != nil || got[0].Labels.Get("host") != "a" || !got[0].At.Equal(start) {
		t.Errorf("orphans: %+v", got)
	}
	if again := b.Orphans(start); again != nil {
		t.Errorf("and again: %+v", again)
	}
}

// FuzzUnmarshal: whatever is restored, it is refused, or gives a state that is the same when it is saved and restored.
func FuzzUnmarshal(f *testing.F) {
	b := New([]*rule.Rule{example()}, 3)
	for i, hosts := range []string{"a", "a", "a b"} {
		for _, c := range b.Update(example(), start.Add(time.Duration(i)*time.Minute), results(hosts)) {
			c.Signal = "rule-A/host"
		}
	}
	state, err := json.Marshal(b)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(state)
	f.Add([]byte(`{"g/A":null}`))
	f.Add([]byte(`{"g/A":{"alerts":{"x":null}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b := New([]*rule.Rule{example()}, 3)
		if json.Unmarshal(data, b) != nil {
			return
		}
		b.Orphans(start)
		one, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(one, b); err != nil {
			t.Fatalf("what was saved is refused: %v", err)
		}
		if two, err := json.Marshal(b); err != nil || string(one) != string(two) {
			t.Fatalf("%s became %s, %v", one, two, err)
		}
		b.Update(example(), start, results("a"))
	})
}
