package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/bus"
)

// RestoreOptions say what to restore and where.
type RestoreOptions struct {
	// Input is the archive, DataDir a directory that is empty or not there.
	Input, DataDir string
	// Bus is the section of the configuration. If it names a server, the streams are restored there.
	Bus bus.Config
	// Logger; nil logs nothing.
	Logger *zap.Logger
	// Observe is told what share is done, 0 to 1; nil for nobody.
	Observe func(share float64)
}

// unfinished is where everything is put until all of it is there.
const unfinished = ".restoring"

// Restore makes an install of an archive and returns what the archive says of itself.
func Restore(ctx context.Context, o RestoreOptions) (*Manifest, error) {
	if o.Observe == nil {
		o.Observe = func(float64) {}
	}
	if err := empty(o.DataDir); err != nil {
		return nil, err
	}
	f, err := os.Open(o.Input)
	if err != nil {
		return nil, fmt.Errorf("archive: %w; correct --input", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	m, err := verify(observed(ctx, f, func(share float64) { o.Observe(share / 2) }))
	if err != nil {
		return nil, fmt.Errorf("archive %s: %w", o.Input, err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read archive %s again: %w; it must be a file, not a pipe", o.Input, err)
	}
	if err := os.MkdirAll(o.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w; choose another by --data-dir", err)
	}
	if err := restore(ctx, o, m, observed(ctx, f, func(share float64) { o.Observe((1 + share) / 2) })); err != nil {
		return nil, errors.Join(err, clearDir(o.DataDir))
	}
	return m, nil
}

// empty refuses a directory that something is in.
func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("data directory: %w; choose another by --data-dir", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("data directory %s is not empty, and nothing is restored over what is there; name a new one by --data-dir, or move that one away", dir)
	}
	return nil
}

// restore writes everything beside its place, and moves it there when all is on disk, the bus last.
func restore(ctx context.Context, o RestoreOptions, m *Manifest, in io.Reader) error {
	stage := filepath.Join(o.DataDir, unfinished)
	if err := os.Mkdir(stage, 0o700); err != nil {
		return fmt.Errorf("data directory: %w; choose another by --data-dir", err)
	}
	b, err := bus.Vacant(ctx, o.Bus, bus.Settings{Logger: o.Logger, DataDir: stage}, m.Streams)
	if err != nil {
		return err
	}
	if err := fill(ctx, b, m, stage, in); err != nil {
		return errors.Join(err, b.Close())
	}
	if err := b.Close(); err != nil {
		return fmt.Errorf("close what was restored: %w", err)
	}
	if err := syncTree(stage); err != nil {
		return err
	}
	folders := folders()
	slices.Reverse(folders)
	for _, folder := range folders {
		err := os.Rename(filepath.Join(stage, folder), filepath.Join(o.DataDir, folder))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("move what was restored into its place: %w", err)
		}
	}
	return errors.Join(os.Remove(stage), syncPath(o.DataDir))
}

// fill writes the members: streams to the bus, everything else as files. Streams that a server outside has taken are removed again if it fails.
func fill(ctx context.Context, b *bus.Bus, m *Manifest, stage string, in io.Reader) error {
	var done []string
	_, err := members(in, func(name string, _ int64, content io.Reader) error {
		stream, ok := strings.CutPrefix(name, folderBus+"/")
		if !ok {
			return writeFile(filepath.Join(stage, filepath.FromSlash(name)), content)
		}
		i := slices.IndexFunc(m.Streams, func(s bus.Copied) bool { return s.Name == stream })
		if i < 0 {
			return fmt.Errorf("member %s: the archive was changed while it was read", name)
		}
		done = append(done, stream)
		return b.Restore(ctx, m.Streams[i], content)
	})
	if err == nil {
		return nil
	}
	for _, stream := range done {
		_ = b.JetStream().DeleteStream(context.WithoutCancel(ctx), stream) // best effort: the error tells of the first trouble
	}
	return err
}

func writeFile(path string, content io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Close())
}

// syncTree has everything below a directory written to disk.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() && !d.IsDir() {
			return err
		}
		return syncPath(path)
	})
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// watched is a file whose reading is watched, and ends with a context.
type watched struct {
	ctx     context.Context //nolint:containedctx // io.Reader has no place for it
	in      io.Reader
	n, size int64
	observe func(share float64)
}

func observed(ctx context.Context, f *os.File, observe func(share float64)) io.Reader {
	w := &watched{ctx: ctx, in: f, observe: observe}
	if info, err := f.Stat(); err == nil {
		w.size = info.Size()
	}
	return w
}

// Read reads on, and tells how far it is.
func (w *watched) Read(p []byte) (int, error) {
	if w.ctx.Err() != nil {
		return 0, w.ctx.Err()
	}
	n, err := w.in.Read(p)
	w.n += int64(n)
	w.observe(float64(w.n) / float64(max(w.size, 1)))
	return n, err
}
