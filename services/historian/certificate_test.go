package historian_test

import (
	"crypto/tls"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/influx"
	"github.com/forewarn/forewarn/shared/history/servertest"
	"github.com/forewarn/forewarn/shared/obs"
)

// TestServerCertificate: a certificate of InfluxDB that ends soon is warned of, one that has ended is told with what to do, and when it was
// renewed all that came meanwhile is stored.
func TestServerCertificate(t *testing.T) {
	server := servertest.InfluxDB(t)
	ca := bustest.NewAuthority(t, "Our CA")
	soon, past := time.Now().Add(10*24*time.Hour+time.Hour), time.Now().Add(-24*time.Hour)
	to, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	var shown atomic.Pointer[tls.Config]
	secure := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(to))
	secure.Config.ErrorLog = zap.NewStdLog(zap.NewNop()) // refusals are what is tested
	secure.TLS = ca.ServerTLS("127.0.0.1", soon, nil)
	secure.TLS.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return shown.Load(), nil }
	shown.Store(ca.ServerTLS("127.0.0.1", soon, nil))
	secure.StartTLS()
	t.Cleanup(secure.Close)
	show := func(until time.Time) {
		shown.Store(ca.ServerTLS("127.0.0.1", until, nil))
		secure.CloseClientConnections()
	}
	c := history.DefaultConfig()
	c.Kind, c.InfluxDB.URL, c.InfluxDB.TLS.CAFile = history.InfluxDBKind, secure.URL, ca.File
	store, err := influx.Open(t.Context(), c, influx.Settings{Logger: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() }) //nolint:errcheck // it never fails
	r := newRigOn(t, store)
	_, stop := r.run()
	defer stop()
	r.publish(0)
	r.until("the one that ends soon is warned of", func() bool {
		k := r.check("historian/certificate")
		return k.State == obs.Degraded && strings.Contains(k.Message, "expires in 10 days, on "+soon.UTC().Format(time.DateOnly))
	})
	show(past)
	r.publish(1)
	r.degraded("has expired on " + past.UTC().Format(time.DateOnly))
	show(soon)
	r.until("all is stored", func() bool { return r.stored() == 2*10*r.bus.Partitions() })
	r.until("health is well", func() bool { return r.check("historian").State == obs.OK })
}
