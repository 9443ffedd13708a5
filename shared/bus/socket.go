package bus

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/zap"
)

// socket is the path on which the embedded server of another process is reached.
type socket string

var _ nats.InProcessConnProvider = socket("")

// dialTimeout bounds the connection to a process on this machine.
const dialTimeout = 5 * time.Second

// InProcessConn connects to the process that has the socket.
func (s socket) InProcessConn() (net.Conn, error) { return s.dial(context.Background()) }

func (s socket) dial(ctx context.Context) (net.Conn, error) {
	return (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "unix", string(s))
}

// socketPath is where the process that has the data directory lets others in. The socket has a directory of its own that only its
// user may enter, from the beginning on: rights of the socket itself could only be set after it is there.
func (b *Bus) socketPath() string { return filepath.Join(b.storeDir(), "local", "socket") }

// admit lets programs of the same user on this machine reach the embedded server, until ctx ends. What cannot be had, as on a
// file system without sockets, is said and done without: only [Reach] needs it.
func (b *Bus) admit(ctx context.Context) error {
	l, err := listenLocal(ctx, b.socketPath())
	if err != nil {
		b.log.Warn("no socket in the data directory: `forewarn backup` works only while this program is stopped", zap.Error(err))
		return nil
	}
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	var guests sync.WaitGroup
	defer guests.Wait()
	for {
		conn, err := l.Accept()
		if err != nil {
			return nil //nolint:nilerr // it was closed, or goes with the process
		}
		guests.Go(func() { b.bridge(ctx, conn) })
	}
}

func listenLocal(ctx context.Context, path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) { // of a process that was killed: the directory's lock is ours
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("%w (a path of %d bytes; systems allow some 100)", err, len(path))
	}
	return l, nil
}

// bridge carries bytes between a guest and the server until one of them leaves or ctx ends.
func (b *Bus) bridge(ctx context.Context, guest net.Conn) {
	defer guest.Close() //nolint:errcheck // nothing is left to write
	server, err := b.host.InProcessConn()
	if err != nil {
		b.log.Info("embedded bus cannot be reached from outside now", zap.Error(err))
		return
	}
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	stop := context.AfterFunc(ctx, func() { _ = guest.Close(); _ = server.Close() })
	defer stop()
	var both sync.WaitGroup
	for _, c := range [][2]net.Conn{{guest, server}, {server, guest}} {
		both.Go(func() {
			defer leave()
			_, _ = io.Copy(c[0], c[1]) // how it ends, both ends learn
		})
	}
	both.Wait()
}
