package queryapi

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// maxPoints bounds the resolution of a range query, as Prometheus does: a minute for a week, an hour for a year.
const maxPoints = 11_000

// The times that a request may name: the years 0 to 9999, which RFC 3339 can write.
var (
	minTime = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	maxTime = time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC)
)

// parseTime reads Unix seconds, with a fraction or without, or RFC 3339. What clients send as the ends of all
// time are brought into range.
func parseTime(s string) (time.Time, error) {
	var t time.Time
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		whole, fraction := math.Modf(f)
		if math.IsNaN(f) || whole < float64(minTime.Unix()) || whole > float64(maxTime.Unix()) {
			return t, fmt.Errorf("cannot parse %q to a valid timestamp: it is not between the years 0 and 9999", s)
		}
		return time.Unix(int64(whole), int64(math.Round(fraction*1000))*int64(time.Millisecond)).UTC(), nil
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t, nil
	}
	switch s { // the first and the last time that Prometheus' clients know, which no parser reads
	case "-292273086-05-16T16:47:06Z":
		return minTime, nil
	case "+292277025-08-18T07:12:54.999999999Z", "292277025-08-18T07:12:54.999999999Z":
		return maxTime, nil
	}
	return t, fmt.Errorf("cannot parse %q to a valid timestamp", s)
}

// parseDuration reads seconds, with a fraction or without, or Prometheus' notation (5m, 1h30m).
func parseDuration(s string) (time.Duration, error) {
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		ns := f * float64(time.Second)
		if math.IsNaN(ns) || ns >= math.MaxInt64 || ns <= math.MinInt64 {
			return 0, fmt.Errorf("cannot parse %q to a valid duration. It overflows int64", s)
		}
		return time.Duration(ns), nil
	}
	if d, err := model.ParseDuration(s); err == nil {
		return time.Duration(d), nil
	}
	return 0, fmt.Errorf("cannot parse %q to a valid duration", s)
}

// params reads the values of a form. The first error stays, and names its parameter.
type params struct {
	url.Values
	fail *failure
}

func (p *params) reject(name string, err error) {
	if p.fail == nil {
		p.fail = &failure{badData, fmt.Sprintf("invalid parameter %q: %v", name, err)}
	}
}

// time returns a time; without one, the default.
func (p *params) time(name string, absent time.Time) time.Time {
	s := p.Get(name)
	if s == "" {
		return absent
	}
	return p.requiredTime(name)
}

func (p *params) requiredTime(name string) time.Time {
	t, err := parseTime(p.Get(name))
	if err != nil {
		p.reject(name, err)
	}
	return t
}

// duration returns a duration; without one, 0.
func (p *params) duration(name string) time.Duration {
	s := p.Get(name)
	if s == "" {
		return 0
	}
	d, err := parseDuration(s)
	if err != nil {
		p.reject(name, err)
	}
	return d
}

// limit returns the parameter of that name; 0 means no limit.
func (p *params) limit() int {
	s := p.Get("limit")
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err == nil && n < 0 {
		err = errors.New("limit must be non-negative")
	}
	if err != nil {
		p.reject("limit", err)
	}
	return n
}

// span is the time and resolution of a range query.
type span struct {
	start, end time.Time
	step       time.Duration
}

// span returns start, end and step, checked.
func (p *params) span() span {
	s := span{start: p.requiredTime("start"), end: p.requiredTime("end")}
	if s.end.Before(s.start) {
		p.reject("end", errors.New("end timestamp must not be before start time"))
	}
	var err error
	if s.step, err = parseDuration(p.Get("step")); err != nil {
		p.reject("step", err)
		return s
	}
	if s.step <= 0 {
		p.reject("step", errors.New("zero or negative query resolution step widths are not accepted. Try a positive integer"))
		return s
	}
	if s.step < time.Millisecond {
		p.reject("step", errors.New("a step is at least a millisecond"))
		return s
	}
	if (s.end.UnixMilli()-s.start.UnixMilli())/s.step.Milliseconds() > maxPoints && p.fail == nil {
		p.fail = &failure{badData, "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"}
	}
	return s
}

// selectors returns the sets of matchers of match[], of which one at least must hold.
func (p *params) selectors(ps parser.Parser) [][]*labels.Matcher {
	sets, err := ps.ParseMetricSelectors(p.Values["match[]"])
	if err != nil {
		p.reject("match[]", err)
		return nil
	}
	for _, set := range sets {
		if !selective(set) {
			p.reject("match[]", errors.New("match[] must contain at least one non-empty matcher"))
		}
	}
	return sets
}

// selective says whether a matcher of the set demands anything.
func selective(set []*labels.Matcher) bool {
	for _, m := range set {
		if !m.Matches("") {
			return true
		}
	}
	return false
}
