package logfile

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.uber.org/zap"
)

// discover opens files that have come, and notes those that have gone.
func (w *Watcher) discover(now time.Time) error {
	paths, err := w.config.Files()
	if err != nil {
		return err
	}
	known := true
	if !w.began {
		known = w.Offsets.watch(w.config.Paths)
	}
	present := map[identity]bool{}
	var errs []error
	for _, path := range paths {
		id, err := w.meet(path, known)
		if err != nil {
			errs = append(errs, err)
		}
		present[id] = true
	}
	if !w.began {
		errs = append(errs, w.findRenamed(present))
	}
	w.began = true
	for id, t := range w.tails {
		switch {
		case present[id]:
			t.gone = time.Time{}
			w.Offsets.touch(id)
		case t.gone.IsZero():
			t.gone = now
			w.Metrics.rotations.Inc()
		}
	}
	if err := errors.Join(errs...); err != nil || len(w.tails) > 0 {
		return err
	}
	return errors.New("no file matches; correct paths, or let their owner give this user the right to see them")
}

// meet opens a file unless it is open. known says that its set has been watched before, so that the file
// must be new if its position is not remembered.
func (w *Watcher) meet(path string, known bool) (identity, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return identity{}, nil // a moment too late, or a dangling link
	}
	if err != nil {
		return identity{}, fmt.Errorf("%w; give this user the right to see it", err)
	}
	id := identify(path, info)
	if !info.Mode().IsRegular() || w.tails[id] != nil {
		return id, nil
	}
	if len(w.tails) >= maxFiles {
		return id, fmt.Errorf("more than %d files match; narrow paths or set exclude, %s is left out", maxFiles, path)
	}
	return id, w.open(path, known)
}

func (w *Watcher) open(path string, known bool) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%w; give this user the right to read it, for example by the group adm", err)
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(fmt.Errorf("stat %s: %w", path, err), f.Close())
	}
	if owner := w.Offsets.claim(identify(path, info), w); owner != w {
		return errors.Join(fmt.Errorf("%s is followed by %q already; exclude it from one of the two sets", path, owner.config.Name()), f.Close())
	}
	t := &tail{
		identity: identify(path, info), path: path, file: f,
		max: int(w.config.MaxLineBytes), joiner: joiner{first: w.first, max: int(w.config.MaxLineBytes)},
	}
	start := w.start(t, info.Size(), known)
	t.offset, t.published = start, start
	t.size = info.Size()
	t.end = endOf(f, start)
	w.tails[t.identity] = t
	w.Metrics.files.Inc()
	w.Part.Logger().Info("following log file", zap.String("file", path), zap.Int64("offset", start))
	return nil
}

// start returns where to begin: where the last run ended if it is the same file, where the original is published if
// it is a copy, else as configured.
func (w *Watcher) start(t *tail, size int64, known bool) int64 {
	p, ok := w.Offsets.get(t.identity)
	if !ok {
		p, ok = w.Offsets.moved(t)
	}
	if !ok {
		p, ok = w.original(t)
	}
	if ok && p.Offset <= size && p.begins(t.file) {
		t.path = cmp.Or(p.Path, t.path)
		t.print = p.Fingerprint
		w.Offsets.set(position{identity: t.identity, Path: t.path, Offset: p.Offset, Fingerprint: t.print})
		return p.Offset
	}
	start := int64(0)
	if !ok && !known && w.config.Start == startEnd {
		start = size
	}
	t.print, _ = fingerprintOf(t.file, start) //nolint:errcheck // then none is kept, and reading tells
	w.Offsets.set(position{identity: t.identity, Path: t.path, Offset: start, Fingerprint: t.print})
	return start
}

// original returns how far the file is published of which t is a copy, made before that file was emptied
// (copytruncate). It begins as that one did, and has the same before the position.
func (w *Watcher) original(t *tail) (position, bool) {
	for _, other := range w.tails {
		if filepath.Dir(other.path) != filepath.Dir(t.path) {
			continue
		}
		for _, m := range []mark{other.mark, other.emptied} {
			if m.print.Bytes == fingerprintBytes && m.end == endOf(t.file, m.published) {
				p := position{Path: t.path, Offset: m.published, Fingerprint: m.print}
				return p, p.begins(t.file)
			}
		}
	}
	return position{}, false
}

// findRenamed opens the files of this set that were renamed out of its patterns while nobody watched, for
// what was written to them before.
func (w *Watcher) findRenamed(present map[identity]bool) error {
	var errs []error
	for _, p := range w.Offsets.all() {
		if present[p.identity] || w.tails[p.identity] != nil || !w.config.matches(p.Path) {
			continue
		}
		if path, ok := renamed(p); ok {
			errs = append(errs, w.open(path, true))
		}
	}
	return errors.Join(errs...)
}

// renamed returns the path in the same directory under which there is more to read of a file.
func renamed(p position) (string, bool) {
	dir := filepath.Dir(p.Path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", false // the directory is gone, and the file with it
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		info, err := os.Stat(path)
		if err == nil && info.Mode().IsRegular() && identify(path, info) == p.identity && info.Size() > p.Offset {
			return path, beginsAt(path, p)
		}
	}
	return "", false
}

// beginsAt reports whether the file at path begins as the position says: an identity may come again when a file
// is removed.
func beginsAt(path string, p position) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return p.begins(f)
}
