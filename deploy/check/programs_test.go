package check

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

const root = "../.."

// services are the programs that run apart; the single binary, forewarn, is no service.
func services() []string {
	return []string{"anomaly", "collector", "console", "examiner", "historian", "notifier", "planner", "trend"}
}

// read returns a file of the repository.
func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// packages returns what the image builds.
func packages() ([]string, error) {
	data, err := os.ReadFile(filepath.Join(root, "deploy/image/Dockerfile"))
	return regexp.MustCompile(`\./services/[a-z/]+`).FindAllString(string(data), -1), err
}

// programs builds, once for all tests, what the image builds, and returns the folder: bin/deploy, where what has not changed stays.
var programs = sync.OnceValues(func() (string, error) { //nolint:gochecknoglobals // one build for all tests
	all, err := packages()
	if err != nil {
		return "", err
	}
	dir, err := filepath.Abs(filepath.Join(root, "bin/deploy"))
	if err != nil {
		return "", err
	}
	build := exec.Command("go", append([]string{"build", "-o", dir + "/"}, all...)...)
	build.Dir, build.Env = root, append(os.Environ(), "GOWORK=")
	if out, err := build.CombinedOutput(); err != nil {
		return dir, fmt.Errorf("build what the image has: %w\n%s", err, out)
	}
	return dir, nil
})

// bin returns the folder of the programs.
func bin(t *testing.T) string {
	t.Helper()
	dir, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// run runs a program and returns what it says.
func run(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// write writes a file that others need not read.
func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// need fails, or skips loudly where not all tools must be there.
func need(t *testing.T, tool string) {
	t.Helper()
	if _, err := exec.LookPath(tool); err == nil {
		return
	}
	if os.Getenv("FOREWARN_REQUIRE_SERVERS") == "1" {
		t.Fatalf("FOREWARN_REQUIRE_SERVERS=1, and %s is not installed", tool)
	}
	t.Skipf("SKIPPED, not tested here: %s is not installed", tool)
}

// TestImage: the image has every program of the repository that is meant to be run, and each says who it is.
func TestImage(t *testing.T) {
	built, err := packages()
	if err != nil {
		t.Fatal(err)
	}
	mains, err := filepath.Glob(filepath.Join(root, "services/*/cmd/*/main.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, main := range mains {
		dir, err := filepath.Rel(root, filepath.Dir(main))
		if err != nil {
			t.Fatal(err)
		}
		service, name := strings.Split(dir, "/")[1], path.Base(dir)
		if service == name && !slices.Contains(built, "./"+dir) {
			t.Errorf("deploy/image/Dockerfile does not build ./%s", dir)
		}
	}
	for _, name := range services() {
		if out := run(t, nil, filepath.Join(bin(t), name), "--version"); !strings.HasPrefix(out, name+" ") {
			t.Errorf("%s says %q", name, out)
		}
	}
}
