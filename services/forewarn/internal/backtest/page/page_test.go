package page

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest/contest"
	"github.com/forewarn/forewarn/services/forewarn/internal/score"
	"github.com/forewarn/forewarn/shared/chart"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/signal"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// states knows every signal.
func states(key string) (signal.State, bool) {
	return signal.State{Key: key, Rule: "filesystem-space", Series: "series of " + key, Unit: "bytes", Entity: entity.Entity{Name: "volume " + key}}, true
}

// said returns a finding about a signal, days after the start.
func said(key, episode string, action finding.Action, severity finding.Severity, days float64) *finding.Finding {
	at := start.Add(time.Duration(days * 24 * float64(time.Hour)))
	date := func(d float64) *time.Time { t := at.Add(time.Duration(d * 24 * float64(time.Hour))); return &t }
	return &finding.Finding{
		Signal: key, Series: "series of " + key, Episode: episode, Action: action, Severity: severity, Time: at, Unit: "bytes",
		Entity: entity.Entity{Name: "volume " + key}, Used: 60 << 30, Limit: 100 << 30,
		Title: i18n.Text{En: "fills", Zh: "增长"}, Message: i18n.Text{En: "will be full", Zh: "将用满"},
		ETA: finding.ETA{P10: date(1), P50: date(2), P90: date(4)},
	}
}

// feed observes a share of 100 GiB every ten minutes.
func feed(r *Recorder, key string, from, to float64, share func(day float64) float64) {
	for at := start.Add(time.Duration(from * 24 * float64(time.Hour))); at.Before(start.Add(time.Duration(to * 24 * float64(time.Hour)))); at = at.Add(10 * time.Minute) {
		r.Observe(key, at.UnixMilli(), share(at.Sub(start).Hours()/24)*(100<<30), 100<<30)
	}
}

func input(recorders ...*Recorder) *Input {
	return &Input{Language: i18n.English, Zone: time.UTC, Start: start, End: start.AddDate(0, 0, 20), Samples: 7, Series: 2, Signals: 1, Recorders: recorders}
}

func written(t *testing.T, in *Input) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, in); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func contains(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("the page does not hold %q", w)
		}
	}
}

// fails is a recorder of a volume that is warned of and fills, and the verdict on it.
func fails(warned bool) (*Recorder, contest.Verdict) {
	r := NewRecorder(states)
	rise := func(d float64) float64 { return min(1, 0.3+d/20) }
	feed(r, "a", 0, 10, rise)
	r.Hear(said("a", "e", finding.Opened, finding.Info, 8))
	r.Hear(said("a", "e", finding.Updated, finding.Warning, 10))
	feed(r, "a", 10, 12, rise)
	r.Hear(said("a", "e", finding.Updated, finding.Critical, 12))
	feed(r, "a", 12, 16, rise)
	state, _ := states("a")
	at := start.AddDate(0, 0, 14).UnixMilli()
	for _, m := range r.signals["a"].full {
		at = m.at
	}
	return r, contest.Verdict{State: state, Failure: contest.Failure{At: at, Onset: start.UnixMilli(), From: start.UnixMilli()}, Warned: warned}
}

func TestEpisode(t *testing.T) {
	r, verdict := fails(true)
	in := input(r)
	in.Compared = contest.Result{Subjects: 1, Verdicts: []contest.Verdict{verdict}, Standings: []contest.Standing{{Name: contest.Ours, Alarms: 1, Failures: 1, Warned: 1, LeadHours: 90, Rate: 0.01}}}
	page := written(t, in)
	contains(t, page, `<html lang="en">`, "Warnings that would have opened: 1, of them critical at worst: 1.", "Limits reached: 1, of them warned of in time: 1, half of them 3 days 18 h or more ahead.",
		`<article class="critical">`, "volume a", "2026-01-11 00:00", "will be full", "It reached its limit on 2026-01-14", "3 days 22 h after this", ">failed<", "1 of 1")
	if strings.Contains(page, "Full without a warning") || strings.Contains(page, "Nothing to tell") {
		t.Error("the page tells of what is not there")
	}
	if page != written(t, func() *Input {
		r, v := fails(true)
		in.Recorders, in.Compared.Verdicts[0] = []*Recorder{r}, v
		return in
	}()) {
		t.Error("the same input gives another page")
	}
}

func TestMissed(t *testing.T) {
	r, verdict := fails(false)
	in := input(r)
	in.Language = i18n.Chinese
	in.Compared = contest.Result{Subjects: 1, Verdicts: []contest.Verdict{verdict}, Standings: []contest.Standing{{Name: contest.Ours, Failures: 1, LeadHours: nan(), Rate: nan()}}}
	contains(t, written(t, in), `<html lang="zh-CN">`, "用满但未及时预警 (1)", `<article class="missed">`, "预警仅提前 3 天 22 小时，不足以计入。", "共有 1 次用满；及时预警 0 次。")

	f := func(want string, findings ...*finding.Finding) {
		t.Helper()
		r := NewRecorder(states)
		feed(r, "a", 0, 1, func(float64) float64 { return 0.5 })
		for _, f := range findings {
			r.Hear(f)
		}
		in := input(r)
		in.Compared = contest.Result{Subjects: 1, Verdicts: []contest.Verdict{verdict}, Standings: []contest.Standing{{Name: contest.Ours, Failures: 1, LeadHours: nan(), Rate: nan()}}}
		contains(t, written(t, in), want)
	}
	f("Nothing was said before.")
	f("The last warning, 4 days 22 h before, did not stand any more.", said("a", "e", finding.Opened, finding.Warning, 9), said("a", "e", finding.Resolved, finding.Warning, 10))
	f("A warning came 4 days 22 h before and was taken back for a while; it came again 2 days 22 h before",
		said("a", "e", finding.Opened, finding.Warning, 9), said("a", "e", finding.Updated, finding.Info, 10), said("a", "e", finding.Updated, finding.Warning, 11))
}

// TestBounded: a fleet in which everything goes wrong makes no page that nobody can open, and what is left out is said.
func TestBounded(t *testing.T) {
	r := NewRecorder(states)
	for i := range 1500 {
		key := fmt.Sprintf("v%04d", i)
		feed(r, key, 0, 3, func(d float64) float64 { return 0.5 + 0.3*math.Sin(float64(i)+9*d) })
		r.Hear(said(key, "e"+key, finding.Opened, finding.Warning, 1))
		r.Hear(said(key, "e"+key, finding.Resolved, finding.Warning, 2+float64(i%7)/10))
		feed(r, "calm "+key, 0, 3, func(d float64) float64 { return 0.5 + 0.3*math.Sin(float64(i)+9*d) })
	}
	page := written(t, input(r))
	if len(page) > 5<<20 {
		t.Errorf("the page has %d bytes", len(page))
	}
	contains(t, page, "Warnings that would have opened: 1500", "1300 further ones are left out", "further signals, less used, are left out", "What would have opened (200)")
	if len(r.episodes) > keptEpisodes {
		t.Errorf("%d episodes are kept", len(r.episodes))
	}
}

// TestHostileNames: names come from labels, and labels from anybody.
func TestHostileNames(t *testing.T) {
	const name = `</svg><script src="http://evil/x"></script>`
	r := NewRecorder(func(key string) (signal.State, bool) {
		s, _ := states(key)
		s.Entity.Name, s.Rule = name, name
		return s, true
	})
	feed(r, "a", 0, 2, func(float64) float64 { return 0.5 })
	feed(r, "b", 0, 2, func(float64) float64 { return 0.5 })
	f := said("a", "e", finding.Opened, finding.Critical, 1)
	f.Entity.Name, f.Title.En, f.Message.En = name, name, name
	r.Hear(f)
	page := written(t, input(r))
	if strings.Contains(page, "<script") || strings.Contains(page, `src="`) || strings.Contains(page, "url(") || strings.Contains(page, "href=") {
		t.Error("a name became a part of the page")
	}
	contains(t, page, "&lt;script", "default-src 'none'")
}

func TestNothing(t *testing.T) {
	in := &Input{Language: i18n.English, Zone: time.UTC, Recorders: []*Recorder{NewRecorder(states)}}
	contains(t, written(t, in), "No samples.", "No warning would have opened.")
}

func TestDarkRules(t *testing.T) {
	r, err := chart.New()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := darkRules(r)
	if err != nil {
		t.Fatal(err)
	}
	contains(t, rules, `svg [fill="#ffffff"]{fill:#`, `svg [stroke="#`)
	seen := map[string]bool{}
	for line := range strings.Lines(rules) {
		selector, _, _ := strings.Cut(line, "{")
		if seen[selector] {
			t.Errorf("%s has two dark colours", selector)
		}
		seen[selector] = true
	}
}

func nan() score.Number { return score.Number(math.NaN()) }
