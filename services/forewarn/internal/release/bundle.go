package release

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// bundled says which folders and files of the repository go where in a bundle.
func bundled() map[string]string {
	return map[string]string{
		"deploy/release/install.sh":     "install.sh",
		"deploy/release/forewarn.yaml":  "etc/forewarn.yaml",
		"deploy/release/calendar.yaml":  "etc/calendar.yaml",
		"deploy/release/catalogue.yaml": "etc/catalogue.yaml",
		"deploy/rules":                  "etc/rules",
		"deploy/transactions":           "etc/transactions",
		"deploy/grafana":                "grafana",
		"docs":                          "docs",
		"README.md":                     "README.md",
		"CHANGELOG.md":                  "CHANGELOG.md",
		"SECURITY.md":                   "SECURITY.md",
		"LICENSE":                       "LICENSE",
	}
}

// units is the folder of the systemd units.
const units = "deploy/systemd"

// entry is a file of a bundle.
type entry struct {
	name, from, sum string
}

// writeBundle packs what a machine without internet needs.
func writeBundle(o Options, from source, p Platform, built []Binary, bill string) error {
	entries := []entry{{name: "forewarn.cdx.json", from: bill}}
	for _, b := range built {
		if b.Platform == p {
			entries = append(entries, entry{name: "bin/" + b.Program, from: b.Path})
		}
	}
	for have, name := range bundled() {
		list, err := collect(filepath.Join(o.Root, filepath.FromSlash(have)), name)
		if err != nil {
			return err
		}
		entries = append(entries, list...)
	}
	services, err := collectUnits(o.Root)
	if err != nil {
		return err
	}
	entries = append(entries, services...)
	name := fmt.Sprintf("forewarn-%s-%s", from.version, p)
	return pack(filepath.Join(o.Dist, name+".tar.gz"), name, entries, from.time)
}

// collect returns the files of a folder, or a single one, under another name.
func collect(from, name string) (list []entry, err error) {
	err = filepath.WalkDir(from, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if !d.Type().IsRegular() {
			return fmt.Errorf("%s is no plain file", file)
		}
		rel, err := filepath.Rel(from, file)
		list = append(list, entry{name: path.Join(name, filepath.ToSlash(rel)), from: file})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("collect what is bundled: %w", err)
	}
	return list, nil
}

// collectUnits returns the systemd units. A folder of them without any is a mistake.
func collectUnits(root string) ([]entry, error) {
	dir := filepath.Join(root, filepath.FromSlash(units))
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	list, err := collect(dir, "systemd")
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(list, func(e entry) bool { return strings.HasSuffix(e.name, ".service") }) {
		return nil, fmt.Errorf("%s has no unit (*.service); write them, or remove the folder", units)
	}
	return list, nil
}

// pack writes entries into an archive, below a folder of the given name: sorted, of one time, of no user, and with their checksums.
func pack(file, folder string, entries []entry, at time.Time) (err error) {
	var sums strings.Builder
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	for i, e := range entries {
		if entries[i].sum, err = sha256Of(e.from); err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%s  %s\n", entries[i].sum, e.name)
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644) //nolint:gosec // for everybody
	if err != nil {
		return err
	}
	z := gzip.NewWriter(f)
	w := tar.NewWriter(z)
	err = add(w, path.Join(folder, sumsName), 0o644, at, int64(sums.Len()), strings.NewReader(sums.String()), nil)
	for i := 0; i < len(entries) && err == nil; i++ {
		err = addEntry(w, folder, &entries[i], at)
	}
	return errors.Join(err, w.Close(), z.Close(), f.Close())
}

func addEntry(w *tar.Writer, folder string, e *entry, at time.Time) error {
	f, err := os.Open(e.from)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	mode := int64(0o644)
	if strings.HasPrefix(e.name, "bin/") || strings.HasSuffix(e.name, ".sh") {
		mode = 0o755
	}
	return add(w, path.Join(folder, e.name), mode, at, info.Size(), f, &e.sum)
}

// add writes one file, and compares its checksum with the one that it had a moment ago.
func add(w *tar.Writer, name string, mode int64, at time.Time, size int64, content io.Reader, want *string) error {
	err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: size, ModTime: at, Format: tar.FormatPAX})
	if err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w, sum), content); err != nil {
		return fmt.Errorf("pack %s: %w", name, err)
	}
	if want != nil && hex.EncodeToString(sum.Sum(nil)) != *want {
		return fmt.Errorf("pack %s: it was changed meanwhile", name)
	}
	return nil
}
