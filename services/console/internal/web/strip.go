package web

import (
	"strconv"
	"strings"

	"github.com/forewarn/forewarn/shared/logs"
)

// strip is small bars in a row of a list: how many lines each hour held.
type strip struct {
	// Width is how many bars there are, Path what is drawn of them in a height of stripHeight.
	Width int
	Path  string
	Label string
}

const stripHeight = 12

// newStrip draws buckets, the highest over the whole height.
func newStrip(p *page, b logs.Buckets) strip {
	s := strip{Width: max(1, len(b.Counts)), Label: p.Sayf("%d lines within 48 h", "48 小时内 %d 行", b.Sum(len(b.Counts)))}
	var most uint64
	for _, n := range b.Counts {
		most = max(most, n)
	}
	var path strings.Builder
	for i, n := range b.Counts {
		if n == 0 {
			continue
		}
		high := max(1, stripHeight*float64(n)/float64(most)) // what happened once can be seen
		path.WriteString("M" + strconv.Itoa(i) + " " + strconv.Itoa(stripHeight) + "v-" + strconv.FormatFloat(high, 'f', 1, 64) +
			"h.8v" + strconv.FormatFloat(high, 'f', 1, 64) + "z")
	}
	s.Path = path.String()
	return s
}
