package load

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// worker is a process of a service, with what its metrics said at the last look.
type worker struct {
	cmd *exec.Cmd
	// service is whose process it is, and reader the name under which that reads metrics.
	service, reader string

	url      string
	held     int           // partitions
	consumed int64         // messages
	cpu      time.Duration // of processors
}

// newWorker starts a program on one processor, with its data in a directory.
func newWorker(program, config, dir string) (*worker, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil { // only its number was wanted
		return nil, err
	}
	w := &worker{url: "http://" + address + "/metrics"}
	w.cmd = exec.Command(program, "--config", config, "--data-dir", dir, "--listen", address) //nolint:gosec,noctx // our own program; it ends by a signal
	w.cmd.Env, w.cmd.Stderr = append(os.Environ(), "GOMAXPROCS=1"), os.Stderr
	return w, w.cmd.Start()
}

func (w *worker) freeze() { _ = w.cmd.Process.Signal(syscall.SIGSTOP) } // one that has ended is missed at the next look
func (w *worker) thaw()   { _ = w.cmd.Process.Signal(syscall.SIGCONT) }

// end kills it; its directory is thrown away.
func (w *worker) end() {
	_ = w.cmd.Process.Kill()
	_ = w.cmd.Wait() // it was killed
}

// look reads its metrics.
func (w *worker) look(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url, nil)
	if err != nil {
		return err
	}
	client := http.Client{Timeout: 10 * time.Second}
	answer, err := client.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close() //nolint:errcheck // read to its end
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(answer.Body)
	if err != nil {
		return fmt.Errorf("metrics of %s: %w", w.url, err)
	}
	w.held = int(sum(families["forewarn_bus_partitions_held"], w.reader))
	w.consumed = int64(sum(families["forewarn_bus_consumed_total"], w.reader))
	w.cpu = time.Duration(sum(families["process_cpu_seconds_total"], "") * float64(time.Second))
	return nil
}

// sum adds the values of a family that have a service's label; without a service all.
func sum(f *dto.MetricFamily, service string) (total float64) {
	for _, m := range f.GetMetric() {
		mine := service == ""
		for _, l := range m.GetLabel() {
			mine = mine || l.GetName() == "service" && l.GetValue() == service
		}
		if mine {
			total += m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return total
}
