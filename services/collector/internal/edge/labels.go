package edge

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// hashTail is the length of what marks a value that was cut: "~" and 16 hexadecimal digits.
const hashTail = 17

// apply returns the labels within the limits and how many values it has cut. ok is false if the series must
// be refused: it has no name, too many labels, a name that is too long, or what else a reader would refuse, and
// the whole batch with it. Labels that need no change are returned as they are. A cut value ends in a hash of
// the whole, so that two series never become one.
func (l *Limits) apply(ls telemetry.Labels) (out telemetry.Labels, cut int, ok bool) {
	if len(ls) > l.Labels || ls.Get(telemetry.MetricName) == "" {
		return nil, 0, false
	}
	out = ls
	for i, label := range ls {
		switch {
		case len(label.Name) > l.NameBytes,
			label.Name == telemetry.MetricName && len(label.Value) > l.NameBytes,
			!utf8.ValidString(label.Name):
			return nil, 0, false
		case len(label.Value) > l.ValueBytes || !utf8.ValidString(label.Value):
			if cut == 0 {
				out = slices.Clone(ls)
			}
			cut++
			out[i].Value = shorten(label.Value, l.ValueBytes)
		}
	}
	return out, cut, out.Validate() == nil
}

// shorten returns at most limit bytes of valid UTF-8 that begin as v does.
func shorten(v string, limit int) string {
	whole := xxhash.Sum64String(v)
	if len(v) > limit-hashTail {
		v = v[:limit-hashTail]
		for len(v) > 0 { // no half character at the end
			if r, size := utf8.DecodeLastRuneInString(v); r != utf8.RuneError || size != 1 {
				break
			}
			v = v[:len(v)-1]
		}
	}
	return strings.Clone(fmt.Sprintf("%s~%016x", strings.ToValidUTF8(v, "?"), whole))
}

// compact returns the labels with their strings in one piece of memory of their own: they are parts of the
// line that they came in, of which a label that was dropped or cut may be the most.
func compact(ls telemetry.Labels) telemetry.Labels {
	size := 0
	for _, l := range ls {
		size += len(l.Name) + len(l.Value)
	}
	var b strings.Builder
	b.Grow(size)
	for _, l := range ls {
		b.WriteString(l.Name)
		b.WriteString(l.Value)
	}
	all, out := b.String(), make(telemetry.Labels, len(ls))
	for i, l := range ls {
		name, value := len(l.Name), len(l.Name)+len(l.Value)
		out[i] = telemetry.Label{Name: all[:name], Value: all[name:value]}
		all = all[value:]
	}
	return out
}

// sizeOf returns an upper bound of what a series with one sample takes in a batch: its strings as symbols
// with their tags, its label references, fingerprint and sample.
func sizeOf(ls telemetry.Labels) int {
	n := 64
	for _, l := range ls {
		n += len(l.Name) + len(l.Value) + 20
	}
	return n
}
