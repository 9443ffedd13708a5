// Package programs builds the services' programs, for what runs them as processes.
package programs

import (
	"context"
	"fmt"
	"os/exec"
)

// All are the services that are programs of their own.
func All() []string {
	return []string{"collector", "historian", "trend", "anomaly", "notifier", "console", "planner", "examiner"}
}

// Build builds the programs of services into a folder, each under its service's name.
func Build(ctx context.Context, dir string, services ...string) error {
	args := []string{"build", "-o", dir + "/"}
	for _, name := range services {
		args = append(args, fmt.Sprintf("github.com/forewarn/forewarn/services/%s/cmd/%[1]s", name))
	}
	if out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil { //nolint:gosec // our own packages
		return fmt.Errorf("build the services: %w\n%s", err, out)
	}
	return nil
}
