package telemetry

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// MetricName is the label that holds a series' metric name.
const MetricName = "__name__"

// What [Labels.Validate] accepts. The limits keep one crafted message from making a reader hash or keep
// far more than was sent, since a symbol is sent once and referred to often.
const (
	// MaxLabels is the number of labels a series may have, its metric name included.
	MaxLabels = 128
	// MaxLabelBytes is the size of all names and values of a series together.
	MaxLabelBytes = 64 << 10
)

// Label is a name and its value.
type Label struct{ Name, Value string }

// Labels identify a series: sorted by name, no name twice, the metric name among them as
// [MetricName]. Make them by [NewLabels] or [ParseSeries]; treat them as immutable.
type Labels []Label

// NewLabels returns the labels sorted by name. Where a name comes twice the last wins; labels with an
// empty value are left out, since Prometheus holds them equal to absent ones. Bytes that are not UTF-8
// become U+FFFD: one mangled name must not cost a sender the whole batch, and fingerprints need UTF-8.
func NewLabels(labels ...Label) Labels {
	out := slices.Clone(labels)
	for i, l := range out {
		out[i] = Label{validUTF8(l.Name), validUTF8(l.Value)}
	}
	slices.SortStableFunc(out, func(a, b Label) int { return cmp.Compare(a.Name, b.Name) })
	kept := out[:0]
	for i, l := range out {
		if i+1 < len(out) && out[i+1].Name == l.Name || l.Value == "" {
			continue
		}
		kept = append(kept, l)
	}
	return kept
}

// Get returns the value of the named label, "" if there is none.
func (ls Labels) Get(name string) string {
	for _, l := range ls {
		if l.Name == name {
			return l.Value
		}
	}
	return ""
}

// With returns a copy of ls in which the named label has the value; an empty value removes it.
func (ls Labels) With(name, value string) Labels {
	return NewLabels(append(slices.Clone(ls), Label{name, value})...)
}

// Validate says why a reader would refuse a series with these labels: none at all, one without a name,
// more than [MaxLabels], or more than [MaxLabelBytes]. Check it where series come from outside.
func (ls Labels) Validate() error {
	switch size := ls.size(); {
	case len(ls) == 0:
		return errors.New("no labels; a series needs at least a metric name")
	case len(ls) > MaxLabels:
		return fmt.Errorf("%d labels; at most %d are allowed", len(ls), MaxLabels)
	case size > MaxLabelBytes:
		return fmt.Errorf("%d bytes of labels; at most %d are allowed", size, MaxLabelBytes)
	case slices.ContainsFunc(ls, func(l Label) bool { return l.Name == "" }):
		return errors.New("a label has an empty name")
	}
	return nil
}

func (ls Labels) size() int {
	n := 0
	for _, l := range ls {
		n += len(l.Name) + len(l.Value)
	}
	return n
}

// isCanonical tells whether ls is as [NewLabels] would return it, given valid UTF-8.
func (ls Labels) isCanonical() bool {
	for i, l := range ls {
		if l.Value == "" || i > 0 && ls[i-1].Name >= l.Name {
			return false
		}
	}
	return true
}

// validUTF8 returns s itself where it is valid, without allocating.
func validUTF8(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// Fingerprint returns xxhash64 over the labels, each name and value followed by a 0xFF byte, which
// valid UTF-8 never contains. Two series with the same fingerprint are the same series.
func (ls Labels) Fingerprint() uint64 {
	var d xxhash.Digest
	d.Reset()
	end := [...]byte{0xFF}
	for _, l := range ls {
		for _, s := range [...]string{l.Name, l.Value} {
			d.WriteString(s) //nolint:errcheck // never fails
			d.Write(end[:])  //nolint:errcheck // never fails
		}
	}
	return d.Sum64()
}

// Series is a metric name with labels, and their fingerprint.
type Series struct {
	Fingerprint uint64
	Labels      Labels
}

// NewSeries returns the series with these labels and its fingerprint.
func NewSeries(ls Labels) *Series { return &Series{Fingerprint: ls.Fingerprint(), Labels: ls} }
