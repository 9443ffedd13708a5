package release

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Platform is what programs are built for.
type Platform struct{ OS, Arch string }

// String returns it as in the names of files.
func (p Platform) String() string { return p.OS + "-" + p.Arch }

// ParsePlatform reads what String returns.
func ParsePlatform(s string) (Platform, error) {
	system, arch, ok := strings.Cut(s, "-")
	if !ok || system == "" || arch == "" {
		return Platform{}, fmt.Errorf("platform %q: write it as linux-amd64", s)
	}
	return Platform{system, arch}, nil
}

// windows is where only the collector runs: on machines that are watched.
const windows = "windows"

// Platforms returns those of a release.
func Platforms() []Platform {
	return []Platform{{"linux", "amd64"}, {"linux", "arm64"}, {windows, "amd64"}}
}

// Options say what to build.
type Options struct {
	// Root is the root of the repository, Dist the directory for what is built, which is emptied first.
	Root, Dist string
	Platforms  []Platform
	// Progress is told what is being done.
	Progress io.Writer
}

// Build builds a release of the commit that is checked out.
func Build(ctx context.Context, o Options) error {
	from, err := readSource(ctx, o.Root)
	if err != nil {
		return err
	}
	if err := prepare(o.Dist); err != nil {
		return err
	}
	var built []Binary
	for _, p := range o.Platforms {
		say(o, "building %s for %s", from.version, p)
		list, err := compile(ctx, o, from, p)
		if err != nil {
			return err
		}
		built = append(built, list...)
	}
	say(o, "listing what they are made of")
	bill := filepath.Join(o.Dist, "forewarn-"+from.version+".cdx.json")
	if err := writeBill(bill, from, built); err != nil {
		return err
	}
	for _, p := range o.Platforms {
		if p.OS == windows {
			continue
		}
		say(o, "packing the bundle for %s", p)
		if err := writeBundle(o, from, p, built, bill); err != nil {
			return err
		}
	}
	return writeSums(o.Dist)
}

// prepare empties the directory for what is built. Of what is in it we must have been the first: somebody may name a wrong one.
func prepare(dir string) error {
	mark := filepath.Join(dir, sumsName)
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		if _, err := os.Stat(mark); err != nil {
			return fmt.Errorf("%s is not empty and holds no release (no %s); name another directory by --dist, or remove it", dir, sumsName)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("empty %s: %w", dir, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // for everybody, as what it holds
		return err
	}
	return os.WriteFile(mark, nil, 0o644) //nolint:gosec // for everybody
}

func say(o Options, format string, args ...any) {
	fmt.Fprintf(o.Progress, format+"\n", args...) //nolint:errcheck // nobody reads
}

// writeSums writes the checksums of all files of a directory in the form of sha256sum.
func writeSums(dir string) error {
	files, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, f := range files {
		if f.Name() == sumsName {
			continue
		}
		sum, err := sha256Of(filepath.Join(dir, f.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s  %s\n", sum, f.Name())
	}
	return os.WriteFile(filepath.Join(dir, sumsName), []byte(b.String()), 0o644) //nolint:gosec // for everybody
}

// sumsName is the file with the checksums, beside what is released and within each bundle.
const sumsName = "SHA256SUMS"
