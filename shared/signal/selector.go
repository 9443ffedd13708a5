package signal

import (
	"errors"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// Selector selects things by their labels, as a rule selects series. The zero value selects all.
type Selector struct{ all matchers }

// ParseSelector reads matchers such as `host=~"erp-.*"`, all of which must hold; an absent label has the empty value. The
// error says of each that is wrong what to do.
func ParseSelector(texts ...string) (Selector, error) {
	var s Selector
	var errs []error
	for _, text := range texts {
		m, err := parseMatcher(text)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s.all = append(s.all, m)
	}
	return s, errors.Join(errs...)
}

// Selects reports whether all matchers hold.
func (s Selector) Selects(labels map[string]string) bool {
	list := make([]telemetry.Label, 0, len(labels))
	for name, v := range labels {
		list = append(list, telemetry.Label{Name: name, Value: v})
	}
	return s.all.match(telemetry.NewLabels(list...))
}
