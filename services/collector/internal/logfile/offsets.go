package logfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/forewarn/forewarn/shared/durable"
)

const (
	// fingerprintBytes of a file's beginning tell it from another one under the same identity.
	fingerprintBytes = 256
	// keepOffsets is for how long a file that is not seen is remembered.
	keepOffsets = 7 * 24 * time.Hour
	// settleOffsets is how long after the start each file that is there has been seen by its set.
	settleOffsets = time.Hour
)

// identity tells files apart, whatever their names.
type identity struct {
	Device uint64 `json:"device"`
	Inode  uint64 `json:"inode"`
}

// fingerprint is a hash of a file's first bytes.
type fingerprint struct {
	Bytes int    `json:"bytes"`
	Sum   uint64 `json:"sum"`
}

// fingerprintOf reads the file's first n bytes, fingerprintBytes at most.
func fingerprintOf(f io.ReaderAt, n int64) (fingerprint, error) {
	var buf [fingerprintBytes]byte
	got, err := f.ReadAt(buf[:min(n, fingerprintBytes)], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return fingerprint{}, fmt.Errorf("read first bytes: %w", err)
	}
	return fingerprint{got, xxhash.Sum64(buf[:got])}, nil
}

// endOf returns the fingerprint of what is before the offset; none if it cannot be read, and at the beginning.
func endOf(f io.ReaderAt, offset int64) fingerprint {
	from := max(0, offset-fingerprintBytes)
	out, err := fingerprintOf(io.NewSectionReader(f, from, offset-from), offset-from)
	if err != nil || out.Bytes == 0 {
		return fingerprint{}
	}
	return out
}

// position is how far a file's entries are published.
type position struct {
	identity
	Path        string      `json:"path"`
	Offset      int64       `json:"offset"`
	Fingerprint fingerprint `json:"fingerprint"`
	Seen        time.Time   `json:"seen"`
}

// begins reports whether the file begins as the position says. One that says nothing fits none.
func (p position) begins(f io.ReaderAt) bool {
	if p.Fingerprint.Bytes <= 0 {
		return false
	}
	now, err := fingerprintOf(f, int64(p.Fingerprint.Bytes))
	return err == nil && now == p.Fingerprint
}

// Offsets remembers how far files have been published, in one file that is replaced atomically. It is
// safe for concurrent use.
type Offsets struct {
	path   string
	opened time.Time

	mu       sync.Mutex
	files    map[identity]position
	patterns map[string]bool // that have been watched before
	owners   map[identity]*Watcher
	changed  bool
}

// stored is the form of the file.
type stored struct {
	Version  int        `json:"version"`
	Patterns []string   `json:"patterns"`
	Files    []position `json:"files"`
}

// OpenOffsets reads the file, which need not exist yet; its directory is made. A file that cannot be
// understood is kept aside as <path>.damaged, an error that names it is returned beside an empty memory,
// and files are then read from where their configuration says.
func OpenOffsets(path string) (*Offsets, error) {
	o := &Offsets{
		path: path, opened: time.Now(),
		files: map[identity]position{}, patterns: map[string]bool{}, owners: map[identity]*Watcher{},
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("make directory of log offsets: %w", err)
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return o, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read log offsets: %w", err)
	}
	var s stored
	if err := json.Unmarshal(data, &s); err != nil || s.Version != 1 {
		aside := path + ".damaged"
		return o, errors.Join(fmt.Errorf("log offsets in %s are not understood (version %d): kept as %s, positions are lost",
			path, s.Version, aside), err, os.Rename(path, aside))
	}
	for _, p := range s.Patterns {
		o.patterns[p] = true
	}
	for _, p := range s.Files {
		if p.Offset < 0 { // nobody writes that
			continue
		}
		o.files[p.identity] = p
	}
	return o, nil
}

// get returns the position of a file.
func (o *Offsets) get(id identity) (position, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	p, ok := o.files[id]
	return p, ok
}

// moved returns, and forgets, the position of a file whose device got another number, as at a reboot: of the same
// path and inode, in a file that begins alike.
func (o *Offsets) moved(t *tail) (position, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, p := range o.files {
		if id.Inode == t.Inode && p.Path == t.path && o.owners[id] == nil && p.begins(t.file) {
			delete(o.files, id)
			return p, true
		}
	}
	return position{}, false
}

// claim returns who follows the file: w from now on, if nobody did. A position is of one reader.
func (o *Offsets) claim(id identity, w *Watcher) *Watcher {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.owners[id] == nil {
		o.owners[id] = w
	}
	return o.owners[id]
}

// release lets others claim the file.
func (o *Offsets) release(id identity) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.owners, id)
}

// set remembers a position until the next save.
func (o *Offsets) set(p position) {
	o.mu.Lock()
	defer o.mu.Unlock()
	p.Seen = time.Now().UTC().Truncate(time.Hour)
	if o.files[p.identity] != p {
		o.files[p.identity] = p
		o.changed = true
	}
}

// touch remembers that the file is still there.
func (o *Offsets) touch(id identity) {
	if p, ok := o.get(id); ok {
		o.set(p)
	}
}

// all returns every position.
func (o *Offsets) all() []position {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := make([]position, 0, len(o.files))
	for _, p := range o.files {
		out = append(out, p)
	}
	return out
}

// watch remembers that the patterns are watched, and reports whether all of them were before.
func (o *Offsets) watch(patterns []string) (before bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	before = true
	for _, p := range patterns {
		if !o.patterns[p] {
			before = false
			o.patterns[p], o.changed = true, true
		}
	}
	return before
}

// Save writes what has changed, so that it survives a power cut.
func (o *Offsets) Save() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.changed {
		return nil
	}
	data, err := json.MarshalIndent(o.stored(time.Now()), "", " ")
	if err != nil {
		return fmt.Errorf("encode log offsets: %w", err)
	}
	if err := durable.Replace(o.path, data); err != nil {
		return fmt.Errorf("write log offsets: %w; free space or correct the permissions of the data directory", err)
	}
	o.changed = false
	return nil
}

// stored returns the form to write, without files that have long been gone.
func (o *Offsets) stored(now time.Time) stored {
	s := stored{Version: 1}
	for id, p := range o.files {
		if now.Sub(p.Seen) > keepOffsets && now.Sub(o.opened) > settleOffsets {
			delete(o.files, id)
			continue
		}
		s.Files = append(s.Files, p)
	}
	slices.SortFunc(s.Files, func(a, b position) int {
		return slices.Compare([]uint64{a.Device, a.Inode}, []uint64{b.Device, b.Inode})
	})
	for p := range o.patterns {
		s.Patterns = append(s.Patterns, p)
	}
	slices.Sort(s.Patterns)
	return s
}
