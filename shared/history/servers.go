package history

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/config"
)

// InfluxDB is where an InfluxDB is and who we are there.
type InfluxDB struct {
	// URL is the server's, such as http://influxdb:8086.
	URL string `yaml:"url" env:"URL"`
	// Org is the organization of 2.x; 1.8 has none.
	Org string `yaml:"org" env:"ORG"`
	// Bucket is that of 2.x, or the database of 1.8, with its retention policy behind a slash if it is not the default one.
	Bucket string `yaml:"bucket" env:"BUCKET"`
	// Token is that of 2.x, or user:password of 1.8.
	Token config.Secret `yaml:"token" env:"TOKEN"`
	// Create makes the bucket, with the retention, if it is not there and the token allows that.
	Create bool `yaml:"create" env:"CREATE"`
	// BatchSamples is how many samples are written at once.
	BatchSamples int `yaml:"batch_samples" env:"BATCH_SAMPLES"`
	// Timeout is how long the server may take to take a batch, or to begin an answer.
	Timeout time.Duration `yaml:"timeout" env:"TIMEOUT"`
	// TLS says how the server is trusted.
	TLS config.ClientTLS `yaml:"tls" envPrefix:"TLS_"`
}

// Prometheus is where a server with Prometheus' API is and who we are there.
type Prometheus struct {
	// URL is what comes before /api/v1, such as http://prometheus:9090.
	URL string `yaml:"url" env:"URL"`
	// WriteURL is that of remote write, if it is not /api/v1/write below URL.
	WriteURL string `yaml:"write_url" env:"WRITE_URL"`
	// ReadOnly means that others write: samples from the bus are not sent there.
	ReadOnly bool `yaml:"read_only" env:"READ_ONLY"`
	// Username and Password are for basic authentication, Token is a bearer token; one of both.
	Username string        `yaml:"username" env:"USERNAME"`
	Password config.Secret `yaml:"password" env:"PASSWORD"`
	Token    config.Secret `yaml:"token" env:"TOKEN"`
	// Tenant is whose samples are meant, where a server has several (X-Scope-OrgID).
	Tenant string `yaml:"tenant" env:"TENANT"`
	// Timeout is how long the server may take to take a batch, or to begin an answer.
	Timeout time.Duration `yaml:"timeout" env:"TIMEOUT"`
	// TLS says how the server is trusted.
	TLS config.ClientTLS `yaml:"tls" envPrefix:"TLS_"`
}

const (
	defaultTimeout = 30 * time.Second
	minTimeout     = time.Second
	maxTimeout     = 10 * time.Minute
	minBatch       = 100
	maxBatch       = 50_000
)

func defaultInfluxDB() InfluxDB {
	return InfluxDB{Bucket: "forewarn", Create: true, BatchSamples: 5000, Timeout: defaultTimeout}
}

func (c *InfluxDB) problems() []error {
	errs := []error{address("influxdb.url", c.URL, "http://influxdb:8086"), timeout("influxdb.timeout", c.Timeout)}
	if c.Bucket == "" {
		errs = append(errs, errors.New("influxdb.bucket: is empty; name a bucket, or for 1.8 a database"))
	}
	if strings.ContainsAny(c.Bucket, "\"\\\r\n") || strings.Count(c.Bucket, "/") > 1 {
		errs = append(errs, fmt.Errorf("influxdb.bucket: %q is no name; write one such as forewarn, or for 1.8 database/policy", c.Bucket))
	}
	if c.BatchSamples < minBatch || c.BatchSamples > maxBatch {
		errs = append(errs, fmt.Errorf("influxdb.batch_samples: %d is out of range; set %d to %d", c.BatchSamples, minBatch, maxBatch))
	}
	return append(errs, c.TLS.Problems("influxdb.tls.")...)
}

func (c *Prometheus) problems() []error {
	errs := []error{address("prometheus.url", c.URL, "http://prometheus:9090"), timeout("prometheus.timeout", c.Timeout)}
	if c.WriteURL != "" {
		errs = append(errs, address("prometheus.write_url", c.WriteURL, "http://mimir:8080/api/v1/push"))
		if c.ReadOnly {
			errs = append(errs, errors.New("prometheus.write_url: is set, but read_only means that nothing is written; remove one of them"))
		}
	}
	if c.Token != "" && (c.Username != "" || c.Password != "") {
		errs = append(errs, errors.New("prometheus.token: is set beside username or password; remove one of them"))
	}
	return append(errs, c.TLS.Problems("prometheus.tls.")...)
}

// address returns what is wrong with the address of a server. What it says holds nothing of an address that may hold a
// password.
func address(key, text, example string) error {
	u, err := url.Parse(text)
	switch {
	case text == "":
		return fmt.Errorf("%s: is empty; write the server's address, such as %s", key, example)
	case err != nil:
		return fmt.Errorf("%s: is no URL; write one such as %s", key, example)
	case u.User != nil:
		return fmt.Errorf("%s: holds a user or password, which would be shown in logs; set the keys for them", key)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Fragment != "":
		return fmt.Errorf("%s: %q is no URL of a server; write one such as %s", key, text, example)
	case u.RawQuery != "":
		return fmt.Errorf("%s: has a query; write what comes before it", key)
	}
	return nil
}

func timeout(key string, d time.Duration) error {
	if d < minTimeout || d > maxTimeout {
		return fmt.Errorf("%s: %v is out of range; set %v to %v", key, d, minTimeout, maxTimeout)
	}
	return nil
}
