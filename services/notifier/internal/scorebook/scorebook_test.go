package scorebook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/models/calibration"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/outcome"
)

var start = time.Date(2026, 1, 27, 9, 0, 0, 0, time.UTC)

const disk = "exhaustion/filesystem-space"

// summary tells of n predictions of 90 %, half of which came true, and of an episode.
func summary(t testing.TB, hour, n int) *outcome.Summary {
	t.Helper()
	raw, told := new(calibration.Ledger), new(calibration.Ledger)
	for i := range n {
		o := calibration.Outcome{Kind: disk, Horizon: 1, Predicted: 0.9, What: calibration.NotReached, Version: 1}
		if i%2 == 0 {
			o.What, o.After = calibration.Reached, time.Hour
			o.P10, o.P50, o.P90 = 30*time.Minute, time.Hour, 2*time.Hour
		}
		t := o
		t.Predicted = 0.6
		if err := errors.Join(raw.Add(o), told.Add(t)); err != nil {
			panic(err)
		}
	}
	encode := func(l *calibration.Ledger) json.RawMessage {
		data, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	return &outcome.Summary{
		ID: fmt.Sprintf("trend:00:%d:0", hour), Source: "trend:00", Seq: uint64(hour), Until: start.Add(time.Duration(hour) * time.Hour),
		Basis: calibration.Shipped().Basis, Raw: encode(raw), Told: encode(told),
		Episodes: []outcome.Episodes{{Kind: disk, Reached: 1, LeadSeconds: []int64{int64(hour) * 60}}},
	}
}

func open(t testing.TB, b *bus.Bus) *Book {
	t.Helper()
	book, err := Open(t.Context(), b, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func add(t testing.TB, b *Book, s *outcome.Summary) {
	t.Helper()
	if err := b.Add(t.Context(), s); err != nil {
		t.Fatalf("add %s: %v", s.ID, err)
	}
}

func card(t testing.TB, b *Book) *outcome.Scorecard {
	t.Helper()
	c, err := b.Scorecard(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// announcements returns the tables that a partition's stream holds.
func announcements(t testing.TB, b *bus.Bus, partition int) (versions []uint64) {
	t.Helper()
	c, err := b.JetStream().OrderedConsumer(t.Context(), bus.StreamName(bus.Metrics, partition), jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{fmt.Sprintf("met.%02d.calibration", partition)},
	})
	if err != nil {
		t.Fatal(err)
	}
	batch, err := c.FetchNoWait(1000)
	if err != nil {
		t.Fatal(err)
	}
	for m := range batch.Messages() {
		got, err := outcome.DecodeCalibration(m.Data())
		if err != nil {
			t.Fatal(err)
		}
		var table calibration.Table
		if err := json.Unmarshal(got.Table, &table); err != nil {
			t.Fatal(err)
		}
		versions = append(versions, table.Version())
	}
	return versions
}

// TestSummariesCountOnce: whatever comes again, in whatever order after a crash, changes nothing.
func TestSummariesCountOnce(t *testing.T) {
	b := bustest.New(t)
	for round := range 3 {
		book := open(t, b)
		for hour := 1; hour <= 5; hour++ {
			add(t, book, summary(t, hour, 10))
			add(t, book, summary(t, max(1, hour-round), 10))
		}
		other := summary(t, 3, 10)
		other.Source = "trend:01"
		add(t, book, other)
		all := card(t, book).Kinds[0]
		if all.Kind != "all" || all.Horizons[1].Resolved != 60 || all.Episodes.Reached != 6 {
			t.Fatalf("round %d: %+v, want 60 predictions and 6 episodes", round, all)
		}
	}
}

// TestScorecard: what was told is shown, by kind, family and all together.
func TestScorecard(t *testing.T) {
	book := open(t, bustest.New(t))
	if c := card(t, book); len(c.Kinds) != 1 || c.Kinds[0].Horizons[1].Brier != nil || c.Kinds[0].Episodes.LeadSeconds != nil {
		t.Errorf("of nothing: %+v", c)
	}
	if c := card(t, book); c.Prior == nil || c.Prior.Made != calibration.Shipped().Made || c.Prior.Outcomes == 0 || c.OwnOutcomes != 0 {
		t.Errorf("before anything was fitted it rests on %+v and %d outcomes", c.Prior, c.OwnOutcomes)
	}
	add(t, book, summary(t, 1, 20))
	add(t, book, summary(t, 2, 20))
	add(t, book, summary(t, 3, 20))
	got := card(t, book)
	var kinds []string
	for _, k := range got.Kinds {
		kinds = append(kinds, k.Kind)
		told, brier, lead := 0.6, 0.26, int64(120)
		h := k.Horizons[1]
		want := outcome.HorizonScore{
			Horizon: "24h", Resolved: 60, Reached: 30, Brier: &brier, AtLeast80: outcome.Told{From: 0.8},
			AtLeast50: outcome.Told{From: 0.5, Mean: &told, CameTrue: 30, Wrong: 30}, Rows: h.Rows,
		}
		near := cmp.Comparer(func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 })
		if diff := cmp.Diff(want, h, near); diff != "" {
			t.Errorf("%s (-want +got):\n%s", k.Kind, diff)
		}
		if first := k.Horizons[0]; first.Dates != 30 || first.Covered != 30 {
			t.Errorf("%s: %d of %d dates covered, want 30 of 30", k.Kind, first.Covered, first.Dates)
		}
		if diff := cmp.Diff(outcome.EpisodeScore{Reached: 3, LeadSeconds: &lead}, k.Episodes); diff != "" {
			t.Errorf("%s, episodes (-want +got):\n%s", k.Kind, diff)
		}
	}
	if diff := cmp.Diff([]string{"all", "exhaustion", disk}, kinds); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	if !got.Since.Equal(start.Add(time.Hour)) || !got.Until.Equal(start.Add(3*time.Hour)) {
		t.Errorf("from %v to %v", got.Since, got.Until)
	}
}

// TestFit: once a day, when there are enough new outcomes, there is a better table, with a higher version each time; and
// it reaches every partition, once a day also if there is none better.
func TestFit(t *testing.T) {
	b := bustest.New(t)
	book := open(t, b)
	for hour := 0; hour < 24; hour++ {
		add(t, book, summary(t, hour, 10))
	}
	if got := announcements(t, b, 0); len(got) != 0 {
		t.Fatalf("tables %v within the first day", got)
	}
	for hour := 24; hour <= 96; hour++ {
		n := 10
		if hour > 48 && hour <= 72 {
			n = 0
		}
		add(t, book, summary(t, hour, n))
	}
	prior := calibration.Shipped().Table.Version()
	first := max(prior, 1) + 1
	for p := range b.Partitions() {
		if diff := cmp.Diff([]uint64{first, first + 1, first + 1, first + 2}, announcements(t, b, p)); diff != "" {
			t.Errorf("tables of partition %d (-want +got):\n%s", p, diff)
		}
	}
	if c := card(t, book); c.OwnOutcomes == 0 || c.Calibration <= prior {
		t.Errorf("after fitting it rests on %d outcomes, table %d", c.OwnOutcomes, c.Calibration)
	}
	p, _, err := book.load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Table.Probability(disk, 1, 0.9); got < 0.45 || got > 0.6 {
		t.Errorf("90 %% of which half came true are told as %v", got)
	}
	if got := card(t, book).Calibration; got != first+2 {
		t.Errorf("the scorecard names table %d, want %d", got, first+2)
	}
}

// TestAnnouncementSurvivesACrash: a table that was fitted and could not be announced is announced when its summary comes
// again.
func TestAnnouncementSurvivesACrash(t *testing.T) {
	b := bustest.New(t)
	book := open(t, b)
	add(t, book, summary(t, 0, 500))
	away := errors.New("the bus is away")
	working := book.announce
	book.announce = func(context.Context, string, []byte) error { return away }
	if err := book.Add(t.Context(), summary(t, 24, 10)); !errors.Is(err, away) {
		t.Fatalf("Add = %v, want that the table could not be announced", err)
	}
	book.announce = working
	add(t, book, summary(t, 24, 10))
	add(t, book, summary(t, 24, 10)) // the server stores a repeat once
	if got := announcements(t, b, 0); len(got) != 1 {
		t.Errorf("tables %v, want one", got)
	}
	if got := card(t, book).Kinds[0].Horizons[1].Resolved; got != 510 {
		t.Errorf("%d predictions are counted, want 510", got)
	}
}

// TestPeriods: what is older than six months is forgotten, what is three months old is not.
func TestPeriods(t *testing.T) {
	p := newPages("", time.Time{})
	prior := calibration.Shipped()
	resolved := func(hour, n int) uint64 {
		t.Helper()
		if _, err := p.add(summary(t, hour, n), prior); err != nil {
			t.Fatal(err)
		}
		_, told, err := p.ledgers()
		if err != nil {
			t.Fatal(err)
		}
		return told.Resolved()
	}
	const month = 30 * 24
	for month, want := range []uint64{10, 20, 30, 40, 50, 60, 40} {
		if got := resolved(month*30*24, 10); got != want {
			t.Errorf("after %d months %d predictions are known, want %d", month, got, want)
		}
	}
	if got := resolved(7*month, 10); got != 50 {
		t.Errorf("after 7 months %d, want 50", got)
	}
}

// TestOtherModels: what became of other models' predictions does not count, and is forgotten when the models change.
func TestOtherModels(t *testing.T) {
	b := bustest.New(t)
	book := open(t, b)
	other := summary(t, 1, 10)
	other.Basis = "another"
	add(t, book, other)
	if c := card(t, book); c.Kinds[0].Horizons[1].Resolved != 0 {
		t.Errorf("outcomes of other models count: %+v", c)
	}
	add(t, book, summary(t, 2, 10))
	updated := open(t, b)
	updated.prior = &calibration.Prior{Table: new(calibration.Table), Basis: "another"}
	other.Seq, other.Until = 3, start.Add(3*time.Hour)
	add(t, updated, other)
	if c := card(t, updated); c.Kinds[0].Horizons[1].Resolved != 10 || !c.Since.Equal(other.Until) {
		t.Errorf("after an update: since %v, %d predictions", c.Since, c.Kinds[0].Horizons[1].Resolved)
	}
}

// TestUnusable: a summary whose ledgers cannot be read is said to be so, and changes nothing; a book that cannot be read
// begins anew.
func TestUnusable(t *testing.T) {
	b := bustest.New(t)
	book := open(t, b)
	bad := summary(t, 1, 10)
	bad.Told = json.RawMessage(`{"format":99}`)
	if err := book.Add(t.Context(), bad); !errors.Is(err, ErrUnusable) {
		t.Errorf("Add = %v, want ErrUnusable", err)
	}
	if _, err := book.kv.Put(t.Context(), key, []byte("damaged")); err != nil {
		t.Fatal(err)
	}
	add(t, book, summary(t, 2, 10))
	if got := card(t, book).Kinds[0].Horizons[1].Resolved; got != 10 {
		t.Errorf("%d predictions are counted, want 10", got)
	}
}

// FuzzDecode: whatever is accepted can be shown, added to and written.
func FuzzDecode(f *testing.F) {
	p := newPages("", time.Time{})
	prior := calibration.Shipped()
	for hour := range 30 {
		if _, err := p.add(summary(f, hour, 10), prior); err != nil {
			f.Fatal(err)
		}
	}
	data, err := encode(p)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("damaged"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := decode(data)
		if err != nil {
			return
		}
		if _, err := p.scorecard(prior); err != nil && !errors.Is(err, calibration.ErrFull) {
			t.Fatal(err)
		}
		if _, err := p.add(summary(t, 1_000, 10), prior); err != nil {
			return
		}
		if _, err := encode(p); err != nil {
			t.Fatal(err)
		}
	})
}
