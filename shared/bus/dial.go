package bus

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/obs"
)

const (
	reconnectWait = 250 * time.Millisecond
	// pingInterval is how often a server is asked whether it is there. One that has not answered twice is left for another node: a
	// machine that stands still closes no connection.
	pingInterval = 5 * time.Second
)

// connect opens the data and the control connection, trying until ctx ends.
func (b *Bus) connect(ctx context.Context) error {
	for _, c := range []struct {
		name string
		nc   **nats.Conn
		js   *jetstream.JetStream
	}{{"data", &b.data, &b.dataJS}, {"control", &b.control, &b.controlJS}} {
		options, err := b.options(c.name)
		if err != nil {
			return err
		}
		err = b.Retry(ctx, "connect to the bus", func(context.Context) error {
			err := b.explainConnect(b.dial(c.nc, options))
			if err != nil {
				b.health.Set("bus", obs.Starting, fmt.Sprintf("cannot reach the bus at %s, trying on: %v", b.address(), err))
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("reach the bus at %s within %s: %w", b.address(), b.cfg.ConnectTimeout, err)
		}
		if *c.js, err = jetstream.New(*c.nc); err != nil {
			return fmt.Errorf("open JetStream: %w", err)
		}
	}
	return nil
}

func (b *Bus) dial(nc **nats.Conn, options []nats.Option) (err error) {
	*nc, err = nats.Connect(strings.Join(b.cfg.servers(), ","), options...)
	return err
}

// options of one connection. The server's address may hold a password and appears in no message.
func (b *Bus) options(name string) ([]nats.Option, error) {
	log := b.log.With(zap.String("connection", name))
	out := []nats.Option{
		nats.Name("forewarn " + name),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectWait),
		nats.PingInterval(pingInterval),
		// No buffering while away: a publisher has to know at once, so that it can spool.
		nats.ReconnectBufSize(-1),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if b.closing.Load() {
				return
			}
			b.lost.Add(1)
			b.metrics.disconnects.Inc()
			b.health.Set("bus", obs.Failed, "connection to the bus is lost; it is retried all the time, publishers spool meanwhile: look at the NATS server")
			log.Warn("connection to the bus is lost", zap.Error(err))
			if !b.embedded() && b.socket == "" {
				b.diagnosis.after(diagnoseEvery/2, b.diagnose) // most are back by then
			}
		}),
		// A password that is wrong for a moment, as while it is changed, must not end the connection for good.
		nats.IgnoreAuthErrorAbort(),
		nats.ClosedHandler(func(nc *nats.Conn) {
			if b.closing.Load() {
				return
			}
			b.health.Set("bus", obs.Failed, "connection to the bus has ended for good: restart this program, and look in its log for the cause")
			log.Error("connection to the bus has ended for good", zap.Error(nc.LastError()))
		}),
		nats.ReconnectHandler(func(*nats.Conn) {
			if b.lost.Add(-1) == 0 {
				b.health.Set("bus", obs.OK, "")
			}
			b.denied.Store(nil) // what may be done is settled for each connection
			b.health.Set(permissionCheck, obs.OK, "")
			log.Info("connected to the bus again")
			b.breaks.tell()
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if errors.Is(err, nats.ErrPermissionViolation) {
				b.deny(err)
				return
			}
			log.Warn("bus reports an error", zap.Error(err))
			if errors.Is(err, nats.ErrSlowConsumer) {
				b.breaks.tell()
			}
		}),
	}
	if b.host != nil {
		return append(out, nats.InProcessServer(b.host)), nil
	}
	if b.socket != "" {
		return append(out, nats.InProcessServer(b.socket)), nil
	}
	return b.identity(out)
}

// identity adds TLS and who we are.
func (b *Bus) identity(out []nats.Option) ([]nats.Option, error) {
	c := b.cfg
	if b.role != nil {
		out = append(out, nats.CustomInboxPrefix(b.role.Inbox()))
	}
	if c.CAFile != "" {
		out = append(out, nats.RootCAs(c.CAFile))
	}
	if c.CertFile != "" {
		out = append(out, nats.ClientCert(c.CertFile, c.KeyFile))
	}
	if c.CredentialsFile != "" {
		out = append(out, nats.UserCredentials(c.CredentialsFile))
	}
	if c.NKeyFile != "" {
		nkey, err := nats.NkeyOptionFromSeed(c.NKeyFile)
		if err != nil {
			return nil, errors.New("bus.nkey_file: cannot be read as an nkey seed; check the path, the owner and that it holds a seed (SU…)")
		}
		out = append(out, nkey)
	}
	return out, nil
}

// servers splits the configured URL.
func (c *Config) servers() []string {
	if c.URL == "" {
		return nil
	}
	all := strings.Split(c.URL, ",")
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}

// address names the bus for people, without passwords.
func (b *Bus) address() string {
	if b.cfg.URL == "" {
		return "the embedded server"
	}
	var all []string
	for _, s := range b.cfg.servers() {
		if u, err := url.Parse(s); err == nil {
			all = append(all, u.Scheme+"://"+u.Host) // the user may be a token
		}
	}
	return strings.Join(all, ", ")
}
