package page

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/chart"
)

var colour = regexp.MustCompile(`(fill|stroke)="(#[0-9a-f]{6})"`)

// darkRules returns the CSS rules that give a light chart its dark colours. They are found by drawing one chart with all
// that charts have in both ways, so that no chart need be in the page twice.
func darkRules(r *chart.Renderer) (string, error) {
	light, err := r.SVG(probe(false))
	if err != nil {
		return "", err
	}
	dark, err := r.SVG(probe(true))
	if err != nil {
		return "", err
	}
	a, b := colour.FindAllSubmatch(light, -1), colour.FindAllSubmatch(dark, -1)
	if len(a) != len(b) {
		return "", fmt.Errorf("a light chart has %d colours and a dark one %d", len(a), len(b))
	}
	var rules []string
	for i := range a {
		rules = append(rules, fmt.Sprintf(`svg [%s="%s"]{%s:%s}`, a[i][1], a[i][2], a[i][1], b[i][2]))
	}
	slices.Sort(rules)
	return strings.Join(slices.Compact(rules), "\n"), nil
}

// probe is a chart with all that the charts of a page have.
func probe(dark bool) chart.Chart {
	at := func(h int) time.Time { return time.Unix(0, 0).UTC().Add(time.Duration(h) * time.Hour) }
	times, values := []time.Time{at(0), at(10)}, []float64{1, 2}
	c := chart.Chart{
		Frame: chart.Frame{Title: "probe", Dark: dark}, Unit: "bytes",
		History:  chart.Series{Times: times, Values: values},
		Since:    chart.Series{Times: []time.Time{at(10), at(20)}, Values: values},
		Limit:    chart.Series{Times: []time.Time{at(0)}, Values: []float64{3}},
		Forecast: chart.Forecast{At: at(10), Times: []time.Time{at(10), at(30)}, Median: values, Low80: values, High80: []float64{1.5, 2.5}},
	}
	for i, kind := range []chart.MarkKind{chart.Opened, chart.Resolved, chart.Failed} {
		c.Marks = append(c.Marks, chart.Mark{At: at(5 + 5*i), Kind: kind})
	}
	return c
}
