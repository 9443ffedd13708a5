package influx

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	influxdb2 "github.com/influxdata/influxdb-client-go/v2"
	"github.com/influxdata/influxdb-client-go/v2/api"
	ihttp "github.com/influxdata/influxdb-client-go/v2/api/http"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/remote"
	"github.com/forewarn/forewarn/shared/history/seriesset"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Settings is what a store is opened with beside its configuration.
type Settings struct {
	Logger *zap.Logger
	// Now is this machine's clock; nil means time.Now.
	Now func() time.Time
	// Limits bound what is held of one answer; the zero value means [seriesset.DefaultLimits].
	Limits seriesset.Limits
}

// Store is a bucket of an InfluxDB. Make it by [Open].
type Store struct {
	cfg       history.InfluxDB
	retention time.Duration
	log       *zap.Logger
	now       func() time.Time
	limits    seriesset.Limits
	client    influxdb2.Client
	http      *http.Client
	writer    api.WriteAPIBlocking
	closed    atomic.Bool
	buffers   sync.Pool
}

var _ history.Store = (*Store)(nil)

// Open returns the store that the section names. The server may be away: then Append says so. A bucket that is not there
// is made, now or when the first batch meets that. An error is of the configuration.
func Open(ctx context.Context, cfg history.Config, s Settings) (*Store, error) {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Limits == (seriesset.Limits{}) {
		s.Limits = seriesset.DefaultLimits()
	}
	trust, err := cfg.InfluxDB.TLS.Config()
	if err != nil {
		return nil, fmt.Errorf("history.influxdb.tls.%w", err)
	}
	st := &Store{
		cfg: cfg.InfluxDB, retention: cfg.Retention, log: s.Logger.Named("history"), now: s.Now, limits: s.Limits,
		http:    remote.Client(trust, cfg.InfluxDB.Timeout),
		buffers: sync.Pool{New: func() any { return new(lines) }},
	}
	options := influxdb2.DefaultOptions().SetHTTPClient(st.http).SetPrecision(time.Millisecond).SetLogLevel(0).SetApplicationName("forewarn")
	st.client = influxdb2.NewClientWithOptions(st.cfg.URL, st.cfg.Token.Reveal(), options)
	st.writer = st.client.WriteAPIBlocking(st.cfg.Org, st.cfg.Bucket)
	if err := st.create(ctx); err != nil {
		st.log.Warn("the bucket of the history could not be made or looked for; it is tried again when samples come", zap.Error(err))
	}
	return st, nil
}

// Append writes the samples of b in requests of bounded size. See [history.Store].
func (s *Store) Append(ctx context.Context, b *telemetry.Batch) (history.Appended, error) {
	if err := s.usable(ctx); err != nil {
		return history.Appended{}, err
	}
	var n history.Appended
	l := s.buffers.Get().(*lines) //nolint:forcetypeassert // what New makes
	defer s.buffers.Put(l)
	l.reset()
	series := history.Sieve{Now: s.now, Retention: s.retention}.Sift(b, &n)
	for i := range series {
		l.add(&series[i])
	}
	for from := 0; from < len(l.ends); from += s.cfg.BatchSamples {
		if err := s.write(ctx, l, from, min(from+s.cfg.BatchSamples, len(l.ends)), &n); err != nil {
			return history.Appended{}, err
		}
	}
	return n, nil
}

// write writes some lines and counts what became of them.
func (s *Store) write(ctx context.Context, l *lines, from, to int, n *history.Appended) error {
	refused := 0
	err := history.Bisect(to-from, func(i, k int) error {
		return s.request(ctx, l.part(from+i, from+k), k-i)
	}, func(i, k int, why *history.Refusal) {
		refused += k - i
		n.Said = why.Said
		if strings.Contains(why.Said, "beyond retention") {
			n.TooOld += k - i
		} else {
			n.Rejected += k - i
		}
	})
	if err == nil {
		n.Stored += to - from - refused
	}
	return err
}

// request writes lines, and makes the bucket if it is not there.
func (s *Store) request(ctx context.Context, text string, n int) error {
	err := s.post(ctx, text)
	var failed *ihttp.Error
	if errors.As(err, &failed) && missing(failed) {
		if err := s.create(ctx); err != nil {
			return err
		}
		err = s.post(ctx, text)
	}
	return s.explainWrite(ctx, err, n)
}

func (s *Store) post(ctx context.Context, text string) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	return s.writer.WriteRecord(ctx, text)
}

// usable returns why the store cannot be used, nil if it can.
func (s *Store) usable(ctx context.Context) error {
	if s.closed.Load() {
		return history.ErrClosed
	}
	return ctx.Err()
}

// Sync returns nil: InfluxDB answers when its log is on disk.
func (s *Store) Sync() error {
	if s.closed.Load() {
		return history.ErrClosed
	}
	return nil
}

// Close lets go of the connections. Open queriers may be read to their end.
func (s *Store) Close() error {
	if s.closed.CompareAndSwap(false, true) {
		s.client.Close()
		s.http.CloseIdleConnections()
	}
	return nil
}

// CertificateUntil returns until when the server's certificate holds, zero if that is not known.
func (s *Store) CertificateUntil() time.Time { return remote.CertificateUntil(s.http) }
