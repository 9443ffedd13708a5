package influx

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	ihttp "github.com/influxdata/influxdb-client-go/v2/api/http"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/remote"
	"github.com/forewarn/forewarn/shared/i18n"
)

// kept is what holds of every error of a write.
const kept = "The bus keeps what comes"

// dropped is how InfluxDB counts what it did not write of a request.
var dropped = regexp.MustCompile(`dropped=(\d+)`)

// inTrouble matches what is no fault of a point though 1.8 says "partial write" and 400: those points are sent again.
var inTrouble = regexp.MustCompile(`no space left|quota exceeded|input/output error|read-only file system|too many open files|` +
	`permission denied|cannot allocate memory|engine is closed|shard is disabled|timeout`)

// missing tells that there is no such database, retention policy or bucket.
func missing(e *ihttp.Error) bool {
	return e.StatusCode == http.StatusNotFound || strings.Contains(said(e), "retention policy not found")
}

// explainWrite says what became of n points by an error of a write: nil, a [*history.Refusal], or what is to be done.
func (s *Store) explainWrite(ctx context.Context, err error, n int) error {
	var failed *ihttp.Error
	if err == nil || !errors.As(err, &failed) {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case inTrouble.MatchString(said(failed)):
	case failed.StatusCode == http.StatusBadRequest, failed.StatusCode == http.StatusUnprocessableEntity:
		m := dropped.FindStringSubmatch(said(failed))
		all := false
		if m != nil {
			count, err := strconv.Atoi(m[1])
			all = err == nil && count == n
		}
		return &history.Refusal{All: all, Said: said(failed)}
	case failed.StatusCode == http.StatusRequestEntityTooLarge:
		return &history.Refusal{Said: said(failed)}
	}
	return fmt.Errorf("write history: %w. %s", s.explain(failed), kept)
}

// explain says what to do about an error of the server or of the way to it.
func (s *Store) explain(e *ihttp.Error) error {
	switch code := e.StatusCode; {
	case code == 0:
		return fmt.Errorf("InfluxDB at %s: %w", s.cfg.URL, remote.Explain(e.Err, "history.influxdb", s.cfg.Timeout))
	case code == http.StatusUnauthorized:
		return fmt.Errorf("InfluxDB at %s does not know us (%s); set history.influxdb.token to a token of 2.x, or to user:password of 1.8", s.cfg.URL, said(e))
	case code == http.StatusForbidden:
		return fmt.Errorf("InfluxDB at %s does not let us (%s); give the token, or the user, read and write access to %s", s.cfg.URL, said(e), s.cfg.Bucket)
	case missing(e):
		return fmt.Errorf("InfluxDB at %s has no bucket %s (%s); %s", s.cfg.URL, s.cfg.Bucket, said(e), s.howToCreate())
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable:
		return fmt.Errorf("InfluxDB at %s is busy (%d: %s); it is tried again. If that stays, give it more resources or a higher limit", s.cfg.URL, code, said(e))
	case strings.Contains(said(e), "no space left"):
		return fmt.Errorf("the disk of InfluxDB at %s is full (%s); free space there, and if it does not write afterwards, restart it: 1.8 does not by itself", s.cfg.URL, said(e))
	case code >= http.StatusInternalServerError:
		return fmt.Errorf("InfluxDB at %s answers %d: %s; its log says why", s.cfg.URL, code, said(e))
	}
	return fmt.Errorf("InfluxDB at %s answers %d: %s; see that history.influxdb.url is an InfluxDB's, 2.x or 1.8", s.cfg.URL, e.StatusCode, said(e))
}

// said is what the server said, on one line and not for ever.
func said(e *ihttp.Error) string {
	text := e.Message
	if text == "" {
		text = e.Error()
	}
	return fmt.Sprintf("%.300s", i18n.Line(text))
}
