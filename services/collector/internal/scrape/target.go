// Package scrape pulls metrics from Prometheus and OpenMetrics endpoints.
//
// Every target works alone: its own goroutine, connection, time-out and cache, so that a slow or dead one
// hurts nobody. A malformed line costs that line. Each scrape also yields up, scrape_duration_seconds,
// scrape_samples_scraped and scrape_series_dropped.
package scrape

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/forewarn/forewarn/shared/config"
)

// Target is an endpoint to scrape, an element of the configuration's list.
type Target struct {
	// URL of the exposition, http or https.
	URL string `yaml:"url"`
	// Job is the job label; "scrape" if empty.
	Job string `yaml:"job"`
	// Interval between scrapes, 15s if zero; at least 1s.
	Interval time.Duration `yaml:"interval"`
	// Timeout of a scrape, the lesser of 10s and the interval if zero.
	Timeout time.Duration `yaml:"timeout"`
	// Labels are added to each series; what the target sends under these names becomes exported_<name>.
	Labels map[string]string `yaml:"labels"`
	// TLS says how an https target is trusted and how we prove who we are.
	TLS config.ClientTLS `yaml:"tls"`
	// BasicAuth and BearerToken exclude each other.
	BasicAuth   BasicAuth     `yaml:"basic_auth"`
	BearerToken config.Secret `yaml:"bearer_token"`
	// MetricRelabel keeps or drops series, or drops labels, in order.
	MetricRelabel []Rule `yaml:"metric_relabel"`

	// within asks a target that is in this process, nil for all others; its instance is the host it runs on.
	within        http.RoundTripper
	instanceLabel string
}

// BasicAuth is a user name and its password.
type BasicAuth struct {
	Username string        `yaml:"username"`
	Password config.Secret `yaml:"password"`
}

// defaulted returns the target with its zero values filled in.
func (t Target) defaulted() Target {
	t.Job = cmp.Or(t.Job, "scrape")
	t.Interval = cmp.Or(t.Interval, 15*time.Second)
	t.Timeout = cmp.Or(t.Timeout, min(10*time.Second, t.Interval))
	return t
}

// instance is the instance label: host and port of the URL.
func (t Target) instance() string {
	if t.within != nil {
		return t.instanceLabel
	}
	u, err := url.Parse(t.URL)
	if err != nil {
		return ""
	}
	if u.Port() != "" {
		return u.Host
	}
	if u.Scheme == "https" {
		return u.Host + ":443"
	}
	return u.Host + ":80"
}

// Name is what people call the target: job and instance, with the path if it is not /metrics. It holds
// neither a query nor user information.
func (t Target) Name() string {
	name := cmp.Or(t.Job, "scrape") + " " + t.instance()
	if u, err := url.Parse(t.URL); err == nil && u.Path != "/metrics" {
		name += u.Path
	}
	return name
}

// Problems returns all that is wrong with the target; each error starts with the key, under prefix.
func (t Target) Problems(prefix string) (errs []error) {
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(prefix+format, args...)) }
	d := t.defaulted()
	if d.Interval < time.Second {
		bad("interval: %v is too short; set at least 1s", t.Interval)
	}
	if d.Timeout < 0 || d.Timeout > d.Interval {
		bad("timeout: %v is longer than the interval %v; set a shorter time-out or a longer interval", t.Timeout, d.Interval)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Labels)) {
		if !model.LegacyValidation.IsValidLabelName(name) || strings.HasPrefix(name, "__") {
			bad("labels.%s: is no label name; use letters, digits and _, not beginning with a digit or __", name)
		}
		if t.Labels[name] == "" {
			bad("labels.%s: is empty; give it a value or remove it", name)
		}
	}
	if t.BearerToken != "" && t.BasicAuth != (BasicAuth{}) {
		bad("bearer_token: is set together with basic_auth; remove one of them")
	}
	if t.BasicAuth.Password != "" && t.BasicAuth.Username == "" {
		bad("basic_auth.username: is missing beside a password; set it")
	}
	errs = append(errs, t.urlProblems(prefix)...)
	errs = append(errs, t.TLS.Problems(prefix+"tls.")...)
	for i, r := range t.MetricRelabel {
		if _, err := r.compile(); err != nil {
			bad("metric_relabel[%d].%w", i, err)
		}
	}
	return errs
}

func (t Target) urlProblems(prefix string) []error {
	u, err := url.Parse(t.URL)
	switch {
	case t.URL == "":
		return []error{fmt.Errorf("%surl: is missing; set it, such as http://erp-01:9100/metrics", prefix)}
	case err != nil:
		return []error{fmt.Errorf("%surl: is no URL (%w); write it as http://host:port/metrics", prefix, reason(err))}
	case u.User != nil:
		return []error{fmt.Errorf("%surl: holds a user name or password; move them to basic_auth", prefix)}
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return []error{fmt.Errorf("%surl: %q is neither http nor https with a host; write it as http://host:port/metrics", prefix, t.URL)}
	}
	return nil
}

// reason is the cause within a *url.Error, without the URL, which may hold a secret.
func reason(err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		return ue.Err
	}
	return err
}
