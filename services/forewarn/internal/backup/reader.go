package backup

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// members calls take with each member of an archive but the manifest, in their order, and returns the manifest at the end, which it has read but
// not compared with them.
func members(in io.Reader, take func(name string, size int64, content io.Reader) error) (*Manifest, error) {
	packed, err := gzip.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("it is no archive of `forewarn backup`: %w", err)
	}
	r := tar.NewReader(packed)
	for n := 0; ; n++ {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the archive has no manifest, so it was not finished; take another one")
		}
		if err != nil {
			return nil, fmt.Errorf("the archive is damaged or was cut off: %w", err)
		}
		if h.Typeflag != tar.TypeReg {
			return nil, fmt.Errorf("member %q is no plain file; the archive is not of `forewarn backup`", h.Name)
		}
		if h.Name == manifestName {
			m, err := readManifest(r, h.Size)
			return m, errors.Join(err, ended(r, packed))
		}
		if err := checkName(h.Name); err != nil {
			return nil, err
		}
		if n == maxMembers {
			return nil, fmt.Errorf("the archive has more than the %d members that it may have; it is damaged", maxMembers)
		}
		if err := take(h.Name, h.Size, r); err != nil {
			return nil, err
		}
	}
}

func readManifest(r *tar.Reader, size int64) (*Manifest, error) {
	if size > maxManifest {
		return nil, fmt.Errorf("the manifest has %d bytes, more than the %d that it may have; the archive is damaged", size, maxManifest)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("the archive is damaged or was cut off: %w", err)
	}
	return decodeManifest(data)
}

// ended makes sure that nothing stands behind the manifest.
func ended(r *tar.Reader, packed io.Reader) error {
	h, err := r.Next()
	if err == nil {
		return fmt.Errorf("member %q stands behind the manifest; the archive is damaged", h.Name)
	}
	if errors.Is(err, io.EOF) {
		var n int64
		if n, err = io.Copy(io.Discard, packed); n > 0 { // gzip compares its own checksum at its end
			err = fmt.Errorf("%d bytes stand behind the manifest", n)
		}
	}
	if err != nil {
		return fmt.Errorf("the archive is damaged: %w", err)
	}
	return nil
}

// verify reads a whole archive and returns its manifest if every member is what that says.
func verify(in io.Reader) (*Manifest, error) {
	found := map[string]Member{}
	m, err := members(in, func(name string, size int64, content io.Reader) error {
		sum := sha256.New()
		if _, err := io.Copy(sum, content); err != nil {
			return fmt.Errorf("the archive is damaged or was cut off in %s: %w", name, err)
		}
		if _, twice := found[name]; twice {
			return fmt.Errorf("%s is in the archive twice; somebody has changed it: nothing is restored", name)
		}
		found[name] = Member{name, size, hex.EncodeToString(sum.Sum(nil))}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(found) != len(m.Members) {
		return nil, fmt.Errorf("the archive has %d members, and %d by its manifest; it is damaged, take another one", len(found), len(m.Members))
	}
	for _, want := range m.Members {
		if found[want.Name] != want {
			return nil, fmt.Errorf("the content of %s is not what the manifest says (size and SHA-256); the archive is damaged, take another one", want.Name)
		}
	}
	return m, nil
}
