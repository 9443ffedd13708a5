package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/durable"
	"github.com/forewarn/forewarn/shared/i18n"
)

// File is a file of the configuration.
type File struct {
	// Name is its path in the folder configuration of the archive.
	Name    string
	Content []byte
}

// Options say what to copy.
type Options struct {
	// DataDir is the data directory, Bus the section of the configuration.
	DataDir string
	Bus     bus.Config
	// History tells that the samples of the embedded history are copied, too.
	History bool
	// Configuration is copied as it is; LeftOut is what the manifest says of what is not.
	Configuration []File
	LeftOut       []i18n.Text
	// MadeBy names the program and its version.
	MadeBy string
	// Logger; nil logs nothing.
	Logger *zap.Logger
	// Observe is told what share is done, 0 to 1; nil for nobody.
	Observe func(share float64)
}

// busShare is what part of the work the bus is, for who watches.
const busShare = 0.8

// Role returns what a program that takes a copy does on the bus.
func Role() bus.Role { return bus.Role{Name: "backup", Copies: true} }

// Take writes an archive to out and returns its manifest. After an error what was written is of no use.
func Take(ctx context.Context, o Options, out io.Writer) (*Manifest, error) {
	if o.Observe == nil {
		o.Observe = func(float64) {}
	}
	m := &Manifest{Made: time.Now().UTC().Truncate(time.Second), MadeBy: o.MadeBy, LeftOut: o.LeftOut}
	w, err := newWriter(out, m.Made)
	if err != nil {
		return nil, err
	}
	for _, f := range o.Configuration {
		if err := w.add(path.Join(folderConfiguration, f.Name), int64(len(f.Content)), bytes.NewReader(f.Content)); err != nil {
			return nil, err
		}
	}
	// Positions before what was read up to them, and the spool before the bus, to which its batches go: what is in both
	// is recognised by its id, and what is in neither would be lost.
	for _, folder := range []string{folderCollector, folderSpool} {
		if err := addFolder(w, o.DataDir, folder); err != nil {
			return nil, err
		}
	}
	if err := addBus(ctx, w, o, m); err != nil {
		return nil, err
	}
	if o.History {
		if err := addHistory(ctx, w, o.DataDir); err != nil {
			return nil, err
		}
	}
	o.Observe(1)
	return m, w.finish(m)
}

// addFolder adds the small files of a folder of the data directory, if that is there, without locks and what is being written.
func addFolder(w *writer, dataDir, folder string) error {
	root := filepath.Join(dataDir, folder)
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // gone meanwhile, as what was sent is
		case err != nil:
			return err
		case !d.Type().IsRegular() || d.Name() == "lock" || strings.HasSuffix(name, durable.Temporary):
			return nil
		}
		data, err := os.ReadFile(name) //nolint:gosec // nobody else may write in the data directory
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dataDir, name)
		if err != nil {
			return err
		}
		return w.add(filepath.ToSlash(rel), int64(len(data)), bytes.NewReader(data))
	})
	if err != nil {
		return fmt.Errorf("copy %s: %w", root, err)
	}
	return nil
}

// addBus copies the bus and adds its streams.
func addBus(ctx context.Context, w *writer, o Options, m *Manifest) error {
	dir, err := os.MkdirTemp("", "forewarn-backup-")
	if err != nil {
		return fmt.Errorf("directory for what is copied of the bus: %w; name another one by TMPDIR", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it is a temporary one
	role := Role()
	b, err := bus.Reach(ctx, o.Bus, bus.Settings{Logger: o.Logger, DataDir: o.DataDir, Role: &role})
	if err != nil {
		return err
	}
	defer b.Close() //nolint:errcheck // nothing was written
	c, err := b.Copy(ctx, dir, func(share float64) { o.Observe(busShare * share) })
	if err != nil {
		return fmt.Errorf("%w; the copies are made in %s, another directory with more room is named by TMPDIR", err, filepath.Dir(dir))
	}
	m.Partitions, m.Streams, m.Notes = b.Partitions(), c.Streams, c.Notes
	for i := range c.Streams {
		if err := addFile(w, path.Join(folderBus, c.Streams[i].Name), c.Streams[i].Path); err != nil {
			return err
		}
	}
	return nil
}

// addFile adds a file as it is now: what is appended meanwhile is left.
func addFile(w *writer, name, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return w.add(name, info.Size(), f)
}
