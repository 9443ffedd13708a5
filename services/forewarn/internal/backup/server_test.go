package backup_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/forewarn/forewarn/services/forewarn/internal/backup"
	"github.com/forewarn/forewarn/services/forewarn/internal/keys"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
)

// guarded starts a NATS server that tells its users apart by the keys that `forewarn keys` makes, and returns its address and the folder of the keys.
func guarded(t *testing.T, partitions int) (url, dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := keys.Write(dir, partitions); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "nats.conf")
	text := "listen: 127.0.0.1:-1\njetstream { store_dir: \"" + filepath.Join(dir, "store") + "\", max_memory_store: 64MB, max_file_store: 4GB }\ninclude \"" + keys.Authorization + "\"\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := server.ProcessConfigFile(file)
	if err != nil {
		t.Fatal(err)
	}
	o.NoLog, o.NoSigs = true, true
	ns, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	ns.Start()
	t.Cleanup(func() { ns.Shutdown(); ns.WaitForShutdown() })
	if !ns.ReadyForConnections(10 * time.Second) {
		t.Fatal("the NATS server is not ready")
	}
	return ns.ClientURL(), dir
}

// TestServerOfYourOwn: the bus on a server is copied with the rights of its key, and restored to another server.
func TestServerOfYourOwn(t *testing.T) {
	url, dir := guarded(t, 2)
	as := func(name string) func(*bus.Config) {
		return func(c *bus.Config) { c.URL, c.Partitions, c.NKeyFile = url, 2, filepath.Join(dir, name+".nk") }
	}
	role := bus.Role{Name: "trend", Prepares: true, Reads: []bus.Reading{{Service: "trend", Input: bus.Metrics}}}
	b, err := bus.Open(t.Context(), bustest.Config(as("trend")), bus.Settings{DataDir: t.TempDir(), Role: &role})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close() //nolint:errcheck // the server is the test's
	if _, err := b.JetStream().Publish(t.Context(), "find.trend.00", []byte("said")); err != nil {
		t.Fatal(err)
	}
	archive, m := take(t, backup.Options{DataDir: filepath.Join(dir, "none"), Bus: bustest.Config(as("backup"))})
	if m.Partitions != 2 {
		t.Errorf("%d partitions, want 2", m.Partitions)
	}

	other := bustest.Config(func(c *bus.Config) { c.URL = bustest.Server(t) })
	o := backup.RestoreOptions{Input: archive, DataDir: t.TempDir(), Bus: other}
	if _, err := backup.Restore(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	again, err := bus.Open(t.Context(), other, bus.Settings{DataDir: o.DataDir})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close() //nolint:errcheck // the server is the test's
	stream, err := again.JetStream().Stream(t.Context(), bus.StreamFindings)
	if err != nil {
		t.Fatal(err)
	}
	if msg, err := stream.GetLastMsgForSubject(t.Context(), "find.trend.00"); err != nil || string(msg.Data) != "said" || again.Partitions() != 2 {
		t.Errorf("%d partitions, finding %v (%v)", again.Partitions(), msg, err)
	}
	o.DataDir = t.TempDir()
	if _, err := backup.Restore(t.Context(), o); err == nil {
		t.Error("it was restored over what is there")
	}
}
