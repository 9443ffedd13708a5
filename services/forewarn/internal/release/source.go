package release

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// source is the commit that is built.
type source struct {
	version string // by git describe, without the v of its tag
	commit  string
	time    time.Time
}

func readSource(ctx context.Context, root string) (s source, err error) {
	// A length of ours for what a commit is called: git's own depends on the clone.
	if s.version, err = git(ctx, root, "describe", "--tags", "--always", "--dirty", "--abbrev=12"); err != nil {
		return s, err
	}
	s.version = strings.TrimPrefix(s.version, "v")
	if s.commit, err = git(ctx, root, "rev-parse", "HEAD"); err != nil {
		return s, err
	}
	stamp, err := git(ctx, root, "log", "-1", "--format=%ct")
	if err != nil {
		return s, err
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return s, fmt.Errorf("time of the commit: %w", err)
	}
	s.time = time.Unix(seconds, 0).UTC()
	return s, nil
}

func git(ctx context.Context, root string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...) //nolint:gosec // arguments of ours
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			err = fmt.Errorf("%w: %s", err, strings.TrimSpace(string(failed.Stderr)))
		}
		return "", fmt.Errorf("git %s in %s: %w; a release is built from a clone, whose commit it names", args[0], root, err)
	}
	return strings.TrimSpace(string(out)), nil
}
