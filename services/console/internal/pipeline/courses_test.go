package pipeline

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// slowHistory answers after a while, and counts.
type slowHistory struct {
	takes time.Duration
	asked int
}

func (h *slowHistory) Course(ctx context.Context, _, _ string, from, _ time.Time) (used, limit []telemetry.Sample, err error) {
	h.asked++
	select {
	case <-time.After(h.takes):
		return []telemetry.Sample{{TimeMillis: from.UnixMilli(), Value: 1}}, nil, nil
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

// TestCoursesAreKeptForAWhile: pages and pictures of one moment read a history once, those of later ones anew.
func TestCoursesAreKeptForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &slowHistory{takes: time.Millisecond}
		c := newCourses(h)
		read := func(key string) {
			t.Helper()
			got, err := c.read(t.Context(), key, "s", time.Now().Add(-time.Hour), time.Now())
			if err != nil || len(got.Used) != 1 {
				t.Fatalf("%+v, %v", got, err)
			}
		}
		read("a")
		read("a")
		if h.asked != 1 {
			t.Errorf("asked %d times for one course", h.asked)
		}
		read("b")
		time.Sleep(2 * courseLife) // the bubble's time
		read("a")
		if h.asked != 3 {
			t.Errorf("asked %d times, want 3", h.asked)
		}
		for i := range 3 * maxCourses {
			read(fmt.Sprint("key ", i))
		}
		if len(c.kept) > maxCourses {
			t.Errorf("%d courses are kept", len(c.kept))
		}
	})
}

// TestASlowHistoryIsLeftAlone: one wait of two seconds for a page, not one for each of its pictures.
func TestASlowHistoryIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &slowHistory{takes: time.Hour}
		c := newCourses(h)
		began := time.Now()
		for range 20 {
			if _, err := c.read(t.Context(), "a", "s", began, began.Add(time.Hour)); err == nil {
				t.Fatal("no error of a history that does not answer")
			}
		}
		if took := time.Since(began); h.asked != 1 || took > courseTimeout {
			t.Errorf("asked %d times, for %v", h.asked, took)
		}
		time.Sleep(2 * courseRest)
		h.takes = 0
		if _, err := c.read(t.Context(), "a", "s", began, began.Add(time.Hour)); err != nil {
			t.Errorf("afterwards: %v", err)
		}
		if _, err := newCourses(nil).read(t.Context(), "a", "s", began, began); !errors.Is(err, ErrNoHistory) {
			t.Errorf("without a history: %v", err)
		}
	})
}

// TestReleasesHaveNoCourse: what is made of many series is not looked for in the history.
func TestReleasesHaveNoCourse(t *testing.T) {
	cat, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	h := &slowHistory{}
	s := &Source{settings: Settings{Catalogue: cat}, courses: newCourses(h)}
	f := func(key, series string, want error) {
		t.Helper()
		if _, err := s.Course(t.Context(), key, series, time.Now().Add(-time.Hour), time.Now()); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", key, err, want)
		}
	}
	f("process-memory/release:ledger/7.4.1", `process_resident_memory_bytes{component="ledger",version="7.4.1"}`, ErrNoSeries)
	f("gone/process:erp-01:erp", `process_resident_memory_bytes{instance="erp-01:8080",job="erp"}`, ErrNoSeries)
	f("process-memory/process:erp-01:erp:8080", `process_resident_memory_bytes{instance="erp-01:8080",job="erp"}`, nil)
	if h.asked != 1 {
		t.Errorf("the history was asked %d times, want once", h.asked)
	}
}
