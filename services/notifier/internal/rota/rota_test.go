package rota_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/notifier/internal/rota"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func at(t *testing.T, z *time.Location, text string) time.Time {
	t.Helper()
	out, err := time.ParseInLocation("2006-01-02 15:04", text, z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWeeks(t *testing.T) {
	z := zone(t, "Asia/Shanghai")
	r, err := rota.New(rota.Settings{
		People: []string{"ana", "bo", "chen"}, Turn: rota.Week, Zone: z, Start: at(t, z, "2026-01-05 09:00"),
		Overrides: []rota.Override{{Person: "dai", From: at(t, z, "2026-01-14 00:00"), To: at(t, z, "2026-01-15 12:00")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	f := func(when, want string) {
		t.Helper()
		if got := r.At(at(t, z, when)); got != want {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
	}
	f("2026-01-05 08:59", "chen")
	f("2026-01-05 09:00", "ana")
	f("2026-01-12 08:59", "ana")
	f("2026-01-12 09:00", "bo")
	f("2026-01-13 23:59", "bo")
	f("2026-01-14 00:00", "dai")
	f("2026-01-15 11:59", "dai")
	f("2026-01-15 12:00", "bo")
	f("2026-01-26 09:00", "ana")
	f("2025-12-22 10:00", "bo")
	if diff := cmp.Diff([]string{"dai", "bo", "chen", "ana"}, r.Next(at(t, z, "2026-01-14 10:00"))); diff != "" {
		t.Errorf("next (-want +got):\n%s", diff)
	}
	if s := r.Shift(at(t, z, "2026-01-13 10:00")); !s.To.Equal(at(t, z, "2026-01-14 00:00")) || !s.From.Equal(at(t, z, "2026-01-12 09:00")) {
		t.Errorf("shift %v", s)
	}
}

// TestClocksChange: at an hour that a day skips or has twice, turns change once, at the right instant.
func TestClocksChange(t *testing.T) {
	z := zone(t, "Europe/Berlin")
	r, err := rota.New(rota.Settings{People: []string{"ana", "bo"}, Turn: rota.Day, Zone: z, Start: at(t, z, "2026-03-01 02:30")})
	if err != nil {
		t.Fatal(err)
	}
	f := func(utc, want string) {
		t.Helper()
		if got := r.At(at(t, time.UTC, utc)); got != want {
			t.Errorf("%s: %s, want %s", utc, got, want)
		}
	}
	f("2026-03-29 01:29", "bo") // 03:29 summer time, what was to be 02:29
	f("2026-03-29 01:30", "ana")
	f("2026-03-30 00:29", "ana")
	f("2026-03-30 00:30", "bo")
	f("2026-10-25 00:29", "bo")  // 02:29 summer time
	f("2026-10-25 00:30", "ana") // 02:30 for the first time
	f("2026-10-25 01:30", "ana") // and again
	f("2026-10-26 01:30", "bo")
}

// TestEveryInstantHasOne: wherever it is and whenever turns change, shifts follow each other without gap or overlap, nobody is left
// out, and a shift's ends agree with who is on call.
func TestEveryInstantHasOne(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // a test
	people := []string{"a", "b", "c", "d", "e"}
	for _, name := range []string{"Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia", "UTC"} {
		z := zone(t, name)
		for range 20 {
			s := rota.Settings{
				People: people[:1+random.IntN(5)], Zone: z, Turn: []rota.Turn{rota.Day, rota.Week}[random.IntN(2)],
				Start: time.Date(2011, 1, random.IntN(300), random.IntN(24), random.IntN(60), 0, 0, z),
			}
			from := s.Start
			for range random.IntN(4) {
				from = from.Add(time.Duration(random.IntN(2000)) * time.Hour)
				to := from.Add(time.Duration(1+random.IntN(500)) * time.Minute)
				s.Overrides = append(s.Overrides, rota.Override{Person: "x", From: from, To: to})
				from = to
			}
			r, err := rota.New(s)
			if err != nil {
				t.Fatal(err)
			}
			check(t, r, s)
		}
	}
}

func check(t *testing.T, r *rota.Rota, s rota.Settings) {
	t.Helper()
	seen := map[string]bool{}
	now := s.Start.AddDate(0, -2, 0)
	for end := s.Start.AddDate(1, 0, 0); now.Before(end); {
		sh := r.Shift(now)
		seen[sh.Person] = true
		next := r.Shift(sh.To)
		switch last := sh.To.Add(-time.Nanosecond); {
		case sh.From.After(now) || !sh.To.After(now):
			t.Fatalf("%v: the shift %v to %v is not that of %v", s, sh.From, sh.To, now)
		case r.At(last) != sh.Person || r.At(sh.From) != sh.Person:
			t.Fatalf("%v: %s is on call until %v, but %s is before", s, sh.Person, sh.To, r.At(last))
		case !next.From.Equal(sh.To):
			t.Fatalf("%v: a shift ends at %v and the next one begins at %v", s, sh.To, next.From)
		}
		now = sh.To
	}
	for _, p := range s.People {
		if !seen[p] {
			t.Fatalf("%v: %s never comes on call", s, p)
		}
	}
	if got := r.Next(now); !slices.Contains(got, s.People[len(s.People)-1]) || got[0] != r.At(now) {
		t.Fatalf("%v: next %v", s, got)
	}
}

func TestRefused(t *testing.T) {
	day := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	_, err := rota.New(rota.Settings{Turn: "month", Overrides: []rota.Override{
		{Person: "b", From: day.AddDate(0, 0, 1), To: day.AddDate(0, 0, 3)},
		{Person: "a", From: day, To: day.AddDate(0, 0, 2)},
		{Person: "c", From: day.AddDate(0, 0, 9), To: day.AddDate(0, 0, 9)},
	}})
	for _, want := range []string{"people: nobody", "turn: \"month\"", "start: is missing", "those of a and b overlap", "that of c from 2026-01-14 09:00:00 ends before"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in: %v", want, err)
		}
	}
}
