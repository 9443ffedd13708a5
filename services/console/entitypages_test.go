package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/inventory"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
)

// entityAddress is where the page of an entity is.
func entityAddress(id string) string {
	if len(id) > pipeline.LongKey {
		id = pipeline.Digest(id)
	}
	return "/entities/" + url.PathEscape(id)
}

// memory returns the signal of a host itself.
func memory(host string) signal.State {
	s := volume(host, "/", 0.4, 0)
	s.Key, s.Rule = "host-memory/host:"+host, "host-memory"
	s.Entity = entity.Entity{ID: "host:" + host, Type: entity.Host, Root: "host:" + host, Name: host}
	return s
}

// TestEntities: hosts with what is in them, what is open about both, and one entity's own page.
func TestEntities(t *testing.T) {
	u01, u02, other := volume("erp-01", "/u01", 0.95, 0.9), volume("erp-01", "/u02", 0.3, 0), volume("erp-02", "/u01", 0.5, 0)
	f := start(t, []signal.State{u01, u02, memory("erp-01"), other}, nil, withHistory(&climb{}))
	f.open(fault(u01, finding.Critical, time.Hour))
	for query, want := range map[string]int{"": 5, "?q=ERP-01": 3, "?type=volume": 3, "?type=host&q=erp": 2, "?state=open": 2, "?type=pod": 0, "?in=host:erp-01": 2} {
		if got := f.page("/entities" + query).names(); len(got) != want {
			t.Errorf("/entities%s: %q, want %d", query, got, want)
		}
		if got := len(f.rows("/entities.csv"+query)) - 1; got != want {
			t.Errorf("/entities.csv%s: %d rows, want %d", query, got, want)
		}
	}
	if row := f.rows("/entities?format=csv&type=host&q=erp-01")[1]; !slices.Equal(row, []string{"host:erp-01", "host", "erp-01", "", "3", "1", "critical", u01.Key}) {
		t.Errorf("row %q", row)
	}
	f.page("/entities?lang=en&type=nonsense").says(t, "No entity matches")

	d := f.page(entityAddress("host:erp-01") + "?lang=en")
	d.says(t, "erp-01", "host", "holds 2", "3 signals", "Open incidents", "critical", "/u01 on erp-01 is filling up",
		"Its signals", "host memory", "disk space", "What is in it", "/u01 on erp-01", "/u02 on erp-01")
	if n := len(d.all("img")); n != 3 {
		t.Errorf("%d charts, want 3", n)
	}
	for _, img := range d.all("img") {
		f.svg(attr(img, "src"))
	}
	f.page(entityAddress("volume:erp-01:/u02")+"?lang=en").says(t, "/u02 on erp-01", "in host", "erp-01", "None.", "disk space", "Beside it", "/u01 on erp-01", "Labels", "mountpoint")
	f.page(entityAddress("host:erp-02")+"?lang=zh-CN").says(t, "主机", "包含 1 个对象", "未解决事件", "所含对象")
	if resp, _ := f.get("/entities/host:nowhere", "Accept", "text/html"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("unknown entity: status %d", resp.StatusCode)
	}
	f.page("/signals?lang=en&entity=host:erp-01&rule=filesystem-space").says(t, "Only", "rule filesystem-space", "what belongs to host:erp-01", "1 to 2 of 2")
}

// TestEntitiesArePaged: all of many, each once.
func TestEntitiesArePaged(t *testing.T) {
	var signals []signal.State
	for i := range 60 {
		signals = append(signals, volume(fmt.Sprintf("erp-%03d", i), "/u01", 0.5, 0))
	}
	if seen := start(t, signals, nil).follow("/entities?lang=en"); len(seen) != 120 {
		t.Errorf("%d entities, want 60 hosts and 60 volumes", len(seen))
	}
}

// stock is what arrives, as a test says.
type stock struct {
	targets []inventory.Target
	names   []string
	err     error
}

func (s *stock) Targets(context.Context, time.Time) ([]inventory.Target, error) {
	return s.targets, s.err
}
func (s *stock) Unread(context.Context, time.Time) ([]string, error) { return s.names, s.err }

func (s *stock) Describe(_ context.Context, _ time.Time, _, chosen []string) (out []inventory.Metric, err error) {
	for _, name := range chosen {
		out = append(out, inventory.Metric{Name: name, Series: 3, Example: map[string]string{"queue": name}, Beside: s.names})
	}
	return out, s.err
}

func withArrivals(a Arrivals) fixtureOption { return func(_ *Config, s *Settings) { s.Arrivals = a } }

// TestPipelinePage: how far each reader is, what was lost, what arrives and what of it nobody reads.
func TestPipelinePage(t *testing.T) {
	learning := volume("erp-02", "/var", 0.3, 0)
	learning.Stage, learning.Warmup = signal.Learning, 0.4
	now := time.Now()
	arriving := &stock{
		targets: []inventory.Target{
			{Job: "node", Instance: "a:9100", SeenAt: now, Up: true},
			{Job: "node", Instance: "b:9100", SeenAt: now, Labels: map[string]string{"host": "b"}},
			{Job: "old", Instance: "c:9100", SeenAt: now.Add(-time.Hour), Up: true},
		},
		names: []string{"erp_jobs_info", "erp_queue_length", "erp_queue_limit"},
	}
	f := start(t, []signal.State{volume("erp-01", "/u01", 0.5, 0), learning}, nil, withArrivals(arriving), withLosses)
	if err := f.Bus.DeadLetter(t.Context(), "metrics.00", "cannot be decoded", []byte("garbage\xff")); err != nil {
		t.Fatal(err)
	}
	f.Health.Set("collector/scrape", obs.Degraded, "b:9100 timed out")
	d := f.page("/pipeline?lang=en")
	d.says(t, "The pipeline needs attention", "collector/scrape", "b:9100 timed out", "Signals", "1 ready, 1 learning, 0 silent", "Targets", "cannot be read: 1",
		"Dead letters", "Partitions and their readers", "Lag of trend", bus.StreamName(bus.Metrics, 0), "saved", "Parts", "works in part", "Stores", "probe of the bus",
		"Dropped and refused", "samples refused from their source", "future", "7", "Warm-up", "disk space", "40 %",
		"b:9100", "cannot be read", "a:9100", "is read", "c:9100", "not heard of any more",
		"does not understand", "erp_queue_length", "queue=erp_queue_length", "kind: saturation", "metric: erp_queue_limit",
		"Newest dead letters", "metrics.00", "cannot be decoded", "garbage")
	f.page("/pipeline?lang=zh-CN").says(t, "监测链路需要关注", "分区与读取者", "启动以来的丢弃与拒绝", "预热", "采集目标", "未识别的指标", "最近的死信")

	f.page("/pipeline/targets?lang=en&state=down").says(t, "b:9100", "1 to 1 of 1")
	f.page("/pipeline/unread?lang=en&kind=all").says(t, "forewarn check", "erp_jobs_info", "nothing to judge", "1 to 3 of 3")
	f.page("/pipeline/letters?lang=en&q=decoded").says(t, "cannot be decoded", "1 to 1 of 1")
	f.page("/pipeline/letters?lang=en&q=nothing").says(t, "None.")
	for path, want := range map[string]int{
		"/pipeline/targets.csv?q=node": 2, "/pipeline/unread.csv": 2, "/pipeline/unread?format=csv&kind=all": 3, "/pipeline/letters.csv": 1,
	} {
		if got := len(f.rows(path)) - 1; got != want {
			t.Errorf("%s: %d rows, want %d", path, got, want)
		}
	}
}

// TestPipelinePageWithoutHistory: what nobody keeps is said, and so is what does not answer.
func TestPipelinePageWithoutHistory(t *testing.T) {
	f := start(t, nil, nil)
	f.page("/pipeline?lang=en").says(t, "All parts of the pipeline work", "Nothing.", "Nothing has been measured yet", "No history is kept here", "No history is kept here", "None.")
	f = start(t, nil, nil, withArrivals(&stock{}))
	f.page("/pipeline?lang=en").says(t, "No collector has reported a target", "does not understand", "None.")
	f.page("/pipeline/targets?lang=en&q=x").says(t, "No target matches")
	f.page("/pipeline/unread?lang=en&q=x").says(t, "No metric matches")
	f = start(t, nil, nil, withArrivals(&stock{err: errors.New("slow")}))
	f.page("/pipeline?lang=en").says(t, "The history did not answer", "The history did not answer")
	if resp, _ := f.get("/pipeline/targets.csv"); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("status %d", resp.StatusCode)
	}
}

// TestHostileArrivals: names and labels of strangers stay text.
func TestHostileArrivals(t *testing.T) {
	s := &stock{names: hostile()}
	for _, name := range hostile() {
		s.targets = append(s.targets, inventory.Target{Job: name, Instance: name, Labels: map[string]string{name: name}, SeenAt: time.Now()})
	}
	f := start(t, nil, nil, withArrivals(s))
	for _, name := range hostile() {
		if err := f.Bus.DeadLetter(t.Context(), "x", name, []byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"/pipeline", "/pipeline/targets", "/pipeline/unread?kind=all", "/pipeline/letters"} {
		d := f.page(path)
		if len(d.all("b")) != 0 || len(d.all("img")) != 0 {
			t.Errorf("%s: a name made an element of its own", path)
		}
		if size := len(d.body); size > 300_000 {
			t.Errorf("%s weighs %d bytes", path, size)
		}
	}
	for _, row := range f.rows("/pipeline/targets.csv")[1:] {
		if strings.HasPrefix(row[0], "=") {
			t.Errorf("a formula: %q", row[0])
		}
	}
}
