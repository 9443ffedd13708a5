package scenario_test

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/forewarn/forewarn/services/forewarn/internal/scenario"
)

// write returns the files of some series: CSV, still compressed, and truth.
func write(t *testing.T, series []*scenario.Series) (csv, truth []byte) {
	t.Helper()
	var c, j bytes.Buffer
	if err := scenario.WriteCSV(&c, series); err != nil {
		t.Fatal(err)
	}
	if err := scenario.WriteTruth(&j, series); err != nil {
		t.Fatal(err)
	}
	return c.Bytes(), j.Bytes()
}

func one(seed uint64) (out []*scenario.Series) {
	for _, f := range scenario.Families(true) {
		out = append(out, f.Make(seed, 0, scenario.Weekdays))
	}
	return out
}

func TestSameSeedSameBytes(t *testing.T) {
	csv1, truth1 := write(t, one(7))
	csv2, truth2 := write(t, one(7))
	if !bytes.Equal(csv1, csv2) || !bytes.Equal(truth1, truth2) {
		t.Error("two runs with one seed differ")
	}
	if _, truth3 := write(t, one(8)); bytes.Equal(truth1, truth3) {
		t.Error("two seeds give the same truth")
	}
}

// TestTruthIsTrue checks every family, over several draws, against what its truth says.
func TestTruthIsTrue(t *testing.T) {
	for _, f := range scenario.Families(true) {
		first := f.Make(3, 0, scenario.Weekdays)
		for i := range 2 {
			s := f.Make(3, i, scenario.Weekdays)
			if (s.Failure == nil) != (first.Failure == nil) {
				t.Errorf("%s %d: some fail, some do not", f.Name, i)
			}
			checkTimes(t, s)
			checkShares(t, s)
		}
	}
}

func checkTimes(t *testing.T, s *scenario.Series) {
	t.Helper()
	switch {
	case s.Failure != nil && (s.Onset == nil || *s.Onset >= *s.Failure || *s.Failure > s.End):
		t.Errorf("%s: onset %v, failure %v, end %v are out of order", s.Family, s.Onset, *s.Failure, s.End)
	case s.Failure != nil && *s.Failure-s.Start < 86400:
		t.Errorf("%s: fails within a day", s.Family)
	case s.Leaks && s.Onset == nil:
		t.Errorf("%s: leaks from no onset on", s.Family)
	}
}

// checkShares replays the samples: full at the failure and only then.
func checkShares(t *testing.T, s *scenario.Series) {
	t.Helper()
	limit, peak := math.NaN(), 0.0
	for _, x := range s.Samples {
		if !math.IsNaN(x.Limit) {
			limit = x.Limit
		}
		share := x.Use / limit
		if s.CountsFree() {
			share = 1 - share
		}
		if share < 0 && s.Family != "limit-wraps-flat" || share > 1 {
			t.Fatalf("%s: share %v at %d", s.Family, share, x.Time)
		}
		peak = max(peak, share)
	}
	if s.Failure != nil && peak < 0.999 && s.Family != "gaps-fill" || s.Failure == nil && peak >= 1 {
		t.Errorf("%s: peak share %v, failure %v", s.Family, peak, s.Failure)
	}
}

func TestHeldOutFamiliesAreKeptAway(t *testing.T) {
	for _, f := range scenario.Families(false) {
		if f.HeldOut {
			t.Errorf("%s is held out", f.Name)
		}
	}
	if all, some := len(scenario.Families(true)), len(scenario.Families(false)); some >= all {
		t.Errorf("%d families in all, %d to tune on", all, some)
	}
}

func TestNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range scenario.Families(true) {
		for i := range 3 {
			if s := f.Make(1, i, scenario.Weekdays); seen[s.Series] {
				t.Errorf("%s: %s comes twice", f.Name, s.Series)
			} else {
				seen[s.Series] = true
			}
		}
	}
}

func TestFilesReadBack(t *testing.T) {
	dir := t.TempDir()
	series := one(1)[:6]
	csv, truth := write(t, series)
	store(t, dir, "a.csv.gz", csv)
	store(t, dir, "a.truth.json", truth)
	got, err := scenario.ReadFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(series, got, cmpopts.EquateNaNs(), cmpopts.IgnoreFields(scenario.Series{}, "Planned")); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

func TestMonthEndUsesTheCalendar(t *testing.T) {
	asked := map[time.Weekday]bool{}
	for _, f := range scenario.Families(false) {
		if f.Name == "month-end-fill" {
			f.Make(1, 0, func(day time.Time) bool {
				asked[day.Weekday()] = true
				if day.Hour() != 0 {
					t.Fatalf("asked about %v, which is no midnight", day)
				}
				return scenario.Weekdays(day)
			})
		}
	}
	if len(asked) != 7 {
		t.Errorf("the calendar was asked about %v only", asked)
	}
}
