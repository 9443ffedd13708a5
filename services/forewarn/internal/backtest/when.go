package backtest

import (
	"fmt"
	"time"
)

// ParseTime reads a time as a person writes it: RFC 3339, Unix seconds, or date and perhaps time of day in a zone.
func ParseTime(text string, zone *time.Location) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, minuteLayout, time.DateTime} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, nil
		}
	}
	millis, err := parseTime([]byte(text))
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no time; write one such as 2026-01-31T14:00:00+08:00, 2026-01-31 14:00, 2026-01-31 or Unix seconds", text)
	}
	return time.UnixMilli(millis), nil
}
