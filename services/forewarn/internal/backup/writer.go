package backup

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// writer writes an archive, member by member.
type writer struct {
	packed *gzip.Writer
	tar    *tar.Writer
	made   time.Time
	list   []Member
}

func newWriter(to io.Writer, made time.Time) (*writer, error) {
	packed, err := gzip.NewWriterLevel(to, gzip.BestSpeed) // most of it is compressed
	if err != nil {
		return nil, err
	}
	return &writer{packed: packed, tar: tar.NewWriter(packed), made: made}, nil
}

// add writes a member of exactly so many bytes.
func (w *writer) add(name string, size int64, content io.Reader) error {
	if err := checkName(name); err != nil {
		return err
	}
	if err := w.head(name, size); err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(w.tar, sum), io.LimitReader(content, size))
	if err == nil && n < size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("write %s into the archive: %w", name, err)
	}
	w.list = append(w.list, Member{Name: name, Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))})
	return nil
}

func (w *writer) head(name string, size int64) error {
	return w.tar.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: w.made, Typeflag: tar.TypeReg})
}

// finish writes the manifest, with the members that were added, and what is left.
func (w *writer) finish(m *Manifest) error {
	m.Format, m.Members = Format, w.list
	data, err := json.MarshalIndent(m, "", " ")
	if err == nil {
		err = w.head(manifestName, int64(len(data)))
	}
	if err == nil {
		_, err = w.tar.Write(data)
	}
	return errors.Join(err, w.tar.Close(), w.packed.Close())
}
