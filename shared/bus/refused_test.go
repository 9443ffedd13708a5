package bus_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/obs"
)

// refused opens a bus that cannot be used, and wants what is said meanwhile; then it gives up.
func refused(t *testing.T, ns *bustest.NATS, change func(*bus.Config), want ...string) {
	t.Helper()
	h := &obs.Health{}
	cfg := bustest.Config(func(c *bus.Config) {
		c.URL, c.Partitions = ns.URL, 4
		change(c)
	})
	ctx, cancel := context.WithCancel(t.Context())
	opened := make(chan error, 1)
	go func() {
		_, err := bus.Open(ctx, cfg, bus.Settings{DataDir: t.TempDir(), Health: h})
		opened <- err
	}()
	bustest.Eventually(t, 20*time.Second, func() error {
		c := check(h, "bus")
		for _, w := range want {
			if c.State != obs.Starting || !strings.Contains(c.Message, w) {
				return fmt.Errorf("health: %+v, want %q", c, w)
			}
		}
		return nil
	})
	cancel()
	if err := <-opened; err == nil {
		t.Error("it can be used")
	}
}

// configured is a server with a configuration file.
func configured(t *testing.T, text string) *bustest.NATS {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nats.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return bustest.NewNATS(t, func(o *server.Options) {
		read, err := server.ProcessConfigFile(path)
		if err != nil {
			t.Fatal(err)
		}
		o.Users, o.Nkeys, o.Accounts = read.Users, read.Nkeys, read.Accounts
	})
}

// TestServerLacksSomething: what a NATS server has too little of is told with what to do there, and how much is needed.
func TestServerLacksSomething(t *testing.T) {
	as := func(c *bus.Config) { c.URL = strings.Replace(c.URL, "nats://", "nats://a:a@", 1) }
	account := func(limits string) *bustest.NATS {
		return configured(t, fmt.Sprintf("accounts { A { jetstream { %s }, users: [ { user: a, password: a } ] } }", limits))
	}
	refused(t, bustest.NewNATS(t, func(o *server.Options) { o.JetStream = false }), func(*bus.Config) {}, "enable JetStream on the NATS server")
	refused(t, bustest.NewNATS(t, func(o *server.Options) { o.JetStreamMaxStore = 16 << 20 }), func(*bus.Config) {},
		"give JetStream more storage there", "this install reserves ", " MiB on disk and 3 MiB in memory", "lower bus.max_store")
	refused(t, bustest.NewNATS(t, func(o *server.Options) { o.JetStreamMaxMemory = 64 << 10 }), func(*bus.Config) {}, "more memory there (max_memory_store)")
	refused(t, bustest.NewNATS(t), func(c *bus.Config) { c.Replicas = 3 }, "bus.replicas: 3 needs a cluster", "set bus.replicas to 1")
	refused(t, account("max_disk: 1GB, max_mem: 16MB, max_streams: 5"), as, "raise the limits of the account: this install reserves ")
	refused(t, account("max_disk: 20MB, max_mem: 16MB"), as, "give JetStream more storage there", "the limit of the account")
	refused(t, configured(t, "accounts { A { users: [ { user: a, password: a } ] } }"), as, "for this account")
}

// TestDeniedSubject: a subject that the server does not let us use, which looks like a time-out, is named, with who we are and what to do.
// When it may be used, all is well again.
func TestDeniedSubject(t *testing.T) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := pair.Seed()
	if err != nil {
		t.Fatal(err)
	}
	public, err := pair.PublicKey()
	file := filepath.Join(t.TempDir(), "edge.nk")
	if err := errors.Join(err, os.WriteFile(file, seed, 0o600)); err != nil {
		t.Fatal(err)
	}
	with := func(denied string) *server.NkeyUser {
		return &server.NkeyUser{Nkey: public, Permissions: &server.Permissions{Publish: &server.SubjectPermission{Deny: []string{denied}}}}
	}
	ns := bustest.NewNATS(t, func(o *server.Options) { o.Nkeys = []*server.NkeyUser{with("$JS.API.STREAM.CREATE.MET_02")} })
	role := bus.Role{Name: "edge", Prepares: true}
	use := func(c *bus.Config) { c.URL, c.Partitions, c.NKeyFile = ns.URL, 4, file }
	_, err = bus.Open(t.Context(), bustest.Config(use, func(c *bus.Config) { c.ConnectTimeout = 2 * time.Second }), bus.Settings{DataDir: t.TempDir(), Role: &role})
	for _, want := range []string{"publish to $JS.API.STREAM.CREATE.MET_02", "edge (nkey " + public, "forewarn keys", "authorization.conf"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open: %v, want %q", err, want)
		}
	}
	ns.Change(func(o *server.Options) { o.Nkeys = []*server.NkeyUser{with("met.00.batch")} })
	h, registry := &obs.Health{}, prometheus.NewRegistry()
	b := bustest.Open(t, t.TempDir(), bus.Settings{Health: h, Registry: registry, Role: &role}, use, func(c *bus.Config) { c.AckTimeout = 300 * time.Millisecond })
	p := publisher(t, b, "edge")
	defer draining(t, p)()
	send(t, p, 0, "kept")
	bustest.Until(t, 20*time.Second, "it is named", func() bool {
		c := check(h, "bus/permissions")
		return c.State == obs.Failed && strings.Contains(c.Message, "publish to met.00.batch") && strings.Contains(c.Message, public)
	})
	if value(t, registry, "forewarn_bus_denied_total") == 0 {
		t.Error("it is not counted")
	}
	ns.Change(func(o *server.Options) { o.Nkeys = []*server.NkeyUser{with("nothing.of.ours")} })
	bustest.Until(t, 20*time.Second, "what waited is sent", func() bool { return state(t, b, "MET_00").Messages == 1 })
	bustest.Until(t, 20*time.Second, "all is well again", func() bool { return check(h, "bus/permissions").State == obs.OK })
	ns.Restart(func(o *server.Options) { o.Nkeys = nil; o.Username, o.Password = "somebody", "else" })
	bustest.Until(t, 20*time.Second, "the key is not known", func() bool {
		c := check(h, "bus")
		return c.State == obs.Failed && strings.Contains(c.Message, public) && strings.Contains(c.Message, "authorization.conf")
	})
}

// TestCertificates: which certificate has ended, or is of the wrong authority or name, is told with what to do; one that ends soon is
// warned of.
func TestCertificates(t *testing.T) {
	ours, theirs := bustest.NewAuthority(t, "Our CA"), bustest.NewAuthority(t, "Their CA")
	year, soon, past := time.Now().Add(365*24*time.Hour), time.Now().Add(10*24*time.Hour+time.Hour), time.Now().Add(-24*time.Hour)
	at := func(config *tls.Config) *bustest.NATS {
		return bustest.NewNATS(t, func(o *server.Options) {
			o.TLSConfig, o.TLS, o.TLSTimeout, o.TLSVerify = config, true, 10, config.ClientCAs != nil
		})
	}
	trusting := func(c *bus.Config) { c.CAFile = ours.File }
	showing := func(certFile, keyFile string) func(*bus.Config) {
		return func(c *bus.Config) { c.CAFile, c.CertFile, c.KeyFile = ours.File, certFile, keyFile }
	}
	refused(t, at(ours.ServerTLS("127.0.0.1", past, nil)), trusting, "has expired on "+past.UTC().Format(time.DateOnly), "renew it there")
	refused(t, at(ours.ServerTLS("nats.example", year, nil)), trusting, "certificate is for nats.example", "bus.url")
	refused(t, at(theirs.ServerTLS("127.0.0.1", year, nil)), trusting, `signed by "CN=Their CA"`, "bus.ca_file")
	refused(t, at(ours.ServerTLS("127.0.0.1", year, ours)), trusting, "the server asks for a certificate of ours", "bus.cert_file")
	refused(t, at(ours.ServerTLS("127.0.0.1", year, ours)), showing(theirs.Issue("edge", year)), "signed by an authority that it trusts", "bus.cert_file")

	_, err := bus.Open(t.Context(), bustest.Config(func(c *bus.Config) { c.URL = "tls://127.0.0.1:1" }, showing(ours.Issue("edge", past))), bus.Settings{DataDir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "cert_file: ") || !strings.Contains(err.Error(), "has expired on "+past.UTC().Format(time.DateOnly)) {
		t.Errorf("with a certificate of ours that has ended: %v", err)
	}

	h, registry := &obs.Health{}, prometheus.NewRegistry()
	ns := at(ours.ServerTLS("127.0.0.1", soon, ours))
	certFile, keyFile := ours.Issue("edge", soon)
	bustest.Open(t, t.TempDir(), bus.Settings{Health: h, Registry: registry}, func(c *bus.Config) { c.URL, c.Partitions = ns.URL, 4 }, showing(certFile, keyFile))
	for _, want := range []string{"the certificate of the NATS server at tls://127.0.0.1:", "our own certificate", "expires in 10 days, on " + soon.UTC().Format(time.DateOnly), "renew it"} {
		if c := check(h, "bus/certificate"); c.State != obs.Degraded || !strings.Contains(c.Message, want) {
			t.Errorf("near the end: %+v, want %q", c, want)
		}
	}
	cfg := bustest.Config(showing(certFile, keyFile))
	if w := cfg.Warnings(time.Now()); len(w) != 1 || !strings.Contains(w[0], "bus.cert_file: "+certFile+" expires in 10 days") {
		t.Errorf("warnings: %q", w)
	}
}
