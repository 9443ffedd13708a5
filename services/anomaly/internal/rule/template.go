package rule

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/template"
)

// Expand returns the text of a template of the rule for one result at a time: labels are those that the template sees. Query
// answers the template's own queries. A text without a template is returned as it is.
func (r *Rule) Expand(text string, labels map[string]string, value float64, at time.Time, query template.QueryFunc) (string, error) {
	if !strings.Contains(text, "{{") {
		return text, nil
	}
	const names = "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}"
	data := template.AlertTemplateData(labels, map[string]string{}, "", promql.Sample{F: value})
	e := template.NewTemplateExpander(context.Background(), names+text, "__alert_"+r.Name, data, model.TimeFromUnixNano(at.UnixNano()),
		query, &url.URL{}, nil)
	out, err := e.Expand()
	if err != nil {
		return "", fmt.Errorf("template of %s (%s): %w", r.Name, r.Origin, err)
	}
	return out, nil
}
