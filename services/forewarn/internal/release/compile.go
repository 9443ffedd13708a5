package release

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Binary is a program that was built.
type Binary struct {
	Program  string
	Platform Platform
	// Path is where it is.
	Path string
}

// main is the single binary, and the folder of the tools beside it, which are not released.
const mainProgram = "forewarn"

// programs returns the packages of the programs of a release by their names.
func programs(root string) (map[string]string, error) {
	all := map[string]string{mainProgram: "./services/" + mainProgram}
	found, err := filepath.Glob(filepath.Join(root, "services", "*", "cmd", "*", "main.go"))
	if err != nil {
		return nil, err
	}
	for _, file := range found {
		rel, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return nil, err
		}
		if rel = filepath.ToSlash(rel); !strings.HasPrefix(rel, "services/"+mainProgram+"/") {
			all[path.Base(rel)] = "./" + rel
		}
	}
	return all, nil
}

// compile builds the programs for a platform.
func compile(ctx context.Context, o Options, from source, p Platform) (built []Binary, err error) {
	all, err := programs(o.Root)
	if err != nil {
		return nil, err
	}
	suffix := ""
	if p.OS == windows {
		all, suffix = map[string]string{"collector": all["collector"]}, ".exe"
	}
	dir, err := os.MkdirTemp(o.Dist, ".build-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it is in the way of nobody
	var packages []string
	for _, pkg := range all {
		packages = append(packages, pkg)
	}
	slices.Sort(packages)
	if err := goBuild(ctx, o.Root, dir, from, p, packages); err != nil {
		return nil, err
	}
	for name := range all {
		b := Binary{name, p, filepath.Join(o.Dist, fmt.Sprintf("%s-%s-%s%s", name, from.version, p, suffix))}
		if err := os.Rename(filepath.Join(dir, name+suffix), b.Path); err != nil {
			return nil, err
		}
		built = append(built, b)
	}
	slices.SortFunc(built, func(a, b Binary) int { return strings.Compare(a.Path, b.Path) })
	return built, nil
}

// goBuild builds packages into a directory. What a developer has set for the tool chain does not count.
func goBuild(ctx context.Context, root, dir string, from source, p Platform, packages []string) error {
	const release = "github.com/forewarn/forewarn/shared/version.release"
	args := []string{"build", "-trimpath", "-buildvcs=true", "-ldflags", "-s -w -X " + release + "=" + from.version, "-o", dir + string(filepath.Separator)}
	cmd := exec.CommandContext(ctx, "go", append(args, packages...)...) //nolint:gosec // packages of the repository
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=", "GOEXPERIMENT=", "GOAMD64=v1", "GOARM64=v8.0", "GOOS="+p.OS, "GOARCH="+p.Arch)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("build for %s: %w\n%s", p, err, said.String())
	}
	return nil
}

// sha256Of returns the checksum of a file in hexadecimal digits.
func sha256Of(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // it was only read
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
