package promremote

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/VictoriaMetrics/easyproto"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/remote"
	"github.com/forewarn/forewarn/shared/history/seriesset"
	"github.com/forewarn/forewarn/shared/promapi"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Settings is what a store is opened with beside its configuration.
type Settings struct {
	// Now is this machine's clock; nil means time.Now.
	Now func() time.Time
	// Limits bound what is held of one answer; the zero value means [seriesset.DefaultLimits].
	Limits seriesset.Limits
}

// Store is a server with Prometheus' API. Make it by [Open].
type Store struct {
	cfg      history.Prometheus
	section  string // of the configuration, which errors name
	now      func() time.Time
	limits   seriesset.Limits
	http     *http.Client
	client   *promapi.Client
	writeURL string
	closed   atomic.Bool
	// marshalers keep their memory from one request to the next.
	marshalers easyproto.MarshalerPool
	// older tells that the receiver does not know remote write 2.0.
	older atomic.Bool
	// noRead tells that the server has no remote read.
	noRead atomic.Bool
	// notBefore is when the receiver wants to be asked again, Unix nanoseconds.
	notBefore atomic.Int64
}

var _ history.Store = (*Store)(nil)

// howToSay names what sets who we are.
func (s *Store) howToSay() string {
	if s.section == historianSection {
		return historianSection + ".token"
	}
	return "history.prometheus.token, or history.prometheus.username and history.prometheus.password"
}

const historianSection = "history.historian"

// readAttempts is how often a query is sent: people wait for the answer.
const readAttempts = 2

// Open returns the store that the section names. The server may be away: then Append and queries say so. An error is of
// the configuration.
func Open(cfg history.Config, s Settings) (*Store, error) {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Limits == (seriesset.Limits{}) {
		s.Limits = seriesset.DefaultLimits()
	}
	c := cfg.Prometheus
	trust, err := c.TLS.Config()
	if err != nil {
		return nil, fmt.Errorf("%s.tls.%w", cfg.Section(), err)
	}
	st := &Store{cfg: c, section: cfg.Section(), now: s.Now, limits: s.Limits, http: remote.Client(trust, c.Timeout), writeURL: c.WriteURL}
	st.client, err = promapi.New(c.URL, promapi.Settings{
		Auth:     promapi.Auth{User: c.Username, Password: c.Password, Token: c.Token, Tenant: c.Tenant},
		HowToSay: st.howToSay(), HTTP: st.http, Attempts: readAttempts,
	})
	if err != nil {
		return nil, fmt.Errorf("%s.url: %w", cfg.Section(), err)
	}
	if st.writeURL == "" {
		st.writeURL = st.client.At("api/v1/write")
	}
	return st, nil
}

// Append sends the samples of b in requests of bounded size. See [history.Store].
func (s *Store) Append(ctx context.Context, b *telemetry.Batch) (history.Appended, error) {
	if err := s.writable(ctx); err != nil {
		return history.Appended{}, err
	}
	var n history.Appended
	w := newWrite(history.Sieve{Now: s.now}.Sift(b, &n))
	for from := 0; from < w.samples(); from += perRequest {
		if err := s.write(ctx, w, from, min(from+perRequest, w.samples()), &n); err != nil {
			return history.Appended{}, err
		}
	}
	return n, nil
}

// write sends some samples and counts what became of them.
func (s *Store) write(ctx context.Context, w *write, from, to int, n *history.Appended) error {
	refused := 0
	err := history.Bisect(to-from, func(i, k int) error {
		return s.send(ctx, w.part(from+i, from+k))
	}, func(i, k int, why *history.Refusal) {
		refused += k - i
		sort(n, why.Said, k-i)
	})
	if err == nil {
		n.Stored += to - from - refused
	}
	return err
}

// sort counts refused samples by what the receiver said.
func sort(n *history.Appended, said string, samples int) {
	n.Said = said
	switch text := strings.ToLower(said); {
	case strings.Contains(text, "too old"), strings.Contains(text, "too-old"), strings.Contains(text, "out of bounds"), strings.Contains(text, "too far in the past"):
		n.TooOld += samples
	case strings.Contains(text, "duplicate sample"), strings.Contains(text, "duplicate timestamp"), strings.Contains(text, "new value for timestamp"):
		n.Conflicts += samples
	case strings.Contains(text, "out of order"), strings.Contains(text, "out-of-order"):
		n.OutOfOrder += samples
	default:
		n.Rejected += samples
	}
}

// writable returns why nothing can be appended, nil if it can.
func (s *Store) writable(ctx context.Context) error {
	switch {
	case s.closed.Load():
		return history.ErrClosed
	case s.cfg.ReadOnly:
		return history.ErrReadOnly
	}
	return ctx.Err()
}

// Sync returns nil: when the server syncs what it has acknowledged is for the server to say.
func (s *Store) Sync() error {
	if s.closed.Load() {
		return history.ErrClosed
	}
	return nil
}

// Ping asks for nothing, and says what to do where that fails.
func (s *Store) Ping(ctx context.Context) error {
	_, _, err := s.client.LabelValues(ctx, telemetry.MetricName, promapi.Search{From: s.now().Add(-time.Minute), To: s.now(), Limit: 1})
	return s.explainRead(ctx, err)
}

// Close lets go of the connections. Open queriers may be read to their end.
func (s *Store) Close() error {
	if s.closed.CompareAndSwap(false, true) {
		s.http.CloseIdleConnections()
	}
	return nil
}

// CertificateUntil returns until when the server's certificate holds, zero if that is not known.
func (s *Store) CertificateUntil() time.Time { return remote.CertificateUntil(s.http) }
