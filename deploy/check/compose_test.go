package check

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// composed returns the project as compose reads it.
func composed(t *testing.T) *types.Project {
	t.Helper()
	file := filepath.Join(root, "deploy/compose/compose.yaml")
	project, err := loader.LoadWithContext(context.Background(), types.ConfigDetails{
		WorkingDir: filepath.Dir(file), ConfigFiles: []types.ConfigFile{{Filename: file}},
	}, func(o *loader.Options) { o.SkipResolveEnvironment = true })
	if err != nil {
		t.Fatal(err)
	}
	return project
}

// TestCompose: each service runs the program of its name with its own key, may do little, and is asked for its health where it tells it.
func TestCompose(t *testing.T) {
	project := composed(t)
	for _, name := range services() {
		s, ok := project.Services[name]
		if !ok {
			t.Errorf("there is no service %s", name)
			continue
		}
		if s.User != "65532:65532" || !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s may do more than it needs: user %s, read_only %v, cap_drop %v, %v", name, s.User, s.ReadOnly, s.CapDrop, s.SecurityOpt)
		}
		if len(s.Command) != 3 || s.Command[0] != name || s.HealthCheck == nil ||
			!slices.Equal(s.HealthCheck.Test, []string{"CMD", name, "--probe", s.Command[1], s.Command[2]}) {
			t.Errorf("%s runs %q and is asked by %+v", name, s.Command, s.HealthCheck)
		}
		keys := slices.DeleteFunc(slices.Clone(s.Secrets), func(f types.ServiceSecretConfig) bool { return !strings.HasSuffix(f.Source, ".nk") })
		if len(keys) != 1 || keys[0].Source != name+".nk" || keys[0].Target != "nkey" {
			t.Errorf("%s has the keys %+v", name, keys)
		}
		influx := slices.ContainsFunc(s.Secrets, func(f types.ServiceSecretConfig) bool { return f.Source == "influxdb.token" })
		if influx != (name == "historian") {
			t.Errorf("%s has the token of the history: %v", name, influx)
		}
	}
	for _, node := range []string{"nats-1", "nats-2", "nats-3"} {
		s := project.Services[node]
		if v := s.Environment["NATS_NAME"]; v == nil || *v != node || s.User != "65532:65532" || !s.ReadOnly || s.HealthCheck == nil {
			t.Errorf("%s: %+v", node, s)
		}
	}
}

// prepared makes the secrets as the manual says, and returns their folder.
func prepared(t *testing.T) string {
	t.Helper()
	need(t, "openssl")
	dir := filepath.Join(t.TempDir(), "secrets")
	env := []string{"SECRETS=" + dir, "FOREWARN=" + filepath.Join(bin(t), "forewarn")}
	script := filepath.Join(root, "deploy/compose/prepare")
	run(t, env, "bash", script)
	key, err := os.ReadFile(filepath.Join(dir, "nats/trend.nk"))
	if err != nil {
		t.Fatal(err)
	}
	run(t, append(env, "KEYS_AGAIN=1"), "bash", script) // as after an upgrade
	if again, err := os.ReadFile(filepath.Join(dir, "nats/trend.nk")); err != nil || string(again) != string(key) {
		t.Errorf("a key is made anew: %v", err)
	}
	for name, secret := range composed(t).Secrets {
		_, file, _ := strings.Cut(secret.File, "/secrets/")
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			t.Errorf("prepare does not make the secret %s: %v", name, err)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder of the secrets can be read by others: %v, %v", info, err)
	}
	return dir
}

// here returns a file with the paths that containers have replaced by those of this machine, and other texts by others.
func here(t *testing.T, secrets, file string, replace ...string) string {
	t.Helper()
	text := strings.NewReplacer(append([]string{"/run/secrets/", secrets + "/"}, replace...)...).Replace(read(t, file))
	out := filepath.Join(t.TempDir(), filepath.Base(file))
	write(t, out, text)
	return out
}

// TestComposeConfiguration: every program takes the one configuration file, with the secrets that prepare makes.
func TestComposeConfiguration(t *testing.T) {
	secrets := prepared(t)
	for _, name := range services() {
		key := filepath.Join(secrets, "nats", name+".nk")
		out := run(t, []string{"FOREWARN_BUS_NKEY_FILE=" + key}, filepath.Join(bin(t), name), "--check", "--config", here(t, secrets, "deploy/compose/forewarn.yaml"))
		if !strings.Contains(out, "the configuration is valid") {
			t.Errorf("%s: %s", name, out)
		}
	}
	// What is scraped is where it is told.
	scraped := regexp.MustCompile(`https://([a-z]+):(\d+)/metrics`).FindAllStringSubmatch(read(t, "deploy/compose/forewarn.yaml"), -1)
	project := composed(t)
	for _, m := range scraped {
		if command := project.Services[m[1]].Command; len(command) < 3 || command[2] != "0.0.0.0:"+m[2] {
			t.Errorf("%s is scraped at port %s, and runs %q", m[1], m[2], command)
		}
	}
	if len(scraped) != len(services())-1 {
		t.Errorf("%s services are scraped", strconv.Itoa(len(scraped)))
	}
}
