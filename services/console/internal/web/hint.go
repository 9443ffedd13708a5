package web

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/forewarn/forewarn/shared/inventory"
)

// hint writes a rule of a catalogue to begin with: a saturation if a metric beside it may be the limit, else a leak; of a counter
// its rate, and of a sum of times the mean. It is "" for what is none of that, and for a name that is endless or that no
// catalogue takes.
func hint(m inventory.Metric) string {
	switch {
	case len(m.Name) > maxText || !metricName.MatchString(m.Name):
		return ""
	case strings.HasSuffix(m.Name, "_total"):
		return rateHint(m.Name, "", "events/s", "     # or count, if it comes now and then")
	case strings.HasSuffix(m.Name, "_seconds_sum"):
		return rateHint(m.Name, strings.TrimSuffix(m.Name, "sum")+"count", "seconds", "")
	case !isGauge(m.Name):
		return ""
	}
	limit := limitOf(m)
	var b strings.Builder
	fmt.Fprintf(&b, "rules:\n  - id: %s\n", ruleID(m.Name))
	if limit == "" {
		b.WriteString("    kind: leak        # or saturation, with a limit that you know\n")
	} else {
		b.WriteString("    kind: saturation\n")
	}
	fmt.Fprintf(&b, "    title: {en: %s is filling up, zh: %[1]s 将耗尽}\n", m.Name)
	b.WriteString("    advice: {en: What to do about it., zh: 处理建议。}\n    inputs:\n")
	fmt.Fprintf(&b, "      - {name: used, metric: %s}\n", m.Name)
	if limit != "" {
		fmt.Fprintf(&b, "      - {name: most, metric: %s, limit: true}\n", limit)
	}
	b.WriteString("    use: used\n")
	if limit != "" {
		b.WriteString("    limit: most\n")
	}
	fmt.Fprintf(&b, "    entity: %s\n    unit: %s\n    impact: 3\n    time_to_fix: 4h\n", entityHint(m.Example), unitHint(m.Name))
	return b.String()
}

// rateHint writes a rule on the rate of a counter, over that of another one if there is one.
func rateHint(metric, over, unit, remark string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "rules:\n  - id: %s\n    kind: behaviour%s\n", ruleID(metric), remark)
	fmt.Fprintf(&b, "    title: {en: %s is unusual, zh: %[1]s 异常}\n", metric)
	b.WriteString("    advice: {en: What to do about it., zh: 处理建议。}\n    inputs:\n")
	fmt.Fprintf(&b, "      - {name: value, metric: %s, rate: 5m, sum: true}\n", metric)
	use := "value"
	if over != "" {
		fmt.Fprintf(&b, "      - {name: events, metric: %s, rate: 5m, sum: true}\n", over)
		use = "value / events"
	}
	fmt.Fprintf(&b, "    use: %s\n    join: [job, instance]\n    entity: {type: application, root: host, labels: ['port|job']}\n", use)
	fmt.Fprintf(&b, "    unit: %s\n    impact: 3\n    time_to_fix: 4h\n", unit)
	return b.String()
}

var metricName = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]*$`)

// limitWords are what the names of limits end in, before their unit.
var limitWords = regexp.MustCompile(`_(max|maximum|limit|size|capacity|total_size|quota)(_bytes)?$`)

// limitOf returns the metric beside m that may be its limit, "" if none is, or m is one itself.
func limitOf(m inventory.Metric) string {
	if limitWords.MatchString(m.Name) {
		return ""
	}
	for _, name := range m.Beside {
		if limitWords.MatchString(name) && metricName.MatchString(name) {
			return name
		}
	}
	return ""
}

var notInID = regexp.MustCompile(`[^a-z0-9]+`)

// ruleID makes a metric's name the id of a rule.
func ruleID(metric string) string {
	id := strings.Trim(notInID.ReplaceAllString(strings.ToLower(metric), "-"), "-")
	return strings.Trim(id[:min(len(id), 60)], "-")
}

func unitHint(metric string) string {
	for _, unit := range []string{"bytes", "seconds", "ratio"} {
		if strings.HasSuffix(metric, "_"+unit) {
			return unit
		}
	}
	return "items"
}

var labelName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// entityHint names what the metric belongs to by the labels that tell its series apart, if there are some.
func entityHint(example map[string]string) string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(example)) {
		if labelName.MatchString(name) && !slices.Contains([]string{"job", "instance", "host", "nodename", "cluster"}, name) && len(names) < 5 {
			names = append(names, strconv.Quote(name))
		}
	}
	if len(names) == 0 {
		return "{type: host, root: host}"
	}
	return "{type: application, root: host, labels: [" + strings.Join(names, ", ") + "]}"
}
