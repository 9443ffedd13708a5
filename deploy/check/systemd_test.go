package check

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSystemd: systemd takes the units, for each service, and holds them to be well protected.
func TestSystemd(t *testing.T) {
	need(t, "systemd-analyze")
	units := map[string]string{"forewarn.service": "forewarn.service", "forewarn-collector.service": "forewarn-collector.service"}
	for _, name := range services() {
		if name != "collector" {
			units["forewarn@"+name+".service"] = "forewarn@.service"
		}
	}
	dir := t.TempDir() // a system in which they are installed
	install := func(name, data string, mode os.FileMode) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), mode); err != nil {
			t.Fatal(err)
		}
	}
	install("usr/bin/forewarn", "", 0o755)
	for _, name := range services() {
		install("usr/lib/forewarn/"+name, "", 0o755)
	}
	for _, target := range []string{"basic", "multi-user", "network-online", "shutdown", "sysinit"} {
		install("usr/lib/systemd/system/"+target+".target", "[Unit]\nDescription="+target+"\n", 0o644)
	}
	for name, file := range units {
		text := read(t, "deploy/systemd/"+file)
		install("etc/systemd/system/"+name, text, 0o644)
		for _, want := range []string{"User=forewarn", "ProtectSystem=strict", "NoNewPrivileges=yes", "StateDirectory=forewarn", "Restart=on-failure"} {
			if !strings.Contains(text, "\n"+want) {
				t.Errorf("%s lacks %s", file, want)
			}
		}
	}
	for name := range units {
		if out := run(t, nil, "systemd-analyze", "verify", "--root="+dir, "--man=no", name); out != "" {
			t.Errorf("%s: %s", name, out)
		}
		run(t, nil, "systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", "--root="+dir, name)
	}
}
