package check

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// free returns addresses on this machine that nobody listens on.
func free(t *testing.T, n int) []string {
	t.Helper()
	out := make([]string, n)
	for i := range out {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		out[i] = l.Addr().String()
	}
	return out
}

// TestCluster: the three nodes of the compose file find each other over TLS, and services with the keys, certificates and configuration
// of the compose file make the streams on them, in three copies, and are ready.
func TestCluster(t *testing.T) {
	secrets := prepared(t)
	at := free(t, 8)
	routes := []string{"nats-1:6222", at[3], "nats-2:6222", at[4], "nats-3:6222", at[5]}
	for i := range 3 {
		t.Setenv("NATS_NAME", fmt.Sprintf("nats-%d", i+1))
		file := here(t, secrets, "deploy/compose/nats.conf", append([]string{
			"0.0.0.0:4222", at[i], "0.0.0.0:6222", at[3+i], "127.0.0.1:8222", "127.0.0.1:-1",
			`"/data"`, fmt.Sprintf("%q", t.TempDir()), "sync_interval: always", "sync_interval: 1m", // the test writes nothing of worth
		}, routes...)...)
		node(t, file, filepath.Join(secrets, "nats/authorization.conf"))
	}
	config := here(t, secrets, "deploy/compose/forewarn.yaml", "nats-1:4222", at[0], "nats-2:4222", at[1], "nats-3:4222", at[2],
		"replicas: 3", "replicas: 3\n  max_store: 2GiB")
	start(t, secrets, config, "trend", at[6])
	start(t, secrets, config, "notifier", at[7])
}

// node runs a NATS server until the test ends, with the file of who may do what beside its configuration.
func node(t *testing.T, file, authorization string) {
	t.Helper()
	data, err := os.ReadFile(authorization)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(filepath.Dir(file), filepath.Base(authorization)), string(data))
	options, err := server.ProcessConfigFile(file)
	if err != nil {
		t.Fatal(err)
	}
	options.NoSigs, options.NoLog = true, true
	s, err := server.NewServer(options)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
}

// start runs a service until the test ends, and waits until it is ready.
func start(t *testing.T, secrets, config, name, address string) {
	t.Helper()
	env := append(os.Environ(), "FOREWARN_BUS_NKEY_FILE="+filepath.Join(secrets, "nats", name+".nk"), "FOREWARN_BUS_CONNECT_TIMEOUT=3m")
	args := []string{"--config", config, "--data-dir", t.TempDir(), "--listen", address}
	cmd := exec.Command(filepath.Join(bin(t), name), args...)
	var said bytes.Buffer
	cmd.Env, cmd.Stderr = env, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-ended })
	deadline := time.NewTimer(4 * time.Minute)
	defer deadline.Stop()
	err := errors.New("not asked yet")
	for err != nil {
		select {
		case <-ended:
			t.Fatalf("%s ended:\n%s", name, said.String())
		case <-deadline.C:
			t.Fatalf("%s is not ready: %v", name, err)
		case <-time.After(200 * time.Millisecond):
		}
		probe := exec.Command(cmd.Path, append(args, "--probe")...)
		probe.Env = env
		_, err = probe.Output()
	}
}
