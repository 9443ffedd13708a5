package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// sample is a sample in a form that can be compared.
type sample struct {
	series string
	millis int64
	value  float64
}

// carried returns the samples of the streams, and selectors of which each selects the series of one metric of one host.
func carried(input map[string][]said) (all map[sample]bool, selectors map[string]bool, err error) {
	all, selectors = map[sample]bool{}, map[string]bool{}
	d := telemetry.NewDecoder(1 << 16)
	var b telemetry.Batch
	for name, messages := range input {
		for _, m := range messages {
			if !isMetrics(name) || !strings.HasSuffix(m.subject, ".batch") {
				continue
			}
			if err := d.Decode(m.data, &b); err != nil {
				return nil, nil, fmt.Errorf("message %d of %s: %w", m.seq, name, err)
			}
			for _, s := range b.Series {
				of := func(name string) telemetry.Label { return telemetry.Label{Name: name, Value: s.Labels.Get(name)} }
				selectors[telemetry.NewLabels(of(telemetry.MetricName), of("host")).String()] = true
				for _, x := range s.Samples {
					all[sample{s.Labels.String(), x.TimeMillis, x.Value}] = true
				}
			}
		}
	}
	return all, selectors, nil
}

// stored asks a historian for all samples of the last hours of what a selector selects, by the API that Grafana uses.
func stored(ctx context.Context, address, selector string, into map[sample]bool) error {
	var body string
	query := url.Values{"query": {selector + "[6h]"}}
	if err := fetch(ctx, "http://"+address+"/prometheus/api/v1/query?"+query.Encode(), &body); err != nil {
		return fmt.Errorf("ask the history for %s: %w", selector, err)
	}
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string `json:"metric"`
				Values [][2]any          `json:"values"`
			} `json:"result"`
		} `json:"data"`
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		return fmt.Errorf("the history answers for %s: %w", selector, err)
	}
	for _, r := range answer.Data.Result {
		var labels []telemetry.Label
		for name, value := range r.Metric {
			labels = append(labels, telemetry.Label{Name: name, Value: value})
		}
		series := telemetry.NewLabels(labels...).String()
		for _, v := range r.Values {
			at, isNumber := v[0].(float64)
			text, isText := v[1].(string)
			value, err := strconv.ParseFloat(text, 64)
			if !isNumber || !isText || err != nil {
				return fmt.Errorf("the history answers for %s: %v is no sample", selector, v)
			}
			into[sample{series, int64(at*1000 + 0.5), value}] = true
		}
	}
	return nil
}

// history compares what a historian has with what it was given.
func (d *differences) history(ctx context.Context, address string, input map[string][]said) (all, lost int, err error) {
	given, selectors, err := carried(input)
	if err != nil {
		return 0, 0, err
	}
	kept := map[sample]bool{}
	for selector := range selectors {
		if err := stored(ctx, address, selector, kept); err != nil {
			return 0, 0, err
		}
	}
	for s := range given {
		if !kept[s] {
			if lost++; lost <= most {
				d.add("the history lacks %s at %d", s.series, s.millis)
			}
		}
	}
	return len(given), lost, nil
}
