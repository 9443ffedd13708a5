package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/durable"
)

// A message that was damaged on the disk is more than lost: where a stream keeps the newest of each subject, the server has to read it
// before it stores the next one of its subject, and refuses every one for ever. Deleting or purging it fails likewise. So an
// embedded server makes such a stream anew of what can be read of it, each message under the sequence and the time that it had.

// mendWithin bounds the mending of all streams: they are copied on one disk.
const mendWithin = 2 * time.Minute

// mend makes anew what the server found to be damaged, and what an earlier life has not finished. It is called before anybody is let in.
func (h *host) mend(ns *server.Server) error {
	dir := filepath.Join(h.dir, "mend")
	damaged := h.log.takeDamaged()
	left, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(damaged)+len(left) == 0 {
		return err
	}
	nc, err := nats.Connect("", nats.InProcessServer(alone{ns}))
	if err != nil {
		return fmt.Errorf("mend streams: %w", err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return fmt.Errorf("mend streams: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), mendWithin)
	defer cancel()
	m := mender{bus: &Bus{cfg: h.cfg, log: h.log.log, control: nc, controlJS: js, dataJS: js}, dir: dir}
	for _, path := range left {
		err = errors.Join(err, m.finish(ctx, path))
	}
	for _, name := range damaged {
		err = errors.Join(err, m.stream(ctx, name))
	}
	return err
}

// alone lets one connection into a server that others do not know yet.
type alone struct{ ns *server.Server }

// InProcessConn returns a connection.
func (a alone) InProcessConn() (net.Conn, error) { return a.ns.InProcessConn() }

// mender makes streams anew, by way of files in a directory.
type mender struct {
	bus *Bus
	dir string
}

// stream makes a stream anew. The copy is whole on disk before the stream is removed, so that a crash in between loses nothing.
func (m *mender) stream(ctx context.Context, name string) error {
	stream, err := m.bus.dataJS.Stream(ctx, name)
	if err != nil {
		return fmt.Errorf("mend stream %q: %w", name, err)
	}
	if err := os.MkdirAll(m.dir, 0o750); err != nil {
		return fmt.Errorf("mend stream %q: %w", name, err)
	}
	readers, err := durables(ctx, stream)
	if err != nil {
		return fmt.Errorf("mend stream %q: %w", name, err)
	}
	c, err := copyStream(ctx, m.bus.dataJS, stream, m.dir, readers)
	if err != nil {
		return fmt.Errorf("mend stream %q: %w", name, err)
	}
	lost := stream.CachedInfo().State.Msgs - min(c.Messages, stream.CachedInfo().State.Msgs)
	data, err := json.Marshal(c)
	if err == nil {
		err = durable.Replace(c.Path+".json", data)
	}
	if err != nil {
		return fmt.Errorf("mend stream %q: %w", name, err)
	}
	m.bus.log.Error("stream had damaged messages on its disk and is made anew without them", zap.String("stream", name), zap.Uint64("lost", lost), zap.Uint64("kept", c.Messages))
	return m.finish(ctx, c.Path+".json")
}

// finish replaces a stream by its copy.
func (m *mender) finish(ctx context.Context, path string) error {
	var c Copied
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil {
		return fmt.Errorf("mend a stream by %s: %w", path, err)
	}
	c.Path = filepath.Join(m.dir, c.Name)
	in, err := os.Open(c.Path)
	if err != nil {
		return fmt.Errorf("mend stream %q: %w", c.Name, err)
	}
	defer in.Close() //nolint:errcheck // it was only read
	if err := m.bus.dataJS.DeleteStream(ctx, c.Name); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("mend stream %q: %w", c.Name, err)
	}
	if err := m.bus.Restore(ctx, c, in); err != nil {
		return fmt.Errorf("mend: %w", err)
	}
	return errors.Join(os.Remove(path), os.Remove(c.Path))
}
