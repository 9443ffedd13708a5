package e2e

import (
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/machinetest"
)

// TestNodeExporter scrapes a real node_exporter: its series arrive, can be queried, and its volumes are the
// same entities as those that the host collector sees on this machine.
func TestNodeExporter(t *testing.T) {
	path := machinetest.Program(t, "prometheus-node-exporter", "prometheus-node-exporter")
	address := freeAddress(t)
	exporter := exec.Command(path, "--web.listen-address="+address)
	if err := exporter.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		exporter.Process.Kill() //nolint:errcheck // it may have ended
		exporter.Wait()         //nolint:errcheck // it was killed
	})
	p := up(t, t.TempDir(), fmt.Sprintf(`
collector:
  host: {interval: 5s}
  scrape:
    - {url: "http://%s/metrics", interval: 1s, job: node}
`, address))

	eventually(t, 30*time.Second, func() error {
		var answer struct {
			Data struct {
				Result []struct {
					Metric map[string]string
					Value  [2]any
				}
			}
		}
		if err := p.get(`/prometheus/api/v1/query?query=up{job="node"}`, &answer); err != nil {
			return err
		}
		if r := answer.Data.Result; len(r) != 1 || r[0].Value[1] != "1" || r[0].Metric["instance"] != address {
			return fmt.Errorf("up: %+v", r)
		}
		return nil
	})
	eventually(t, 30*time.Second, func() error {
		var list struct {
			Signals []struct {
				Key     string
				Sources []string
			} `json:"signals"`
		}
		if err := p.get("/api/v1/signals?limit=500", &list); err != nil {
			return err
		}
		for _, s := range list.Signals {
			if s.Key == "filesystem-space/volume:"+hostname()+":/" {
				if len(s.Sources) == 2 && strings.Contains(s.Sources[0], address) {
					return nil // the denser sender is listened to, the other one named
				}
				return fmt.Errorf("sources of /: %q", s.Sources)
			}
		}
		return fmt.Errorf("/ of this host is not among %+v", list.Signals)
	})
	p.stop()
}

// freeAddress returns a loopback address that nobody listened on a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // only its address is wanted
	return l.Addr().String()
}
