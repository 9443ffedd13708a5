// Package e2e runs the real program on real input: file systems that fill, exporters that are scraped, processes
// that are killed. It holds tests only.
package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary builds the program once for all tests.
var binary = sync.OnceValues(func() (string, error) { //nolint:gochecknoglobals // one build for all tests
	dir, err := os.MkdirTemp("", "forewarn-e2e")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "forewarn")
	out, err := exec.Command("go", "build", "-o", path, "github.com/forewarn/forewarn/services/forewarn").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
})

// parallel is how many tests run side by side, more than there are processors: most of their time they wait for a program that waits itself.
const parallel = 5

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == "node" || os.Args[1] == "feed") { // of TestChaos
		os.Exit(chaosPart(os.Args[1:]))
	}
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(parallel)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	code := m.Run()
	if path, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(path)) //nolint:errcheck // a leftover in the temporary directory
	}
	os.Exit(code)
}

// program is a running `forewarn up`.
type program struct {
	t   *testing.T
	cmd *exec.Cmd
	url string

	mu     sync.Mutex
	output bytes.Buffer
	ended  chan struct{}
}

// up starts the program and waits until it has said where its page is.
func up(t *testing.T, dataDir, config string) *program {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "forewarn.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, ended: make(chan struct{})}
	p.cmd = exec.Command(path, "up", "--config", file, "--data-dir", dataDir, "--listen", "127.0.0.1:0")
	p.cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	reader, writer := io.Pipe()
	p.cmd.Stdout, p.cmd.Stderr = writer, writer
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 1)
	go p.read(reader, said)
	go func() {
		_ = p.cmd.Wait() // tests look at ProcessState
		writer.Close()   //nolint:errcheck // never fails
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("program said:\n%s", p.said())
		}
	})
	select {
	case p.url = <-said:
	case <-p.ended:
		t.Fatalf("the program ended at once:\n%s", p.said())
	case <-time.After(30 * time.Second):
		t.Fatalf("the program did not say where its page is:\n%s", p.said())
	}
	return p
}

// read keeps the output, and hands over the first address in it.
func (p *program) read(r io.Reader, said chan<- string) {
	address := regexp.MustCompile(`page +(http://\S+?)/?$`)
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		p.mu.Lock()
		p.output.WriteString(lines.Text() + "\n")
		p.mu.Unlock()
		if m := address.FindStringSubmatch(lines.Text()); m != nil {
			select {
			case said <- m[1]:
			default:
			}
		}
	}
}

func (p *program) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.String()
}

// kill ends the program as a power cut would, and waits for it.
func (p *program) kill() {
	_ = p.cmd.Process.Kill() // it may have ended already
	<-p.ended
}

// stop asks the program to end, and fails the test unless it does within ten seconds with status 0.
func (p *program) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(10 * time.Second):
		p.t.Fatalf("the program did not stop within 10 s:\n%s", p.said())
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		p.t.Fatalf("the program ended with status %d:\n%s", code, p.said())
	}
}

// get reads a path into v, or returns the error.
func (p *program) get(path string, v any) error {
	resp, err := http.Get(p.url + path)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s: %s", path, resp.Status, body)
	}
	if s, ok := v.(*string); ok {
		*s = string(body)
		return nil
	}
	return json.Unmarshal(body, v)
}

// incidents returns all incidents whose signal contains the words.
func (p *program) incidents(words string) ([]incidentView, error) {
	var list struct {
		Incidents []incidentView `json:"incidents"`
	}
	if err := p.get("/api/v1/incidents?limit=100", &list); err != nil {
		return nil, err
	}
	var out []incidentView
	for _, i := range list.Incidents {
		if strings.Contains(i.Signal, words) {
			out = append(out, i)
		}
	}
	return out, nil
}

// incidentView is what the tests read of an incident.
type incidentView struct {
	ID       string    `json:"id"`
	State    string    `json:"state"`
	Signal   string    `json:"signal"`
	Severity string    `json:"severity"`
	OpenedAt time.Time `json:"opened_at"`
	Used     float64   `json:"used"`
	Limit    float64   `json:"limit"`
	ETA      struct {
		P10, P50, P90 *time.Time
	} `json:"eta"`
}

// eventually waits until done returns nil, and fails with its last error after the time.
func eventually(t *testing.T, within time.Duration, done func() error) {
	t.Helper()
	deadline := time.Now().Add(within)
	for {
		err := done()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %v", within, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}
