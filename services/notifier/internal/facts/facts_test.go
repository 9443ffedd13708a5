package facts_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	build "github.com/forewarn/forewarn/services/notifier/internal/digest"
	"github.com/forewarn/forewarn/services/notifier/internal/facts"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/inventory"
	"github.com/forewarn/forewarn/shared/plan"
	"github.com/forewarn/forewarn/shared/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// past is a history with one course, one silent target and one metric that nobody reads.
type past struct{ broken bool }

func (p past) Course(_ context.Context, _, _ string, from, to time.Time) (used, limit []telemetry.Sample, err error) {
	if p.broken {
		return nil, nil, errors.New("away")
	}
	return []telemetry.Sample{{TimeMillis: from.UnixMilli(), Value: 10}, {TimeMillis: to.UnixMilli(), Value: 80}}, []telemetry.Sample{{TimeMillis: from.UnixMilli(), Value: 100}}, nil
}

func (p past) Targets(context.Context, time.Time) ([]inventory.Target, error) {
	if p.broken {
		return nil, errors.New("away")
	}
	return []inventory.Target{{Job: "node", Instance: "a:9100", Up: true}, {Job: "node", Instance: "b:9100"}}, nil
}

func (past) Unread(context.Context, time.Time) ([]string, error) { return []string{"acme_depth"}, nil }

// monday is when the digest of week 48 is due.
var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// desk is a reader on a bus of its own.
func desk(t *testing.T, h past) (*facts.Reader, *bus.Bus) {
	t.Helper()
	b := bustest.New(t)
	kv, err := b.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	return &facts.Reader{Bus: b, Store: incident.NewStore(kv), Logger: zap.NewNop(), Courses: h, Arrivals: h, Patience: time.Second}, b
}

// keep stores an incident that opened at a time and got worse at others, with its events.
func keep(t *testing.T, r *facts.Reader, opened time.Time, changes ...time.Time) *incident.Incident {
	t.Helper()
	i := &incident.Incident{
		ID: incident.NewID(opened, "trend:00:1:0"), State: incident.Open, Kind: finding.Exhaustion, Severity: finding.Warning, Worst: finding.Warning, OpenedAt: opened,
	}
	for k, at := range append([]time.Time{opened}, changes...) {
		i.Version, i.UpdatedAt, i.Used = k+1, at, float64(k+1)
		e := incident.NewEvent(i, incident.Change{Time: at, Version: i.Version, Action: finding.Updated})
		if err := incident.PublishEvent(t.Context(), r.Bus.JetStream(), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(r.Store.Create(t.Context(), i), r.Store.Index(t.Context(), i)); err != nil {
		t.Fatal(err)
	}
	return i
}

func week48() build.Edition {
	return build.Schedule{Zone: time.UTC, Weekday: time.Monday, Hour: 9}.Week(2026, 48)
}

// TestPast: of a week long past incidents are as they were at its end, and at its beginning; what is not kept is said.
func TestPast(t *testing.T) {
	r, _ := desk(t, past{})
	old := keep(t, r, monday.AddDate(0, 0, -10), monday.AddDate(0, 0, -8), monday.AddDate(0, 0, -2), monday.AddDate(0, 0, 3))
	in, err := r.Gather(t.Context(), week48(), monday.AddDate(0, 0, 30))
	if err != nil {
		t.Fatal(err)
	}
	if len(in.Incidents) != 1 || in.Incidents[0].Used != 3 {
		t.Errorf("at the end: %+v", in.Incidents)
	}
	if was := in.Before[old.ID]; was == nil || was.Used != 2 {
		t.Errorf("at the beginning: %+v", was)
	}
	if in.Planned || in.Surveyed || in.Signals != nil || len(in.Missing) != 1 || !strings.Contains(in.Missing[0].En, "only what they are now is kept") {
		t.Errorf("beside them: %+v", in)
	}
}

// TestNobodyAnswers: what is away is said, each part by itself, and the incidents are there.
func TestNobodyAnswers(t *testing.T) {
	r, _ := desk(t, past{broken: true})
	keep(t, r, monday.AddDate(0, 0, -1))
	in, err := r.Gather(t.Context(), week48(), monday.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if len(in.Incidents) != 1 || len(in.Missing) != 3 || in.Planned || in.Surveyed {
		t.Errorf("%d incidents, missing %v", len(in.Incidents), in.Missing)
	}
	for _, m := range in.Missing {
		if m.En == "" || m.Zh == "" {
			t.Errorf("not said in every language: %+v", m)
		}
	}
}

// TestPlansAndSurvey: plans come from who makes them, and a refusal of theirs is no empty list.
func TestPlansAndSurvey(t *testing.T) {
	r, b := desk(t, past{})
	reply := plan.Reply{Plans: []plan.Plan{{Signal: "filesystem-space/x"}}}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- b.Answer(ctx, plan.Keeper, 0, func([]byte) ([]byte, error) { return json.Marshal(&reply) })
	}()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	bustest.Until(t, 20*time.Second, "the planner", func() bool { _, err := b.Query(ctx, plan.Keeper, 0, nil); return err == nil })
	in, err := r.Gather(ctx, week48(), monday.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if !in.Planned || len(in.Plans) != 1 || !in.Surveyed {
		t.Errorf("%+v", in)
	}
	if diff := cmp.Diff([]string{"node b:9100", "acme_depth"}, append(in.SilentTargets, in.Unread...)); diff != "" {
		t.Errorf("survey (-want +got):\n%s", diff)
	}
}

// TestFigures: a course with its limit and its forecast; none of a date, of what is unknown, or without a history.
func TestFigures(t *testing.T) {
	r, _ := desk(t, past{})
	early, late := monday.Add(10*time.Hour), monday.Add(20*time.Hour)
	d := &digest.Digest{Until: monday, Risks: []digest.Risk{
		{Signal: "a", Series: "use", Entity: "/u01", Used: 80, Limit: 100, ETA: finding.ETA{P10: &early, P50: &late, P90: nil}},
		{Signal: "expires", Series: "use", ETA: finding.ETA{P10: &late, P50: &late, P90: &late}},
		{Signal: "unknown"},
	}}
	got := r.Figures(t.Context(), d, i18n.Chinese)
	f := got["a"]
	if len(got) != 1 || f == nil || len(f.Times) != 2 || f.Limit != 100 || len(f.Ahead) == 0 || len(f.Ahead) != len(f.Median) || !strings.HasPrefix(f.Label, "/u01") {
		t.Errorf("%+v", got)
	}
	r.Courses = past{broken: true}
	if got := r.Figures(t.Context(), d, i18n.English); len(got) != 0 {
		t.Errorf("of a broken history: %+v", got)
	}
}
