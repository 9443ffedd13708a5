package i18n

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Span says how long d is as people would, to two significant units at most: "40 s", "2 h 10 min", "9 days";
// "40 秒", "2 小时 10 分钟", "9 天". Negative spans are said as zero.
func Span(d time.Duration) Text {
	d = max(d, 0)
	switch {
	case d < 2*time.Minute:
		return one(d.Seconds(), "s", "秒")
	case d < 2*time.Hour:
		return one(d.Minutes(), "min", "分钟")
	case d < 10*time.Hour:
		d = d.Round(5 * time.Minute)
		return two(int(d/time.Hour), "h", "小时", int(d%time.Hour/time.Minute), "min", "分钟")
	case d < 2*24*time.Hour:
		return one(d.Hours(), "h", "小时")
	case d < 7*24*time.Hour:
		d = d.Round(time.Hour)
		return two(int(d/(24*time.Hour)), "days", "天", int(d%(24*time.Hour)/time.Hour), "h", "小时")
	default:
		return one(d.Hours()/24, "days", "天")
	}
}

func one(v float64, en, zh string) Text {
	n := int(math.Round(v))
	return Text{En: fmt.Sprintf("%d %s", n, en), Zh: fmt.Sprintf("%d %s", n, zh)}
}

func two(a int, en, zh string, b int, en2, zh2 string) Text {
	if b == 0 {
		return one(float64(a), en, zh)
	}
	return Text{En: fmt.Sprintf("%d %s %d %s", a, en, b, en2), Zh: fmt.Sprintf("%d %s %d %s", a, zh, b, zh2)}
}

// Amount writes a quantity in its unit: sizes in powers of 1024 ("1.5 GiB"), other units with their name
// ("1234 files"), "" as a bare number.
func Amount(v float64, unit string) string {
	if unit == "bytes" {
		return size(v)
	}
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if v != math.Trunc(v) {
		s = fmt.Sprintf("%.3g", v)
	}
	if unit == "" {
		return s
	}
	return s + " " + unit
}

func size(v float64) string {
	const units = "KMGTPE"
	if math.Abs(v) < 1024 {
		return fmt.Sprintf("%.0f B", v)
	}
	i := -1
	for math.Abs(v) >= 1023.5 && i < len(units)-1 {
		v /= 1024
		i++
	}
	if math.Abs(v) >= 99.95 {
		return fmt.Sprintf("%.0f %ciB", v, units[i])
	}
	return fmt.Sprintf("%.1f %ciB", v, units[i])
}

// Percent writes a share of 0 to 1 with as many digits as help: "7.3 %", "42 %", "> 99 %". A share below one
// is never rounded to 100 %, and one above zero never to 0 %.
func Percent(share float64) string {
	p := 100 * share
	switch {
	case p > 99 && p < 100:
		return "> 99 %"
	case p > 0 && p < 0.1:
		return "< 0.1 %"
	case p < 10 && p != math.Trunc(p):
		return fmt.Sprintf("%.1f %%", p)
	}
	return fmt.Sprintf("%.0f %%", p)
}
