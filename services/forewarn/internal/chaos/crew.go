package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// crew are the processes of an install.
type crew struct {
	site    *site
	nodes   []*member
	workers []*member // trend and anomaly
	others  []*member // historian, notifiers, collector
	feeds   []*member
	config  string // which file services are started with
}

// alertLog is followed by the collector.
const alertLog = "alert_erp.log"

// feedInterval is the time between two steps of a feed.
const feedInterval = 500 * time.Millisecond

func newCrew(s *site) (*crew, error) {
	c := &crew{site: s, config: loudConfig}
	for n := range s.ports {
		c.nodes = append(c.nodes, c.add(fmt.Sprintf("node-%d", n), func() *exec.Cmd {
			return exec.Command(s.o.Program, "node", s.path(fmt.Sprintf("node-%d.conf", n))) //nolint:gosec,noctx // it is ourselves; it ends by a signal
		}))
	}
	for _, group := range []struct {
		into    *[]*member
		service string
		n       int
	}{{&c.workers, "trend", 2}, {&c.workers, "anomaly", 2}, {&c.others, "historian", 1}, {&c.others, "notifier", 2}, {&c.others, "collector", 1}} {
		for n := range group.n {
			m, err := c.service(group.service, n)
			if err != nil {
				return nil, err
			}
			*group.into = append(*group.into, m)
		}
	}
	for n := range 2 {
		name := fmt.Sprintf("feed-%d", n)
		c.feeds = append(c.feeds, c.add(name, func() *exec.Cmd {
			return exec.Command(s.o.Program, "feed", "--name", name, "--seed", strconv.FormatUint(s.o.Seed, 10), //nolint:gosec,noctx // it is ourselves; it ends by a signal
				"--url", s.url(), "--key", s.path("collector.nk"), "--data-dir", s.path(name), "--ledger", s.path(name+".ledger"),
				"--interval", feedInterval.String(), "--pools", strconv.Itoa(s.o.Pools))
		}))
	}
	return c, nil
}

func (c *crew) add(name string, command func() *exec.Cmd) *member {
	return &member{name: name, command: command, output: c.site.path(name + ".log")}
}

// service returns the member for the n-th process of a service.
func (c *crew) service(service string, n int) (*member, error) {
	ports, err := freePorts(1)
	if err != nil {
		return nil, err
	}
	s, name, address := c.site, fmt.Sprintf("%s-%d", service, n), fmt.Sprintf("127.0.0.1:%d", ports[0][0])
	m := c.add(name, func() *exec.Cmd {
		cmd := exec.Command(filepath.Join(s.o.Programs, service), "--config", s.path(c.config), "--data-dir", s.path(name), "--listen", address) //nolint:gosec,noctx // likewise
		cmd.Env = append(os.Environ(), "FOREWARN_BUS_NKEY_FILE="+s.path(service+".nk"))
		return cmd
	})
	m.address = address
	return m, nil
}

// services returns all but nodes and feeds.
func (c *crew) services() []*member { return append(append([]*member(nil), c.workers...), c.others...) }

// all returns all members.
func (c *crew) all() []*member { return append(append(c.services(), c.feeds...), c.nodes...) }

// begin starts the install, in the order that its documentation gives, and registers the reader that never reads on, so
// that nothing is purged.
func (c *crew) begin(ctx context.Context) error {
	if err := start(c.nodes); err != nil {
		return err
	}
	if err := c.site.connect(ctx); err != nil {
		return fmt.Errorf("reach the NATS nodes: %w", err)
	}
	if err := c.healthyNodes(ctx); err != nil {
		return err
	}
	if err := start(c.workers[:1]); err != nil {
		return err
	}
	if err := poll(ctx, time.Minute, 200*time.Millisecond, func() error { return c.site.keepAll(ctx) }); err != nil {
		return fmt.Errorf("wait for the streams: %w", err)
	}
	if err := start(append(c.services()[1:], c.feeds...)); err != nil {
		return err
	}
	return c.ready(ctx)
}

func start(all []*member) error {
	for _, m := range all {
		if err := m.start(); err != nil {
			return err
		}
	}
	return nil
}

// ready waits until all services are.
func (c *crew) ready(ctx context.Context) error {
	for _, m := range c.services() {
		if err := m.ready(ctx); err != nil {
			return err
		}
	}
	return nil
}

// healthyNodes waits until all nodes say that their streams are current.
func (c *crew) healthyNodes(ctx context.Context) error {
	for n, p := range c.site.ports {
		err := poll(ctx, time.Minute, 300*time.Millisecond, func() error { return fetch(ctx, fmt.Sprintf("http://127.0.0.1:%d/healthz", p[2]), nil) })
		if err != nil {
			return fmt.Errorf("node %d is not healthy: %w", n, err)
		}
	}
	return nil
}

// fetch reads a page into body, if that is not nil. An error holds what the page says.
func fetch(ctx context.Context, url string, body *string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	client := http.Client{Timeout: 30 * time.Second}
	answer, err := client.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close() //nolint:errcheck // read to its end
	data, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", answer.Status, strings.TrimSpace(string(data)))
	}
	if body != nil {
		*body = string(data)
	}
	return err
}

// stop asks members to end, one after the other, and returns who did not end well.
func stop(all []*member) error {
	var errs []error
	for _, m := range all {
		errs = append(errs, m.stop(70*time.Second))
	}
	return errors.Join(errs...)
}

// end kills whatever is left.
func (c *crew) end() {
	for _, m := range c.all() {
		m.signal(syscall.SIGCONT)
		m.close()
	}
}
