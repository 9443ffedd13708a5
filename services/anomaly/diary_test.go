package anomaly

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/logs"
	"github.com/forewarn/forewarn/shared/telemetry"
)

var ledger2 = telemetry.NewLabels(telemetry.Label{Name: "host", Value: "erp-02"}, telemetry.Label{Name: "file", Value: "/u01/app.log"})

// written are texts of one level.
func written(origin telemetry.Labels, at time.Time, level telemetry.Severity, texts ...string) *telemetry.LogBatch {
	b := entries(origin, at, texts...)
	for i := range b.Records {
		b.Records[i].Severity = level
	}
	return b
}

// play is a source's life, minute by minute, from start on.
type play struct {
	*Listener
	now  time.Time
	said []finding.Finding
}

// pass lets minutes pass in which each origin writes so many ordinary lines.
func (p *play) pass(minutes, lines int, origins ...telemetry.Labels) {
	for range minutes {
		p.now = p.now.Add(time.Minute)
		for _, o := range origins {
			var texts []string
			for i := range lines {
				texts = append(texts, fmt.Sprintf("voucher %d saved in %d ms", i*7919, i))
			}
			p.hear(written(o, p.now, telemetry.SeverityInfo, texts...))
		}
		p.said = append(p.said, p.Tick(p.now)...)
	}
}

func (p *play) hear(b *telemetry.LogBatch) { p.said = append(p.said, p.Observe(p.now, b)...) }

// of returns what was said of one kind of oddity, and forgets all that was said.
func (p *play) of(kind oddity) (out []finding.Finding) {
	for _, f := range p.said {
		if strings.HasPrefix(f.Signal, "log-"+string(kind)+"-") {
			out = append(out, f)
		}
	}
	p.said = nil
	return out
}

func sound(t *testing.T, f finding.Finding, kind finding.Kind, severity finding.Severity, action finding.Action) {
	t.Helper()
	f.ID = "x"
	if _, err := finding.Encode(&f); err != nil {
		t.Error(err)
	}
	if f.Kind != kind || f.Severity != severity || f.Action != action {
		t.Errorf("%s %s %s, want %s %s %s: %s", f.Kind, f.Severity, f.Action, kind, severity, action, f.Message.En)
	}
	for _, text := range []string{f.Title.En, f.Title.Zh, f.Message.En, f.Message.Zh, f.Advice.En, f.Advice.Zh} {
		if text == "" || strings.Contains(text, "Zx9secret") {
			t.Errorf("said %q", text)
		}
	}
}

// TestNovelty: a new pattern of warnings is told after its third line, as info and once; what is new within the first day, after
// a release, of no weight or known already is not told.
func TestNovelty(t *testing.T) {
	p := &play{Listener: listener(t), now: start}
	const odd = "refused to post the batch because the period is closed, password=Zx9secret"
	p.hear(written(ledger, p.now, telemetry.SeverityError, "an early error of its own", "an early error of its own", "an early error of its own"))
	p.pass(25*60, 2, ledger)
	if out := p.of(novel); len(out) != 0 {
		t.Fatalf("within the first day: %+v", out)
	}
	p.hear(written(ledger, p.now, telemetry.SeverityInfo, "a harmless thing", "a harmless thing", "a harmless thing"))
	p.hear(written(ledger, p.now, telemetry.SeverityError, odd, odd))
	if out := p.of(novel); len(out) != 0 {
		t.Fatalf("of two lines: %+v", out)
	}
	p.hear(written(ledger, p.now, telemetry.SeverityError, odd))
	out := p.of(novel)
	if len(out) != 1 {
		t.Fatalf("of three lines: %+v", out)
	}
	sound(t, out[0], finding.Anomaly, finding.Info, finding.Opened)
	if !strings.Contains(out[0].Message.En, "3 times what it never wrote before: refused to post") {
		t.Errorf("said %q", out[0].Message.En)
	}
	p.pass(40, 2, ledger)
	if end := p.of(novel); len(end) != 1 || end[0].Action != finding.Resolved || end[0].Episode != out[0].Episode {
		t.Errorf("at the end: %+v", end)
	}
	p.hear(written(ledger, p.now, telemetry.SeverityError, odd, odd, odd, odd))
	p.hear(written(ledger, p.now.Add(-3*time.Hour), telemetry.SeverityError, "old one", "old one", "old one"))
	if out := p.of(novel); len(out) != 0 {
		t.Errorf("what is known or old is new: %+v", out)
	}
	for i := range 30 { // a release
		word := strings.Repeat(string(rune('a'+i%26)), i/26+2)
		text := fmt.Sprintf("%s: %[1]s failed in %[1]s with %[1]s %s", word, strings.Repeat(" and more", i))
		p.hear(written(ledger, p.now, telemetry.SeverityError, text, text, text))
	}
	if out := p.of(novel); len(out) > novelties {
		t.Errorf("after a release: %d are called new", len(out))
	}
}

// TestNoveltyElsewhere: a single line suffices where another host has it as newly.
func TestNoveltyElsewhere(t *testing.T) {
	p := &play{Listener: listener(t), now: start}
	p.pass(25*60, 1, ledger, ledger2)
	p.said = nil
	for _, o := range []telemetry.Labels{ledger, ledger2} {
		p.hear(written(o, p.now, telemetry.SeverityWarn, "voucher numbers begin anew on this node"))
	}
	if out := p.of(novel); len(out) != 1 || out[0].Entity.ID != "host:erp-02" {
		t.Errorf("said %+v", out)
	}
}

// TestSpike: errors far above their own past are told, as a warning where they are many; a daily peak is not.
func TestSpike(t *testing.T) {
	p := &play{Listener: listener(t), now: start}
	flood := func(n int) {
		for range n {
			p.hear(written(ledger, p.now, telemetry.SeverityError, "cannot reach the ledger in 17 ms"))
		}
	}
	for range 3 * 24 {
		p.pass(60, 1, ledger)
		flood(2)
		if p.now.Hour() == 4 {
			flood(300)
		}
	}
	if out := p.of(spike); len(out) != 0 {
		t.Fatalf("a peak of each night: %+v", out[0])
	}
	flood(2900)
	if out := p.of(spike); len(out) != 0 {
		t.Fatalf("less than ten times the highest hour: %+v", out)
	}
	flood(6000)
	out := p.of(spike)
	if len(out) == 0 {
		t.Fatal("nothing is said of a spike")
	}
	sound(t, out[0], finding.Anomaly, finding.Warning, finding.Opened)
	p.pass(150, 1, ledger)
	if end := p.of(spike); len(end) != 1 || end[0].Action != finding.Resolved || end[0].Episode != out[0].Episode {
		t.Errorf("at the end: %+v", end)
	}
}

// TestSilence: a source that wrote steadily and stops is told, worse after a week of that, and resolved when it writes again;
// silence of all, and of a bus that slept, says nothing.
func TestSilence(t *testing.T) {
	p := &play{Listener: listener(t), now: start}
	p.pass(8*24*60, 2, ledger, ledger2)
	p.said = nil
	p.pass(40, 2, ledger2)
	out := p.of(silent)
	if len(out) != 1 {
		t.Fatalf("said %+v", out)
	}
	sound(t, out[0], finding.Silence, finding.Info, finding.Opened)
	if !strings.Contains(out[0].Message.En, "2880 lines a day") {
		t.Errorf("said %q", out[0].Message.En)
	}
	p.pass(90, 2, ledger2)
	if out := p.of(silent); len(out) != 1 || out[0].Severity != finding.Warning || out[0].Action != finding.Updated {
		t.Errorf("after two hours: %+v", out)
	}
	p.pass(1, 2, ledger, ledger2)
	if end := p.of(silent); len(end) != 1 || end[0].Action != finding.Resolved || end[0].Episode != out[0].Episode {
		t.Errorf("when it writes again: %+v", end)
	}
	p.pass(24*60, 2, ledger, ledger2)
	p.pass(3*60, 2)
	if out := p.of(silent); len(out) != 0 {
		t.Errorf("when nobody is heard: %+v", out)
	}
	p.pass(24*60, 2, ledger, ledger2)
	next := ledger.With("file", "/u01/alert-2026-04.log")
	p.pass(60, 2, next, ledger2)
	if out := p.of(silent); len(out) != 0 {
		t.Errorf("when the next file has begun: %+v", out)
	}
	p.pass(24*60, 2, ledger, ledger2)
	p.now = p.now.Add(5 * time.Hour)
	p.said = append(p.said, p.Tick(p.now)...)
	p.pass(5, 2, ledger2)
	if out := p.of(silent); len(out) != 0 {
		t.Errorf("when the bus slept: %+v", out)
	}
}

// TestShapeless: a source of which every line is new is said once to be so, and says no more of what is new.
func TestShapeless(t *testing.T) {
	p := &play{Listener: listener(t), now: start}
	p.pass(25*60, 1, ledger)
	p.said = nil
	for i := range 3000 {
		text := strings.Repeat(string(rune('a'+i%26))+"<"+string(rune('a'+i/26%26))+"> ", 1+i/676) + strings.Repeat("=", i%40) + " failed"
		p.hear(written(ledger, p.now, telemetry.SeverityError, text))
	}
	if out := p.of(shapeless); len(out) != 1 {
		t.Fatalf("said %d times", len(out))
	}
	if _, patterns, _ := p.Sources(); patterns > p.cfg.MaxPatterns {
		t.Errorf("%d patterns, want at most %d", patterns, p.cfg.MaxPatterns)
	}
	p.pass(40, 1, ledger)
	if out := p.of(shapeless); len(out) != 1 || out[0].Action != finding.Resolved {
		t.Errorf("at the end: %+v", out)
	}
}

// TestBounds: sources and patterns are bounded, what is idle makes room, and refusals are counted.
func TestBounds(t *testing.T) {
	p := &play{Listener: listener(t, func(c *Config) { c.MaxSources, c.MaxPatterns = 1, 16 }), now: start}
	p.pass(1, 3, ledger)
	p.pass(1, 3, ledger2)
	if n, _, _ := p.Sources(); n != 1 || p.diary.stats.RefusedSources != 3 {
		t.Errorf("%d sources, %+v", n, p.diary.stats)
	}
	p.pass(61, 3, ledger2)
	if page := p.page(logs.Request{}); len(page.Sources) != 1 || page.Sources[0].Entity.ID != "host:erp-02" || p.diary.stats.Forgotten != 1 {
		t.Errorf("after an hour: %+v, %+v", page, p.diary.stats)
	}
	full := &play{Listener: listener(t, func(c *Config) { c.MaxState = 1 }), now: start}
	full.pass(1, 3, ledger, ledger2)
	if n, patterns, _ := full.Sources(); n != 1 || patterns != 0 || full.diary.stats.RefusedSources != 3 || full.diary.stats.RefusedPatterns != 3 {
		t.Errorf("%d sources with %d patterns without memory, %+v", n, patterns, full.diary.stats)
	}
}

// TestPage: sources and patterns are answered page by page, redacted, with what was counted when.
func TestPage(t *testing.T) {
	p := &play{Listener: listener(t), now: start}
	p.pass(10, 2, ledger, ledger2)
	p.hear(written(ledger, p.now, telemetry.SeverityError, tablespace+"\n\tat a frame that is not of the pattern"))
	ask := func(q string) logs.Page {
		var page logs.Page
		if err := json.Unmarshal((&partition{Listener: p.Listener}).Query([]byte(q)), &page); err != nil {
			t.Fatal(err)
		}
		return page
	}
	first := ask(`{"limit":1}`)
	if len(first.Sources) != 1 || !first.More {
		t.Fatalf("first page: %+v", first)
	}
	if next := ask(fmt.Sprintf(`{"limit":1,"after":%q}`, first.Sources[0].ID)); len(next.Sources) != 1 || next.More {
		t.Errorf("second page: %+v", next)
	}
	page := ask(fmt.Sprintf(`{"source":%q}`, sourceID(ledger)))
	if len(page.Sources) != 1 || page.Sources[0].Hours.Sum(48) != 21 || page.Sources[0].ErrorHours.Sum(1) != 1 || page.Sources[0].Day != 21 {
		t.Errorf("source: %+v", page.Sources)
	}
	if len(page.Patterns) != 2 {
		t.Fatalf("patterns: %+v", page.Patterns)
	}
	for _, c := range page.Patterns {
		if strings.Contains(c.Text+c.Sample, "Zx9secret") || strings.Contains(c.Sample, "frame") {
			t.Errorf("shown: %q and %q", c.Text, c.Sample)
		}
		if c.Levels.Worst() == logs.Info && (c.Text != "voucher <*> saved in <*>" && c.Text != "voucher <*> saved in <*> ms" || c.Lines != 20 || c.Days.Sum(14) != 20) {
			t.Errorf("pattern: %+v", c)
		}
	}
	if page := ask(`{"source":"none"}`); page.Sources != nil || page.Patterns != nil {
		t.Errorf("of nothing: %+v", page)
	}
	if page := ask(`[`); page.Error == "" {
		t.Error("of what is no request: no error")
	}
}

// TestDiaryReplay: whenever the state was saved, the same entries give the same findings and the same state.
func TestDiaryReplay(t *testing.T) {
	run := func(restart int) (said []string, state []byte) {
		p := &play{Listener: listener(t, func(c *Config) { c.MaxPatterns = 16 }), now: start}
		for i := range 60 {
			if i == restart {
				saved, err := bustest.State(p)
				if err != nil {
					t.Fatal(err)
				}
				p.Listener = listener(t, func(c *Config) { c.MaxPatterns = 16 })
				if err := p.Restore(saved); err != nil {
					t.Fatal(err)
				}
			}
			p.pass(60, 1, ledger2)
			if i < 50 {
				p.pass(2, 20, ledger)
			}
			text := fmt.Sprintf("job %c%[1]c of user%d failed", 'a'+i%9, i)
			p.hear(written(ledger2, p.now, telemetry.SeverityError, text, text, tablespace))
		}
		for _, f := range p.said {
			said = append(said, fmt.Sprint(f.Time, f.Action, f.Episode, f.Signal, f.Message))
		}
		state, err := bustest.State(p)
		if err != nil {
			t.Fatal(err)
		}
		return said, state
	}
	want, state := run(-1)
	if len(want) == 0 {
		t.Fatal("nothing was said")
	}
	for restart := 1; restart < 60; restart += 13 {
		got, after := run(restart)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("restarted at %d (-want +got):\n%s", restart, diff)
		}
		if !bytes.Equal(state, after) {
			t.Errorf("restarted at %d: another state, %d bytes and not %d", restart, len(after), len(state))
		}
	}
}
