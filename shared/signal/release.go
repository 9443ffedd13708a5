package signal

import (
	"strconv"
	"strings"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// Release is what runs behind a signal: a component, in one of its versions.
type Release struct {
	Component string `json:"component"`
	Version   string `json:"version"`
}

// Naming is what an info series says: which release runs behind the signals whose labels lead to the same Key.
type Naming struct {
	// Key is the rule's id and, in quotes, the values of the labels by which series belong together; always valid text.
	Key string
	Release
}

// releaseRule tells in which labels component and version stand.
type releaseRule struct {
	id string
	// metrics are names of info series, with * in front for any that ends so; none: the labels are the signal's own.
	metrics []string
	match   matchers
	on      []string // labels by which info series and signals belong together
	// component and version may be nil if image is not: it names a label with the reference of a container's image.
	component, version, image *part
}

// clusterLabel keeps pods and processes of the same names in two clusters apart.
const clusterLabel = "cluster"

// Namings returns what an info series says about others, nil for series of all other kinds. Callers keep the result per
// series.
func (c *Catalogue) Namings(ls telemetry.Labels) (out []Naming) {
	name := ls.Get(telemetry.MetricName)
	for _, r := range c.releases {
		if !r.reads(name) || !r.match.match(ls) {
			continue
		}
		key := r.key(ls)
		if release, ok := r.release(ls); ok && key != "" {
			out = append(out, Naming{key, release})
		}
	}
	return out
}

// Release returns what runs behind a signal whose primary series has these labels, by the first rule of the catalogue that
// knows both component and version; said returns what info series have said under a key.
func (c *Catalogue) Release(ls telemetry.Labels, said func(key string) (Release, bool)) (Release, bool) {
	for _, r := range c.releases {
		if len(r.metrics) > 0 {
			if key := r.key(ls); key != "" {
				if release, ok := said(key); ok {
					return release, true
				}
			}
			continue
		}
		if !r.match.match(ls) {
			continue
		}
		if release, ok := r.release(ls); ok {
			return release, true
		}
	}
	return Release{}, false
}

// Component returns the component that a series says to belong to by its own labels, whatever its version; "" if it does
// not say.
func (c *Catalogue) Component(ls telemetry.Labels) string {
	for _, r := range c.releases {
		if len(r.metrics) > 0 || !r.match.match(ls) {
			continue
		}
		if out, _ := r.release(ls); out.Component != "" {
			return out.Component
		}
	}
	return ""
}

// InfoMetrics returns the names of the series that [Catalogue.Namings] reads; those with * in front stand for all that end so.
func (c *Catalogue) InfoMetrics() (out []string) {
	for _, r := range c.releases {
		out = append(out, r.metrics...)
	}
	return out
}

// Reads reports whether anything is learned from a series: a use, a limit, what runs behind others, or what rests on what.
func (c *Catalogue) Reads(ls telemetry.Labels) bool {
	return len(c.Bind(ls)) > 0 || len(c.Namings(ls)) > 0 || len(c.Relations(ls)) > 0
}

func (r *releaseRule) reads(metric string) bool {
	for _, m := range r.metrics {
		if end, many := strings.CutPrefix(m, "*"); m == metric || many && strings.HasSuffix(metric, end) {
			return true
		}
	}
	return false
}

// key returns what info series and signals share, "" if the labels lack a part of it.
func (r *releaseRule) key(ls telemetry.Labels) string {
	var b strings.Builder
	b.WriteString(r.id)
	for _, l := range r.on {
		v := ls.Get(l)
		if v == "" {
			return ""
		}
		b.WriteString(strconv.Quote(v))
	}
	if v := ls.Get(clusterLabel); v != "" {
		b.WriteString(strconv.Quote(v))
	}
	return b.String()
}

// release reads component and version; not ok if one of them is not there.
func (r *releaseRule) release(ls telemetry.Labels) (out Release, ok bool) {
	if r.image != nil {
		out = parseImage(r.image.value(ls))
	}
	for _, x := range [...]struct {
		from *part
		to   *string
	}{{r.component, &out.Component}, {r.version, &out.Version}} {
		if x.from != nil {
			*x.to = x.from.value(ls)
		}
	}
	return out, out.Component != "" && out.Version != ""
}

// parseImage returns the last part of an image's name, and its tag. The tag "latest" says nothing: then, as without any,
// the beginning of the digest is the version. The form is that of the distribution project: [host[:port]/]path[:tag][@digest].
func parseImage(reference string) Release {
	const readable = len("sha256:") + 12
	name, digest, _ := strings.Cut(reference, "@")
	name = name[strings.LastIndexByte(name, '/')+1:]
	name, tag, _ := strings.Cut(name, ":")
	switch {
	case name == "sha256": // the id of an image alone
		return Release{}
	case tag == "" || tag == "latest":
		tag = digest[:min(len(digest), readable)]
	}
	return Release{name, tag}
}
