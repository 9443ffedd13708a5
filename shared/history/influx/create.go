package influx

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	ihttp "github.com/influxdata/influxdb-client-go/v2/api/http"
	"github.com/influxdata/influxdb-client-go/v2/domain"
	"go.uber.org/zap"
)

// createWithin is how long making a bucket may take.
const createWithin = 10 * time.Second

// create makes the bucket if it is not there. An error says what to do.
func (s *Store) create(ctx context.Context) error {
	if !s.cfg.Create {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, createWithin)
	defer cancel()
	version, err := s.version(ctx)
	switch {
	case err != nil:
	case strings.HasPrefix(version, "2"):
		err = s.createBucket(ctx)
	default: // 1.8, whatever who built it calls that
		err = s.createDatabase(ctx)
	}
	var failed *ihttp.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &failed) && (failed.StatusCode == 0 || failed.StatusCode == http.StatusUnauthorized):
		return s.explain(failed)
	}
	return fmt.Errorf("InfluxDB at %s has no bucket %s, and making it failed: %w; %s", s.cfg.URL, s.cfg.Bucket, err, s.howToCreate())
}

// howToCreate says how people make the bucket.
func (s *Store) howToCreate() string {
	db, _ := s.database()
	return fmt.Sprintf("make it (2.x: influx bucket create -n %s -r %s; 1.8: CREATE DATABASE %q WITH DURATION %s), "+
		"or correct history.influxdb.bucket and history.influxdb.org", s.cfg.Bucket, hours(s.retention), db, hours(s.retention))
}

func hours(d time.Duration) string { return fmt.Sprintf("%dh", int(d.Hours())) }

// version returns the server's version without a leading v.
func (s *Store) version(ctx context.Context) (string, error) {
	version := ""
	err := s.do(ctx, http.MethodGet, strings.TrimSuffix(s.cfg.URL, "/")+"/ping", func(r *http.Response) error {
		version = strings.TrimPrefix(r.Header.Get("X-Influxdb-Version"), "v")
		return r.Body.Close()
	})
	return version, err
}

// do sends a request without a body.
func (s *Store) do(ctx context.Context, method, at string, read ihttp.ResponseCallback) error {
	req, err := http.NewRequestWithContext(ctx, method, at, http.NoBody)
	if err != nil {
		return err
	}
	if err := s.client.HTTPService().DoHTTPRequest(req, nil, read); err != nil {
		return err
	}
	return nil
}

// createBucket makes a bucket of 2.x.
func (s *Store) createBucket(ctx context.Context) error {
	if _, err := s.client.BucketsAPI().FindBucketByName(ctx, s.cfg.Bucket); err == nil {
		return nil
	}
	org, err := s.client.OrganizationsAPI().FindOrganizationByName(ctx, s.cfg.Org)
	if err != nil {
		return err
	}
	rule := domain.RetentionRule{EverySeconds: int64(s.retention.Seconds())}
	if _, err := s.client.BucketsAPI().CreateBucketWithName(ctx, org, s.cfg.Bucket, rule); err != nil {
		return err
	}
	s.log.Info("made the bucket of the history", zap.String("bucket", s.cfg.Bucket), zap.Duration("retention", s.retention))
	return nil
}

// createDatabase makes a database and a retention policy of 1.8. Neither statement changes what is there.
func (s *Store) createDatabase(ctx context.Context) error {
	db, policy := s.database()
	statement := fmt.Sprintf("CREATE DATABASE %q WITH DURATION %s REPLICATION 1", db, hours(s.retention))
	if policy != "" {
		statement = fmt.Sprintf("CREATE DATABASE %[1]q; CREATE RETENTION POLICY %[2]q ON %[1]q DURATION %[3]s REPLICATION 1", db, policy, hours(s.retention))
	}
	return s.do(ctx, http.MethodPost, strings.TrimSuffix(s.cfg.URL, "/")+"/query?"+url.Values{"q": {statement}}.Encode(), statementError)
}

// statementError returns why a statement of 1.8 failed, which its answer tells below a status of 200.
func statementError(r *http.Response) error {
	defer r.Body.Close() //nolint:errcheck // only read
	var answer struct {
		Results []struct {
			Error string `json:"error"`
		} `json:"results"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, 64<<10)).Decode(&answer); err != nil {
		return fmt.Errorf("read the answer to CREATE DATABASE: %w", err)
	}
	for _, result := range answer.Results {
		if result.Error != "" {
			return errors.New(result.Error)
		}
	}
	return nil
}

// database returns the names of 1.8 that a bucket stands for.
func (s *Store) database() (db, policy string) {
	db, policy, _ = strings.Cut(s.cfg.Bucket, "/")
	return db, policy
}
