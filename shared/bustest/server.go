package bustest

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Server starts a NATS server of its own on loopback, which stops with the test, and returns its address: what services
// that are programs of their own share.
func Server(t testing.TB) (url string) { return NewNATS(t).URL }

// NATS is a NATS server of its own on loopback. It stops with the test, if it did not before.
type NATS struct {
	// URL is where it listens, also after another Start.
	URL string

	t       testing.TB
	options server.Options
	ns      *server.Server
}

// NewNATS starts one whose options the test changes: users, TLS, limits, a directory of its own.
func NewNATS(t testing.TB, change ...func(*server.Options)) *NATS {
	t.Helper()
	n := &NATS{t: t, options: server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: t.TempDir(), JetStreamMaxStore: 4 << 30, JetStreamMaxMemory: 64 << 20,
	}}
	for _, c := range change {
		c(&n.options)
	}
	n.Start()
	t.Cleanup(n.Stop)
	return n
}

// Start starts it, on the port and the directory that it had before.
func (n *NATS) Start() {
	n.t.Helper()
	o := n.options // the server writes into what it is given
	ns, err := server.NewServer(&o)
	if err != nil {
		n.t.Fatalf("make the NATS server: %v", err)
	}
	ns.Start()
	n.ns = ns
	if !ns.ReadyForConnections(10 * time.Second) {
		n.t.Fatal("the NATS server is not ready")
	}
	address, ok := ns.Addr().(*net.TCPAddr)
	if !ok {
		n.t.Fatalf("the NATS server listens on %v", ns.Addr())
	}
	n.options.Port = address.Port
	scheme := "nats"
	if o.TLS || o.TLSConfig != nil {
		scheme = "tls"
	}
	n.URL = fmt.Sprintf("%s://127.0.0.1:%d", scheme, address.Port)
}

// Stop stops it and waits until it has.
func (n *NATS) Stop() {
	n.ns.Shutdown()
	n.ns.WaitForShutdown()
}

// Dir is where it keeps its streams.
func (n *NATS) Dir() string { return n.options.StoreDir }

// Change changes the options of the server that runs, as a reload of its configuration does.
func (n *NATS) Change(change func(*server.Options)) {
	n.t.Helper()
	change(&n.options)
	o := n.options
	if err := n.ns.ReloadOptions(&o); err != nil {
		n.t.Fatalf("reload the NATS server: %v", err)
	}
}

// Restart stops it, changes its options, and starts it again.
func (n *NATS) Restart(change func(*server.Options)) {
	n.t.Helper()
	n.Stop()
	change(&n.options)
	n.Start()
}
