package signal

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// infoPattern is the name of an info metric, or * and the end of many.
var infoPattern = regexp.MustCompile(`^\*?[a-zA-Z0-9_:]+$`)

// releaseEntry is a rule for releases so far, and where it is written, the newest place first.
type releaseEntry struct {
	draft  draftRelease
	places []place
}

// addReleases lays a file's rules for releases over those before. New ones come first, in the file's order: what people
// write themselves is believed before what is built in.
func (m *merger) addReleases(p *parsed) (errs []error) {
	var fresh []*releaseEntry
	for i := range p.doc.Releases {
		d, here := &p.doc.Releases[i], place{p.name, p.releases[i]}
		same := func(e *releaseEntry) bool { return e.draft.ID == d.ID }
		if slices.ContainsFunc(fresh, same) {
			errs = append(errs, located([]place{here}, "release "+d.ID, errors.New("the id is taken already in this file; choose another"), "id"))
			continue
		}
		e := &releaseEntry{}
		if k := slices.IndexFunc(m.releases, same); k >= 0 {
			e = m.releases[k]
		} else {
			fresh = append(fresh, e)
		}
		if err := here.node.Decode(&e.draft); err != nil {
			errs = append(errs, form().Explain(p.name, err))
		}
		e.places = slices.Insert(e.places, 0, here)
	}
	m.releases = slices.Concat(fresh, m.releases)
	return errs
}

// compile returns the rule, or all that is wrong with it.
func (e *releaseEntry) compile() (*releaseRule, error) {
	d := &e.draft
	r := &releaseRule{id: d.ID, metrics: d.Metric, on: d.On}
	var errs []error
	fail := func(key, format string, args ...any) {
		errs = append(errs, located(e.places, "release "+d.ID, fmt.Errorf(format, args...), key))
	}
	if !idPattern.MatchString(d.ID) {
		fail("id", "%q is no id; use 1 to 63 lower-case letters, digits and hyphens", d.ID)
	}
	if len(d.Metric)+len(d.Match)+len(d.On) > maxNames {
		fail("metric", "more than %d metrics, matchers and labels; split the rule", maxNames)
	}
	for _, m := range d.Metric {
		if !infoPattern.MatchString(m) {
			fail("metric", "%q is no metric name; use letters, digits, underscores and colons, and * in front for any beginning", m)
		}
	}
	if (len(d.Metric) == 0) != (len(d.On) == 0) {
		fail("on", "metric and on belong together; write both, or neither to read the labels of the signal itself")
	}
	for _, l := range d.On {
		if !labelName.MatchString(l) {
			fail("on", "%q is no label name; use letters, digits and underscores", l)
		}
	}
	for _, t := range d.Match {
		x, err := parseMatcher(t)
		if err != nil {
			fail("match", "%w", err)
		}
		r.match = append(r.match, x)
	}
	r.component, r.version, r.image = e.part("component", d.Component, fail), e.part("version", d.Version, fail), e.part("image", d.Image, fail)
	if d.Image == "" && (d.Component == "" || d.Version == "") {
		fail("component", "nothing names component and version; write both, or image with the label that holds a container's image")
	}
	return r, errors.Join(errs...)
}

// part reads labels of which the first that is there counts; nil for none.
func (e *releaseEntry) part(key, text string, fail func(key, format string, args ...any)) *part {
	if text == "" {
		return nil
	}
	p, ok := parsePart(text)
	if !ok || strings.HasSuffix(text, "?") {
		fail(key, "%q names no label; write label or label|other", text)
	}
	return &p
}
