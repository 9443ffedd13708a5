package life

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

var (
	start = time.Date(2026, 1, 27, 9, 0, 0, 0, time.UTC)
	usual = Rules{
		MinSeverity: finding.Warning, ReopenWindow: 30 * time.Minute, UpdateInterval: 15 * time.Minute,
		ETAChange: 0.5, ETAChangeMin: 10 * time.Minute,
	}
)

// say makes a finding at a minute, of an episode, that expects the limit after left (0: never).
func say(minute int, a finding.Action, s finding.Severity, episode string, left time.Duration) *finding.Finding {
	at := start.Add(time.Duration(minute) * time.Minute)
	f := &finding.Finding{
		Schema: 1, ID: fmt.Sprintf("trend:00:%d:0", minute+1), Episode: episode, Action: a, Time: at,
		Kind: finding.Exhaustion, Signal: "space/volume:erp-01:/u01", Severity: s, Probability: 0.8,
		Title:   i18n.Text{En: "File system is filling up", Zh: "空间将耗尽"},
		Message: i18n.Text{En: "full soon", Zh: "即将用满"},
	}
	if left != 0 {
		p50 := at.Add(left)
		f.ETA.P50 = &p50
	}
	return f
}

const (
	op, up, end = finding.Opened, finding.Updated, finding.Resolved
	info, warn  = finding.Info, finding.Warning
	crit        = finding.Critical
)

// TestLife follows findings through an incident: "<state><version>:<reason>" after each, "-" for no step, "/"
// for a new incident.
func TestLife(t *testing.T) {
	f := func(name, want string, findings ...*finding.Finding) {
		t.Helper()
		var cur *incident.Incident
		var got []string
		for _, x := range findings {
			if cur != nil {
				if _, seen := Seen(cur, x); !seen && !usual.Joins(cur, x) {
					cur = nil
					got = append(got, "/")
				}
			}
			s := usual.Apply(cur, x, Scene{})
			if s == nil {
				got = append(got, "-")
				continue
			}
			cur = s.Incident
			got = append(got, fmt.Sprintf("%s%d:%s", cur.State, cur.Version, s.Reason))
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	day := 24 * time.Hour
	f("whole life", "open1:opened open2: resolved3:resolved",
		say(0, op, warn, "a", day), say(1, up, warn, "a", day), say(20, end, warn, "a", 0))
	f("info opens nothing", "- - -", say(0, op, info, "a", day), say(1, up, info, "a", day), say(2, end, info, "a", 0))
	f("a lost opening", "open1:opened", say(0, up, warn, "a", day))
	f("an end of nothing", "-", say(0, end, warn, "a", 0))
	f("raised at once, lowered quietly, raised again quietly", "open1:opened open2:raised open3: open4:",
		say(0, op, warn, "a", day), say(1, up, crit, "a", day), say(2, up, warn, "a", day), say(3, up, crit, "a", day))
	f("raised again after a while", "open1:opened open2:raised open3: open4:raised open5:",
		say(0, op, warn, "a", 9*day), say(1, up, crit, "a", 9*day), say(60, up, warn, "a", 9*day),
		say(5*24*60, up, crit, "a", 4*day), say(5*24*60+20, up, crit, "a", 4*day))
	f("moved, but too soon", "open1:opened open2: open3:moved",
		say(0, op, warn, "a", day), say(14, up, warn, "a", 2*time.Hour), say(15, up, warn, "a", 2*time.Hour))
	f("moved too little", "open1:opened open2: open3:",
		say(0, op, warn, "a", day), say(30, up, warn, "a", 20*time.Hour), say(60, up, warn, "a", 19*time.Hour))
	f("sooner by less than half, then by half of what is left by now", "open1:opened open2: open3:moved",
		say(0, op, warn, "a", day), say(60, up, warn, "a", 13*time.Hour), say(120, up, warn, "a", 11*time.Hour))
	f("later: told when the time left has doubled", "open1:opened open2: open3:moved",
		say(0, op, warn, "a", 2*time.Hour), say(60, up, warn, "a", 100*time.Minute), say(90, up, warn, "a", time.Hour))
	f("a limit that is reached, and stays so", "open1:opened open2:moved open3: open4: open5:moved",
		say(0, op, crit, "a", 3*time.Hour), say(60, up, crit, "a", -time.Second), say(120, up, crit, "a", time.Second), say(300, up, crit, "a", time.Second),
		say(360, up, crit, "a", 16*time.Hour))
	f("moved by little time", "open1:opened open2:", say(0, op, warn, "a", 20*time.Minute), say(16, up, warn, "a", 8*time.Minute))
	f("moved out of sight and back", "open1:opened open2:moved open3:moved",
		say(0, op, warn, "a", day), say(20, up, warn, "a", 0), say(40, up, warn, "a", day))
	f("repeats", "open1:opened - - resolved2:resolved - -",
		say(0, op, warn, "a", day), say(0, op, warn, "a", day), say(-1, up, crit, "a", day),
		say(9, end, warn, "a", 0), say(9, end, warn, "a", 0), say(10, up, crit, "a", day))
	f("back within the window", "open1:opened resolved2:resolved open3:reopened resolved4:resolved",
		say(0, op, warn, "a", day), say(10, end, warn, "a", 0), say(40, op, warn, "b", day), say(50, end, warn, "b", 0))
	f("back after the window", "open1:opened resolved2:resolved / open1:opened",
		say(0, op, warn, "a", day), say(10, end, warn, "a", 0), say(41, op, warn, "b", day))
	f("an episode that follows an unfinished one", "open1:opened open2: - resolved3:resolved",
		say(0, op, warn, "a", day), say(5, op, warn, "b", day), say(6, end, warn, "a", 0), say(7, end, warn, "b", 0))
}

func TestReopenedTextAndCounts(t *testing.T) {
	a := usual.Apply(nil, say(0, op, warn, "a", time.Hour), Scene{}).Incident
	b := usual.Apply(a, say(10, end, warn, "a", 0), Scene{}).Incident
	s := usual.Apply(b, say(22, op, crit, "b", time.Hour), Scene{})
	want := i18n.Text{En: "Open again 12 min after it was resolved. full soon", Zh: "恢复 12 分钟后再次出现。即将用满"}
	if diff := cmp.Diff(want, s.Change.Text); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	c := s.Incident
	if c.Reopened != 1 || c.ResolvedAt != nil || c.ID != a.ID || c.Worst != crit || len(c.Episodes) != 2 || !c.Marks[0].Ended {
		t.Errorf("re-opened incident: %+v", c)
	}
	if b.State != incident.Resolved || len(b.Episodes) != 1 {
		t.Error("Apply changed what it was given")
	}
}

// TestBounds applies hostile findings for a long time: the incident stays small.
func TestBounds(t *testing.T) {
	for _, word := range []string{"长\x00<script>", "<\x00", `"`} {
		bounds(t, strings.Repeat(word, 1_100))
	}
}

func bounds(t *testing.T, long string) {
	t.Helper()
	var cur *incident.Incident
	for n := range 300 {
		x := say(n*20, up, warn, fmt.Sprintf("e%d", n/4), time.Duration(1+n%2*40)*time.Hour)
		x.Title, x.Message, x.Advice = i18n.Text{En: long, Zh: long}, i18n.Text{En: long, Zh: long}, i18n.Text{En: long, Zh: long}
		x.Series, x.Unit = long, long
		x.Entity = entity.Entity{ID: long, Root: long, Name: long, Labels: map[string]string{long: long}}
		for k := range 100 {
			x.Evidence = append(x.Evidence, finding.Evidence{Name: long, Text: i18n.Text{En: long}})
			x.Entity.Labels[fmt.Sprint(k)] = long
		}
		cur = usual.Apply(cur, x, Scene{}).Incident
	}
	if len(cur.Timeline) != incident.MaxTimeline || len(cur.Episodes) != incident.MaxEpisodes || cur.Version != 300 {
		t.Errorf("%d changes, %d episodes, version %d", len(cur.Timeline), len(cur.Episodes), cur.Version)
	}
	data, err := incident.Encode(cur)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > 800<<10 {
		t.Errorf("of %.8q: incident has %d bytes, more than a message of the bus may", long, len(data))
	}
}

// TestSilence ends an incident once, but not if something was heard meanwhile, and a word of its worker opens it again.
func TestSilence(t *testing.T) {
	cur := usual.Apply(nil, say(0, op, warn, "a", time.Hour), Scene{}).Incident
	f := Silence(cur, cur.UpdatedAt.Add(8*24*time.Hour))
	if data, err := finding.Encode(f); err != nil || !strings.Contains(f.Message.En, "nothing was heard of it for 8 days") ||
		!strings.Contains(f.Message.Zh, "已 8 天没有收到相关信息") {
		t.Errorf("finding %s, %v", data, err)
	}
	heard := usual.Apply(cur, say(1, up, warn, "a", time.Hour), Scene{}).Incident
	if s := usual.Apply(heard, f, Scene{}); s != nil {
		t.Errorf("something was heard, and yet: %+v", s.Change)
	}
	s := usual.Apply(cur, f, Scene{})
	if s == nil || s.Incident.State != incident.Resolved || s.Reason != incident.ReasonUnheard || !s.Incident.Unheard() {
		t.Fatalf("step: %+v", s)
	}
	if again := usual.Apply(s.Incident, f, Scene{}); again != nil {
		t.Errorf("ended twice: %+v", again.Change)
	}
	late := say(9*24*60, up, warn, "a", time.Hour)
	if s = usual.Apply(s.Incident, late, Scene{}); s == nil || s.Reason != incident.ReasonReopened || s.Incident.Unheard() {
		t.Errorf("its worker speaks: %+v", s)
	}
}

// TestSmallMovesShareALine: the timeline keeps what people were told, and the newest small move.
func TestSmallMovesShareALine(t *testing.T) {
	cur := usual.Apply(nil, say(0, op, warn, "a", 24*time.Hour), Scene{}).Incident
	for n := 1; n < 10; n++ {
		cur = usual.Apply(cur, say(n, up, warn, "a", 24*time.Hour), Scene{}).Incident
	}
	if len(cur.Timeline) != 2 || cur.Timeline[1].Version != 10 {
		t.Errorf("timeline: %+v", cur.Timeline)
	}
}

func FuzzShort(f *testing.F) {
	f.Add("长文本", 5)
	f.Add("\xff\xfe", 3)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = 3 + (limit%100+100)%100
		got := short(s, limit)
		if len(got) > limit || got != strings.ToValidUTF8(got, "") {
			t.Errorf("short(%q, %d) = %q", s, limit, got)
		}
	})
}
