package chaos

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/forewarn/forewarn/services/forewarn/internal/keys"
	"github.com/forewarn/forewarn/services/forewarn/internal/programs"
)

// site is an install: its files, its NATS nodes and a connection that may do everything.
type site struct {
	o        Options
	password string
	ports    [][3]int // of each node: clients, cluster, health
	hook     *receiver
	nc       *nats.Conn
	js       jetstream.JetStream
}

// user is who observes; services are known by their keys.
const user = "observer"

// newSite writes the files of an install and builds its programs.
func newSite(ctx context.Context, o Options) (*site, error) {
	s := &site{o: o, password: nuid.Next()}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	var err error
	if s.ports, err = freePorts(o.Nodes); err != nil {
		return nil, err
	}
	if s.hook, err = newReceiver(o.Seed); err != nil {
		return nil, err
	}
	if err := s.authorize(); err != nil {
		return nil, err
	}
	for n := range s.ports {
		if err := s.write(fmt.Sprintf("node-%d.conf", n), s.nodeConfig(n)); err != nil {
			return nil, err
		}
	}
	for name, tick := range map[string]time.Duration{loudConfig: time.Second, quietConfig: time.Hour} {
		if err := s.write(name, s.config(tick)); err != nil {
			return nil, err
		}
	}
	if o.Programs == "" {
		s.o.Programs = s.path("bin")
		return s, programs.Build(ctx, s.o.Programs, programs.All()...)
	}
	return s, nil
}

// The configurations of the services: while there is input, and when the last of it is to be worked off, without
// ticks, so that streams come to an end.
const (
	loudConfig  = "forewarn.yaml"
	quietConfig = "quiet.yaml"
)

func (s *site) path(name string) string { return filepath.Join(s.o.Dir, name) }

func (s *site) write(name, text string) error {
	return os.WriteFile(s.path(name), []byte(text), 0o600) //nolint:gosec // where the person who runs this wants it
}

// authorize makes the keys of the services, and lets the observer in beside them.
func (s *site) authorize() error {
	if err := keys.Write(s.o.Dir, partitions); err != nil {
		return err
	}
	data, err := os.ReadFile(s.path(keys.Authorization))
	if err != nil {
		return err
	}
	const users = "  users: [\n"
	text := strings.Replace(string(data), users, fmt.Sprintf("%s    { user: %s, password: %q }\n", users, user, s.password), 1)
	return s.write(keys.Authorization, text)
}

func (s *site) nodeConfig(n int) string {
	var b strings.Builder
	p := s.ports[n]
	fmt.Fprintf(&b, "server_name: node-%d\nlisten: 127.0.0.1:%d\nhttp: 127.0.0.1:%d\n", n, p[0], p[2])
	fmt.Fprintf(&b, "jetstream { store_dir: %q, max_memory_store: 64MB, max_file_store: 4GB, sync_interval: always }\n", s.path(fmt.Sprintf("node-%d", n)))
	if s.o.Nodes > 1 {
		var routes []string
		for _, other := range s.ports {
			routes = append(routes, fmt.Sprintf("nats://127.0.0.1:%d", other[1]))
		}
		fmt.Fprintf(&b, "cluster { name: chaos, listen: 127.0.0.1:%d, routes: [%s] }\n", p[1], strings.Join(routes, ", "))
	}
	fmt.Fprintf(&b, "include %q\n", keys.Authorization)
	return b.String()
}

// url returns the addresses of all nodes.
func (s *site) url() string {
	var all []string
	for _, p := range s.ports {
		all = append(all, fmt.Sprintf("nats://127.0.0.1:%d", p[0]))
	}
	return strings.Join(all, ",")
}

// config returns the one configuration of all services.
func (s *site) config(tick time.Duration) string {
	return fmt.Sprintf(`bus: {url: %q, partitions: %d, replicas: %d, max_store: 1GiB, lease: %v, tick_interval: %v, snapshot_interval: 5s, janitor_interval: 5s}
log: {level: info}
collector:
  host: {enabled: false}
  own: {enabled: false}
  logs:
  - {paths: [%q], service: oracle, start: beginning, flush_after: 100ms, poll: 200ms}
notifier:
  retry_max: 5s
  channels:
  - {name: %s, type: webhook, url: %q, secret: %s, rate_per_minute: 60000}
`, s.url(), partitions, s.o.Nodes, s.o.lease(), tick, s.path(alertLog), channel, s.hook.url, hookSecret)
}

// connect lets the observer in.
func (s *site) connect(ctx context.Context) error {
	return poll(ctx, time.Minute, 200*time.Millisecond, func() (err error) {
		if s.nc == nil {
			s.nc, err = nats.Connect(s.url(), nats.UserInfo(user, s.password), nats.MaxReconnects(-1), nats.ReconnectWait(200*time.Millisecond),
				nats.PingInterval(2*time.Second))
		}
		if err != nil {
			return err
		}
		if s.js, err = jetstream.New(s.nc, jetstream.WithDefaultTimeout(5*time.Second)); err != nil {
			return err
		}
		_, err = s.js.AccountInfo(ctx)
		return err
	})
}

// freePorts returns three free ports for each node.
func freePorts(nodes int) ([][3]int, error) {
	all := make([][3]int, nodes)
	for n := range all {
		for i := range all[n] {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return nil, err
			}
			defer l.Close() //nolint:errcheck // only its number is wanted; all are held until the last is chosen
			address, isTCP := l.Addr().(*net.TCPAddr)
			if !isTCP {
				return nil, fmt.Errorf("%v is no port", l.Addr())
			}
			all[n][i] = address.Port
		}
	}
	return all, nil
}
