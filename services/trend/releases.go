package trend

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/forewarn/forewarn/models/leak"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
)

// Releases judges the instances of each release together, over all partitions: the second stage, which sees a day's
// [Growth] of every signal and no sample. A leak that comes with a release shows in all of its instances, though perhaps
// in none of them for certain (models/leak.Fleet). Like [Worker] it is pure: its time is that of the samples, and the same
// calls in the same order give the same findings and the same state. Not safe for concurrent use.
type Releases struct {
	cat     *signal.Catalogue
	sources int
	total   int // instances that are remembered
	refused uint64
	releases
}

// releases is the state of [Releases].
type releases struct {
	Version int `json:"version"`
	// Judged is the newest day that was judged, Days the newest that each source has told in full.
	Judged int64            `json:"judged"`
	Days   map[string]int64 `json:"days"`
	// Fleets are by rule and component.
	Fleets map[string]*fleet `json:"fleets"`
}

// fleet is the instances of one component, as one rule reads them, by version and signal.
type fleet struct {
	Rule      string                `json:"rule"`
	Component string                `json:"component"`
	Versions  map[string]*versionOf `json:"versions"`
}

// versionOf is one version of a component.
type versionOf struct {
	Instances map[string]*instance `json:"instances"`
	Episode   releaseEpisode       `json:"episode"`
}

// instance is what a source told last of one signal.
type instance struct {
	Growth
	Source string `json:"source"`
	Day    int64  `json:"day"`
}

const (
	releasesVersion = 1
	// awaitDays is how many days one source waits for the others: a partition that is not worked on holds up nobody for long.
	awaitDays = 2
	// keepDays is how long what an instance did is remembered after it is gone, for newer versions to be compared with.
	keepDays = 42
	// keepVersions is how many versions of a component that run nowhere are remembered.
	keepVersions = 3
	// maxInstances bounds the instances that are remembered, those that are gone included: some 500 bytes each.
	maxInstances = 20_000
)

// NewReleases returns a second stage that knows nothing yet and hears of so many sources: partitions, or one back-test.
func NewReleases(cat *signal.Catalogue, sources int) *Releases {
	return &Releases{cat: cat, sources: sources, releases: releases{Version: releasesVersion, Days: map[string]int64{}, Fleets: map[string]*fleet{}}}
}

// Hear takes a part of what a source tells of a day, from 1970 on. With the last part of the last source the day is judged, and
// what that gives cause to say is returned, without IDs. A day that was told before changes nothing.
func (r *Releases) Hear(source string, of int64, part []Growth, last bool) []finding.Finding {
	if of <= r.Days[source] {
		return nil
	}
	if r.Judged == 0 {
		r.Judged = of - 1 // there is nothing before it
	}
	for i := range part {
		r.take(source, of, &part[i])
	}
	if !last {
		return nil
	}
	r.Days[source] = of
	if due := r.due(); due > r.Judged {
		r.Judged = due
		return r.judge()
	}
	return nil
}

// Len returns how many instances run, and of how many releases.
func (r *Releases) Len() (running, of int) {
	for _, f := range r.Fleets {
		for _, v := range f.Versions {
			n := len(r.live(v))
			running += n
			of += min(n, 1)
		}
	}
	return running, of
}

// take remembers what was told of an instance.
func (r *Releases) take(source string, of int64, g *Growth) {
	key := g.Rule + "/" + g.Component
	f := r.Fleets[key]
	if f == nil {
		f = &fleet{Rule: g.Rule, Component: g.Component, Versions: map[string]*versionOf{}}
	}
	v := f.Versions[g.Version]
	if v == nil {
		v = &versionOf{Instances: map[string]*instance{}}
	}
	if v.Instances[g.Key] == nil {
		if r.total >= maxInstances {
			r.refused++
			return
		}
		r.total++
	}
	r.Fleets[key], f.Versions[g.Version] = f, v
	v.Instances[g.Key] = &instance{*g, source, of}
}

func (r *Releases) count() (n int) {
	for _, f := range r.Fleets {
		for _, v := range f.Versions {
			n += len(v.Instances)
		}
	}
	return n
}

// due returns the newest day that can be judged: the one that all have told, or that the first waits for no longer.
func (r *Releases) due() int64 {
	days := slices.Collect(maps.Values(r.Days))
	newest := slices.Max(days) - awaitDays
	if len(days) < r.sources {
		return newest
	}
	return max(slices.Min(days), newest)
}

// judge looks at every component.
func (r *Releases) judge() (out []finding.Finding) {
	for _, key := range slices.Sorted(maps.Keys(r.Fleets)) {
		f := r.Fleets[key]
		out = append(out, r.judgeFleet(f)...)
		if r.tidy(f); len(f.Versions) == 0 {
			delete(r.Fleets, key)
		}
	}
	r.total = r.count()
	return out
}

// judgeFleet compares the versions of a component, and moves their episodes on.
func (r *Releases) judgeFleet(f *fleet) (out []finding.Finding) {
	rule, known := r.cat.Rule(f.Rule)
	if !known {
		rule = &signal.Rule{ID: f.Rule}
	}
	var all []leak.Instance
	for _, name := range slices.Sorted(maps.Keys(f.Versions)) {
		all = append(all, f.Versions[name].judged(r)...)
	}
	found := map[string]leak.Release{}
	for _, x := range leak.Fleet(all) {
		found[x.Version] = x
	}
	for _, name := range slices.Sorted(maps.Keys(f.Versions)) {
		c := &course{rule: rule, Release: found[name], what: signal.Release{Component: f.Component, Version: name}, releaseEpisode: &f.Versions[name].Episode}
		c.running = r.live(f.Versions[name])
		if old := f.Versions[c.Previous]; old != nil {
			c.before = r.speaking(old)
		}
		out = append(out, c.step()...)
	}
	return out
}

// live returns the instances that were in the newest report of their source, in the order of their signals.
func (r *Releases) live(v *versionOf) (out []*instance) {
	for _, i := range v.Instances {
		if i.Day >= r.Days[i.Source] {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(a, b *instance) int { return cmp.Compare(a.Key, b.Key) })
	return out
}

// speaking returns the instances that speak for a version: those that run, or if none does, those that did.
func (r *Releases) speaking(v *versionOf) []*instance {
	if out := r.live(v); len(out) > 0 {
		return out
	}
	var out []*instance
	for _, key := range slices.Sorted(maps.Keys(v.Instances)) {
		out = append(out, v.Instances[key])
	}
	return out
}

// judged returns what is compared: instances that are known for long enough, a leak's growth and no other's.
func (v *versionOf) judged(r *Releases) (out []leak.Instance) {
	for _, i := range r.speaking(v) {
		x := leak.Instance{
			Component: i.Component, Version: i.Version, Since: i.Since, Week: i.Week, Z: i.Z, Early: i.Early, Late: i.Late,
			Leaking: i.Reason == leak.None, Unlimited: i.Limit == 0,
		}
		switch i.Reason {
		case leak.Learning:
			continue
		case leak.WarmUp, leak.Saturating, leak.Step: // it grew, and as leaks do not
			x.Week, x.Z = 0, 0
		}
		out = append(out, x)
	}
	return out
}

// tidy forgets instances that are gone for long, and the oldest of the versions that run nowhere.
func (r *Releases) tidy(f *fleet) {
	var gone []string
	for _, name := range slices.Sorted(maps.Keys(f.Versions)) {
		v := f.Versions[name]
		maps.DeleteFunc(v.Instances, func(_ string, i *instance) bool { return i.Day < r.Judged-keepDays })
		if len(r.live(v)) == 0 && v.Episode.ID == "" {
			gone = append(gone, name)
		}
	}
	newest := func(name string) (at int64) {
		for _, i := range f.Versions[name].Instances {
			at = max(at, i.At)
		}
		return at
	}
	slices.SortStableFunc(gone, func(a, b string) int { return cmp.Compare(newest(b), newest(a)) })
	for k, name := range gone {
		if k >= keepVersions || len(f.Versions[name].Instances) == 0 {
			delete(f.Versions, name)
		}
	}
}

// Snapshot returns the state as JSON; equal states give equal bytes.
func (r *Releases) Snapshot(w io.Writer) error {
	data, err := json.Marshal(&r.releases)
	if err == nil {
		_, err = w.Write(data)
	}
	return err
}

// Restore replaces the state by what Snapshot returned. After an error it knows nothing.
func (r *Releases) Restore(data []byte) error {
	fresh := NewReleases(r.cat, r.sources)
	var s releases
	err := json.Unmarshal(data, &s)
	if err == nil {
		err = s.check()
	}
	if err == nil {
		fresh.releases = s
		fresh.total = fresh.count()
	}
	*r = *fresh
	return err
}

// check refuses a state that no calls lead to.
func (s *releases) check() error {
	if s.Version > releasesVersion {
		return fmt.Errorf("state of releases is of version %d, this release reads up to %d: %w", s.Version, releasesVersion, bus.ErrNewer)
	}
	if s.Version != releasesVersion || s.Days == nil || s.Fleets == nil {
		return fmt.Errorf("state of releases is not of version %d", releasesVersion)
	}
	for key, f := range s.Fleets {
		if f == nil || f.Versions == nil {
			return fmt.Errorf("state of releases: %q is empty", key)
		}
		for name, v := range f.Versions {
			if v == nil || v.Instances == nil {
				return fmt.Errorf("state of releases: version %q of %q is empty", name, key)
			}
			for _, i := range v.Instances {
				if i == nil {
					return fmt.Errorf("state of releases: version %q of %q has an empty instance", name, key)
				}
			}
		}
	}
	return nil
}
