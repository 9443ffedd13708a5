package chaos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/forewarn/forewarn/shared/pause"
)

// member is a process that is started again when it ends, as by a supervisor.
type member struct {
	name    string
	command func() *exec.Cmd // a new one for each life
	output  string           // where what it says of itself is appended
	address string           // of its health, "" if it has none

	mu     sync.Mutex
	life   *life
	alone  []string // how lives ended that nobody had ended
	closed bool
}

// life is one run of a member's program.
type life struct {
	cmd   *exec.Cmd
	asked bool // its end was asked for
	ended chan struct{}
}

// respawn is how long a supervisor waits before it starts a process again that has ended by itself.
const respawn = time.Second

// start begins a life, unless one is at hand.
func (m *member) start() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed || m.life != nil {
		return nil
	}
	out, err := os.OpenFile(m.output, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close() //nolint:errcheck // the process has its own handle
	l := &life{cmd: m.command(), ended: make(chan struct{})}
	l.cmd.Stdout, l.cmd.Stderr = out, out
	if err := l.cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", m.name, err)
	}
	m.life = l
	go m.wait(l)
	return nil
}

// wait sees a life end, and begins another one if nobody has asked for that.
func (m *member) wait(l *life) {
	err := l.cmd.Wait()
	if m.bury(l, err) {
		return
	}
	time.Sleep(respawn)
	if err := m.start(); err != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.alone = append(m.alone, err.Error())
	}
}

// bury notes the end of a life, and tells whether it was asked for.
func (m *member) bury(l *life, err error) (asked bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.life = nil
	if asked = l.asked || m.closed; !asked {
		m.alone = append(m.alone, fmt.Sprintf("%s ended by itself: %v", m.name, err))
	}
	close(l.ended)
	return asked
}

// signal sends a signal to the life at hand.
func (m *member) signal(s syscall.Signal) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.life != nil {
		_ = m.life.cmd.Process.Signal(s) // one that has just ended has nothing to be told
	}
}

// kill ends the life at hand without warning. It stays dead until start.
func (m *member) kill() {
	if l := m.ask(syscall.SIGKILL); l != nil {
		<-l.ended
	}
}

// stop asks the process to end and returns an error unless it does so, with status 0.
func (m *member) stop(within time.Duration) error {
	l := m.ask(syscall.SIGTERM)
	if l == nil {
		return nil
	}
	late := time.NewTimer(within)
	defer late.Stop()
	select {
	case <-l.ended:
	case <-late.C:
		m.kill()
		return fmt.Errorf("%s did not stop within %v", m.name, within)
	}
	if code := l.cmd.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("%s ended with status %d when it was stopped; see %s", m.name, code, m.output)
	}
	return nil
}

// ready waits until the process says that it is, if it tells its health.
func (m *member) ready(ctx context.Context) error {
	if m.address == "" {
		return nil
	}
	err := poll(ctx, time.Minute, 200*time.Millisecond, func() error { return fetch(ctx, "http://"+m.address+"/readyz", nil) })
	if err != nil {
		return fmt.Errorf("%s is not ready: %w", m.name, err)
	}
	return nil
}

// ask sends the signal that ends a life and returns that, nil if there was none.
func (m *member) ask(s syscall.Signal) *life {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.life == nil {
		return nil
	}
	m.life.asked = true
	_ = m.life.cmd.Process.Signal(s) // it may have ended
	return m.life
}

// close ends the process for good.
func (m *member) close() {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.kill()
}

// died returns how lives ended that nobody had ended.
func (m *member) died() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.alone
}

// poll calls done until it returns nil, every interval; after within it gives up with its last error.
func poll(ctx context.Context, within, interval time.Duration, done func() error) error {
	deadline := time.Now().Add(within)
	for {
		err := done()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not within %v: %w", within, err)
		}
		if !pause.For(ctx, interval) {
			return errors.Join(ctx.Err(), err)
		}
	}
}
