package trend

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/models/leak"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
)

const (
	dayMillis = 24 * 3600 * 1000
	firstRun  = 20_500 // the first day of the tests, from 1970 on
)

// instances returns what so many instances of a version of the ledger come to on a day; week is what they grow in a week, as
// a share of their limit.
func instances(version string, n int, of, since int64, week, z float64, reason leak.Reason) (out []Growth) {
	for i := range n {
		key := fmt.Sprintf("container-memory-growth/container:prod/ledger-%s-%d/app", version, i)
		out = append(out, Growth{
			Key: key, Rule: "container-memory-growth", Series: fmt.Sprintf(`container_memory_working_set_bytes{pod="ledger-%s-%d"}`, version, i),
			Release: signal.Release{Component: "ledger", Version: version}, Since: since * dayMillis, At: of*dayMillis + dayMillis - 1000,
			Floor: gib, Limit: 4 * gib, PerDay: week * 4 * gib / 7, Week: week * (0.9 + 0.02*float64(i)), Z: z, Reason: reason,
		})
	}
	return out
}

// tell has both of two sources tell of a day, each of every other instance.
func tell(r *Releases, of int64, all []Growth) (out []finding.Finding) {
	parts := map[int][]Growth{}
	for i, g := range all {
		parts[i%2] = append(parts[i%2], g)
	}
	out = append(out, r.Hear("trend:00", of, parts[0], true)...)
	return append(out, r.Hear("trend:01", of, parts[1], true)...)
}

// rollOut tells of days of a roll-out: two of the old version alone, eight with the leaking one in its place, and then of what
// becomes of that.
func rollOut(after func(of int64) []Growth) (days [][]Growth) {
	const began = firstRun + 2
	for of := int64(firstRun); of < began; of++ {
		days = append(days, instances("7.4.0", 8, of, firstRun-5, 0, 0, leak.Flat))
	}
	for of := int64(began); of < began+8; of++ {
		if of < began+3 {
			days = append(days, instances("7.4.1", 8, of, began, 0, 0, leak.Learning))
			continue
		}
		days = append(days, instances("7.4.1", 8, of, began, 0.03, 2.2, leak.Noise))
	}
	for of := int64(began + 8); of < began+12; of++ {
		days = append(days, after(of))
	}
	return days
}

func rolledBack(of int64) []Growth { return instances("7.4.0", 8, of, firstRun-5, 0, 0, leak.Flat) }

// TestReleaseLeaks follows a roll-out to its end, and reads what is said.
func TestReleaseLeaks(t *testing.T) {
	f := func(name string, after func(int64) []Growth, want []string, ends finding.What) {
		t.Helper()
		r := NewReleases(catalogue(t), 2)
		var got []string
		var last finding.Finding
		for i, d := range rollOut(after) {
			for _, x := range tell(r, firstRun+int64(i), d) {
				got, last = append(got, fmt.Sprintf("%d %s %s", i, x.Action, x.Severity)), x
				if x.ID = "releases:00:1:0"; x.Signal != "container-memory-growth/release:ledger/7.4.1" {
					t.Errorf("%s: signal %s", name, x.Signal)
				}
				if _, err := finding.Encode(&x); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if last.Outcome == nil || last.Outcome.What != ends {
			t.Errorf("%s ended as %+v", name, last.Outcome)
		}
	}
	open := []string{"6 opened warning", "7 updated warning", "8 updated warning", "9 updated warning"}
	f("rolled back", rolledBack, append(slices.Clone(open), "10 resolved warning"), finding.Prevented)
	f("mended by a setting", func(of int64) []Growth { return instances("7.4.1", 8, of, firstRun+2, 0, 0, leak.Flat) },
		append(slices.Clone(open), "10 updated warning", "11 resolved warning"), finding.Faded)
}

// TestReleaseWords reads in both languages what is told of a release.
func TestReleaseWords(t *testing.T) {
	r := NewReleases(catalogue(t), 2)
	var opened finding.Finding
	for i, d := range rollOut(rolledBack) {
		for _, x := range tell(r, firstRun+int64(i), d) {
			if x.Action == finding.Opened {
				opened = x
			}
		}
	}
	want := map[string]string{
		opened.Title.En:   "Release leaks: ledger 7.4.1",
		opened.Title.Zh:   "版本存在泄漏：ledger 7.4.1",
		opened.Message.En: "ledger 7.4.1 grows by 749 KiB an hour (17.6 MiB a day) on 8 instances; 8 run, the first for 5 days; ledger 7.4.0 does not grow on 8 instances. The growth came with this release. No instance shows it for certain by itself; all together do. At this pace the fullest instance reaches its limit in about 175 days.",
		opened.Message.Zh: "ledger 7.4.1 每小时增长 749 KiB（每天 17.6 MiB，8 个实例的中位数），共运行 8 个实例，最早的已运行 5 天；旧版本 ledger 7.4.0 无明显增长（8 个实例）。该增长随此版本出现。单个实例均无法确认，合并判断可以确认。按此速度，占用最高的实例约 175 天后达到上限。",
		opened.Advice.En:  "Stop rolling it out, and take a heap or memory profile of one instance. Roll back to ledger 7.4.0 if that can be done, and compare with a profile of it. Until it is mended, restart the instances one after the other at quiet hours, each at least every 88 days.",
		opened.Advice.Zh:  "暂停继续发布，并对一个实例采集堆或内存剖析数据。如条件允许，回滚到 ledger 7.4.0，并与其剖析数据对比。修复之前，在业务低峰期逐个滚动重启实例，每个实例至少每 88 天重启一次。",
		opened.Series:     `container_memory_working_set_bytes{component="ledger",version="7.4.1"}`,
		opened.Entity.ID:  "release:ledger/7.4.1",
	}
	for got, words := range want {
		if diff := cmp.Diff(words, got); diff != "" {
			t.Error(diff)
		}
	}
	numbers := map[string]float64{}
	for _, e := range opened.Evidence {
		numbers[e.Name] = e.Value
	}
	if numbers["instances"] != 8 || numbers["fleet_score"] < 4 || numbers["since"] != (firstRun+2)*dayMillis/1000 || numbers["growth_per_day"] < 17*mib {
		t.Errorf("evidence: %v", numbers)
	}
}

// TestReleaseIsCalm: what gives no cause, and what gives some that calls nobody.
func TestReleaseIsCalm(t *testing.T) {
	f := func(name string, want finding.Severity, days func(of int64) []Growth) {
		t.Helper()
		r := NewReleases(catalogue(t), 2)
		var worst finding.Severity
		for of := int64(firstRun); of < firstRun+10; of++ {
			for _, x := range tell(r, of, days(of)) {
				if x.Severity.Rank() > worst.Rank() {
					worst = x.Severity
				}
			}
		}
		if worst != want {
			t.Errorf("%s: %q, want %q", name, worst, want)
		}
	}
	both := func(before, after []Growth) []Growth { return append(before, after...) }
	f("sound", "", func(of int64) []Growth { return instances("1", 8, of, 1, 0, 0, leak.Flat) })
	f("two instances speak for themselves", "", func(of int64) []Growth { return instances("1", 2, of, 1, 0.5, 5, leak.None) })
	f("caches fill", "", func(of int64) []Growth { return instances("1", 8, of, 1, 0.3, 5, leak.Saturating) })
	f("only ever one version, together", finding.Info, func(of int64) []Growth { return instances("1", 8, of, 1, 0.03, 2.2, leak.Noise) })
	f("only ever one version, for certain", finding.Warning, func(of int64) []Growth { return instances("1", 8, of, 1, 0.3, 5, leak.None) })
	f("as the one before", finding.Info, func(of int64) []Growth {
		return both(instances("1", 8, of, 1, 0.03, 2.2, leak.Noise), instances("2", 8, of, 2, 0.03, 2.2, leak.Noise))
	})
	f("beside the one before", finding.Warning, func(of int64) []Growth {
		return both(instances("1", 8, of, 1, 0, 0, leak.Flat), instances("2", 8, of, 2, 0.03, 2.2, leak.Noise))
	})
	f("a day only", "", func(of int64) []Growth {
		if of == firstRun+4 {
			return instances("1", 8, of, 1, 0.3, 5, leak.None)
		}
		return instances("1", 8, of, 1, 0, 0, leak.Flat)
	})
}

// TestReleasesReplay: a second stage that is taken down and restored at every day says what an undisturbed one says, byte for
// byte in state, and nothing twice.
func TestReleasesReplay(t *testing.T) {
	one, other := NewReleases(catalogue(t), 2), NewReleases(catalogue(t), 2)
	for i, d := range rollOut(rolledBack) {
		of := firstRun + int64(i)
		want, got := tell(one, of, d), tell(other, of, d)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("day %d (-undisturbed +restored):\n%s", i, diff)
		}
		state, err := bustest.State(one)
		if err != nil {
			t.Fatal(err)
		}
		restored := NewReleases(catalogue(t), 2)
		if err := restored.Restore(state); err != nil {
			t.Fatal(err)
		}
		if again := tell(restored, of, d); len(again) > 0 {
			t.Errorf("day %d was told twice: %v", i, again)
		}
		if again, _ := bustest.State(restored); !bytes.Equal(state, again) {
			t.Errorf("day %d: the state differs after it was restored", i)
		}
		other = restored
	}
	for _, bad := range []string{"", "{}", `{"version":9}`, `{"version":1,"days":{},"fleets":{"a":null}}`, `{"version":1,"days":{},"fleets":{"a":{"versions":{"b":{}}}}}`} {
		if err := other.Restore([]byte(bad)); err == nil {
			t.Errorf("%q was restored", bad)
		}
	}
}

// TestReleasesAwaitAllSources: a day is judged when all have told it, and without one that stands still in the end.
func TestReleasesAwaitAllSources(t *testing.T) {
	r := NewReleases(catalogue(t), 2)
	leaks := func(of int64) []Growth { return instances("1", 4, of, 1, 0.3, 5, leak.None) }
	for of := int64(firstRun); of < firstRun+4; of++ {
		if said := r.Hear("trend:00", of, leaks(of), true); len(said) > 0 && of < firstRun+awaitDays+1 {
			t.Errorf("day %d was judged before all had told it", of-firstRun)
		}
	}
	if r.Judged != firstRun+1 {
		t.Errorf("judged up to day %d, want 1", r.Judged-firstRun)
	}
	r.Hear("trend:01", firstRun+3, nil, false)
	if r.Judged != firstRun+1 {
		t.Error("a part of a day was taken for the whole")
	}
	r.Hear("trend:01", firstRun+3, nil, true)
	if r.Judged != firstRun+3 {
		t.Errorf("judged up to day %d, want 3", r.Judged-firstRun)
	}
}

// TestReleasesAreBounded: versions and instances that are gone are forgotten, but not what newer ones are compared with.
func TestReleasesAreBounded(t *testing.T) {
	r := NewReleases(catalogue(t), 2)
	for of := int64(firstRun); of < firstRun+100; of++ {
		tell(r, of, instances(fmt.Sprintf("1.%d", of-firstRun), 4, of, of, 0, 0, leak.Flat))
		if n := len(r.Fleets["container-memory-growth/ledger"].Versions); n > keepVersions+1 || of > firstRun+3 && n < keepVersions {
			t.Fatalf("%d versions are remembered on day %d", n, of-firstRun)
		}
	}
	for of := int64(firstRun + 100); of < firstRun+100+keepDays+2; of++ {
		tell(r, of, nil)
	}
	if running, _ := r.Len(); running != 0 || len(r.Fleets) != 0 || r.total != 0 {
		t.Errorf("%d instances of %d components are left", r.total, len(r.Fleets))
	}
	r.total = maxInstances
	r.Hear("trend:00", firstRun+200, instances("2", 1, firstRun+200, 1, 0, 0, leak.Flat), true)
	if r.refused != 1 || len(r.Fleets) != 0 {
		t.Errorf("beyond its bound it remembers %v", r.Fleets)
	}
}

// TestDigestsTravel: what a partition tells arrives whole, in messages of bounded size.
func TestDigestsTravel(t *testing.T) {
	for _, n := range []int{0, 1, 2000} {
		all := instances("7.4.1", n, firstRun, 1, 0.03, 2, leak.Noise)
		parts, err := encodeDigests("trend:00", firstRun, all)
		if err != nil {
			t.Fatal(err)
		}
		var got []Growth
		for i, data := range parts {
			d, err := decodeDigest(data)
			if err != nil || d.Last != (i == len(parts)-1) || d.Day != firstRun || len(data) > 3*digestBytes {
				t.Fatalf("part %d of %d: %d bytes, %v", i, len(parts), len(data), err)
			}
			got = append(got, d.Growth...)
		}
		if diff := cmp.Diff(all, got); diff != "" {
			t.Errorf("%d instances: %s", n, diff)
		}
	}
}

// FuzzDigest: whatever a message holds, the second stage takes it or refuses it, and can be saved and restored after it.
func FuzzDigest(f *testing.F) {
	parts, _ := encodeDigests("trend:00", firstRun, instances("7.4.1", 3, firstRun, 1, 0.03, 2, leak.None))
	f.Add(parts[0])
	f.Add([]byte(`{"schema":1,"source":"x","day":1,"last":true,"growth":[{}]}`))
	f.Add([]byte(strings.Repeat("[", 100)))
	cat := catalogue(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := decodeDigest(data)
		if err != nil {
			return
		}
		r := NewReleases(cat, 1)
		for k := range int64(3) {
			for _, x := range r.Hear(d.Source, d.Day+k, d.Growth, true) {
				x.ID = "releases:00:1:0"
				if _, err := finding.Encode(&x); err != nil {
					t.Error(err)
				}
			}
		}
		state, err := bustest.State(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := NewReleases(cat, 1).Restore(state); err != nil {
			t.Error(err)
		}
	})
}
