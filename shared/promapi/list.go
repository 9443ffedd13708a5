package promapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/prometheus/common/model"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// Search says of which series something is listed: those with samples in a range of time that a selector selects.
type Search struct {
	// Selector may be empty where all series are meant.
	Selector string
	From, To time.Time
	// Limit is how many are wanted, 0 for all. Older servers do not know it and send more.
	Limit int
}

func (s Search) form() url.Values {
	form := url.Values{"start": {seconds(s.From)}, "end": {seconds(s.To)}}
	if s.Selector != "" {
		form.Set("match[]", s.Selector)
	}
	if s.Limit > 0 {
		form.Set("limit", strconv.Itoa(s.Limit))
	}
	return form
}

// Series lists the labels of series.
func (c *Client) Series(ctx context.Context, s Search) ([]telemetry.Labels, []string, error) {
	var found []map[string]string
	warnings, err := c.list(ctx, http.MethodPost, "api/v1/series", s, &found)
	out := make([]telemetry.Labels, len(found))
	for i, ls := range found {
		var all []telemetry.Label
		for name, value := range ls {
			all = append(all, telemetry.Label{Name: name, Value: value})
		}
		out[i] = telemetry.NewLabels(all...)
	}
	return out, warnings, err
}

// LabelNames lists the names of labels.
func (c *Client) LabelNames(ctx context.Context, s Search) (names, warnings []string, err error) {
	warnings, err = c.list(ctx, http.MethodPost, "api/v1/labels", s, &names)
	return names, warnings, err
}

// LabelValues lists the values of a label.
func (c *Client) LabelValues(ctx context.Context, name string, s Search) (values, warnings []string, err error) {
	if !model.LegacyValidation.IsValidLabelName(name) {
		name = model.EscapeName(name, model.ValueEncodingEscaping)
	}
	warnings, err = c.list(ctx, http.MethodGet, "api/v1/label/"+url.PathEscape(name)+"/values", s, &values)
	return values, warnings, err
}

// list asks for a list and reads it into what data points to.
func (c *Client) list(ctx context.Context, method, endpoint string, s Search, data any) (warnings []string, err error) {
	err = c.try(ctx, method, endpoint, s.form(), func() {}, func(body io.Reader) error {
		answer := struct {
			Status, Error string
			Warnings      []string
			Data          any
		}{Data: data}
		err := json.NewDecoder(body).Decode(&answer)
		warnings = answer.Warnings
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF):
			return &passingError{err: errors.New("the answer is cut short")}
		case err != nil:
			return fmt.Errorf("the answer is none of Prometheus' API (%w); name what comes before /api/v1", err)
		case answer.Status != "success":
			return fmt.Errorf("the server answers %q: %s", answer.Status, answer.Error)
		}
		return nil
	})
	return warnings, err
}
