package historian_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/influx"
	"github.com/forewarn/forewarn/shared/history/servertest"
	"github.com/forewarn/forewarn/shared/machinetest"
	"github.com/forewarn/forewarn/shared/obs"
)

// network is a way to a server that may be cut, or so slow that nothing arrives.
type network struct {
	url    string
	server string
	cut    atomic.Bool
	slow   atomic.Bool

	mu    sync.Mutex
	conns []net.Conn
}

func newNetwork(tb testing.TB, server string) *network {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // of the test
	if err != nil {
		tb.Fatal(err)
	}
	n := &network{url: "http://" + l.Addr().String(), server: strings.TrimPrefix(server, "http://")}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { n.carry(c) })
		}
	})
	tb.Cleanup(func() {
		l.Close() //nolint:errcheck // ends Accept
		n.hangUp()
		all.Wait()
	})
	return n
}

// carry passes on what a connection says, unless the network is cut or slow.
func (n *network) carry(c net.Conn) {
	defer c.Close() //nolint:errcheck // of the test
	if n.cut.Load() {
		return
	}
	s, err := net.Dial("tcp", n.server) //nolint:noctx // of the test
	if err != nil {
		return
	}
	defer s.Close() //nolint:errcheck // of the test
	n.mu.Lock()
	n.conns = append(n.conns, c, s)
	n.mu.Unlock()
	var back sync.WaitGroup
	back.Go(func() { n.copy(c, s) })
	n.copy(s, c)
	s.Close() //nolint:errcheck // ends the other direction
	back.Wait()
}

// copy drops what is said while the network is slow: for who waits for an answer that is the same.
func (n *network) copy(to io.Writer, from io.Reader) {
	buffer := make([]byte, 32<<10)
	for {
		k, err := from.Read(buffer)
		if err != nil {
			return
		}
		if n.slow.Load() {
			continue
		}
		if _, err := to.Write(buffer[:k]); err != nil {
			return
		}
	}
}

// hangUp ends all connections.
func (n *network) hangUp() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.conns {
		c.Close() //nolint:errcheck // some have ended
	}
	n.conns = nil
}

func openInflux(tb testing.TB, at string, token config.Secret) *influx.Store {
	tb.Helper()
	c := history.DefaultConfig()
	c.Kind, c.InfluxDB.URL, c.InfluxDB.Token, c.InfluxDB.Timeout = history.InfluxDBKind, at, token, time.Second
	s, err := influx.Open(tb.Context(), c, influx.Settings{Logger: zap.NewNop()})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() }) //nolint:errcheck // it never fails
	return s
}

// degraded waits until health says what is wrong.
func (r *rig) degraded(says string) {
	r.Helper()
	r.until("health says "+says, func() bool {
		c := r.check("historian")
		return c.State == obs.Degraded && strings.Contains(c.Message, says)
	})
}

// TestServerOutages: whatever is wrong with the server of a history, health says what to do, and when that is over all is
// stored, once: guarantees 1 to 3 with a real InfluxDB, its disk, and the way to it.
func TestServerOutages(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts an InfluxDB twice, which costs many seconds")
	}
	disk := machinetest.Disk(t, "64m")
	server := servertest.InfluxDBIn(t, disk, "auth-enabled = true")
	addUser(t, server.URL)
	way := newNetwork(t, server.URL)
	r := newRigOn(t, openInflux(t, way.url, "admin:hush"))
	step := 0
	publish := func() {
		t.Helper()
		for range 5 {
			r.publish(step)
			step++
		}
	}
	all := func() bool { return r.stored() == step*10*r.bus.Partitions() }
	well := func() {
		t.Helper()
		r.until("health is well", func() bool { return r.check("historian").State == obs.OK })
		r.until("all is stored", all)
		r.until("all may be forgotten", r.forgotten)
	}
	_, stop := r.run()
	publish()
	well()

	way.cut.Store(true)
	way.hangUp()
	publish()
	r.degraded("see that it runs and that history.influxdb.url is right")
	way.cut.Store(false)
	well()

	way.slow.Store(true)
	publish()
	r.degraded("no answer within 1s")
	way.slow.Store(false)
	way.hangUp()
	well()

	free := machinetest.Hog(t, disk, 0)
	publish()
	r.degraded("the disk of InfluxDB at " + way.url + " is full")
	free()
	server.Kill() // 1.8 does not write again by itself
	publish()
	r.degraded("The bus keeps what comes")
	stop()
	publish()
	server.Start()

	r.store = openInflux(t, server.URL, "admin:wrong")
	_, stop = r.run()
	r.degraded("set history.influxdb.token")
	stop()
	r.store = openInflux(t, server.URL, "admin:hush")
	_, stop = r.run()
	defer stop()
	well()
	if s, err := r.bus.Status(t.Context()); err != nil || s.DeadLetters != 0 {
		t.Errorf("%d dead letters, %v; want none: an outage is nobody's fault", s.DeadLetters, err)
	}
}

// addUser makes the administrator, as anybody may while there is none.
func addUser(t *testing.T, server string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	at := server + "/query?" + url.Values{"q": {"CREATE USER admin WITH PASSWORD 'hush' WITH ALL PRIVILEGES"}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	if answer, err := io.ReadAll(resp.Body); err != nil || strings.Contains(string(answer), "error") {
		t.Fatalf("%s, %v", answer, err)
	}
}
