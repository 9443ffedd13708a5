package anomaly

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// fleet is hosts that are well: their load follows the working day, and what waits, runs and is counted follows the load, each
// by Poisson's law or heavier; busy moments, of minutes to an hour, come to all signals of a host at once, and so do slow ones,
// when the disk or the database takes longer.
type fleet struct {
	random     *rand.Rand
	series     [][]telemetry.TimeSeries // by host
	totals     [][]float64              // by host, what counters have come to
	busy, slow []float64                // by host, what such a moment adds; it wears off
}

// habitsOf are the metrics of a host that the built-in catalogue judges: gauges first, then counters.
var habitsOf = [...]string{
	`node_load1{instance="%s:9100"}`,
	`tomcat_threads_busy_threads{instance="%s:8080",name="http"}`,
	`hikaricp_connections_active{instance="%s:8080",pool="erp"}`,
	`hikaricp_connections_pending{instance="%s:8080",pool="erp"}`,
	`mysql_global_status_threads_running{instance="%s:9104"}`,
	`oracledb_sessions_value{instance="%s:9161",status="ACTIVE",type="USER"}`,

	`node_cpu_seconds_total{cpu="0",instance="%s:9100",mode="idle"}`,
	`node_cpu_seconds_total{cpu="0",instance="%s:9100",mode="iowait"}`,
	`node_cpu_seconds_total{cpu="0",instance="%s:9100",mode="user"}`,
	`node_disk_read_time_seconds_total{device="sda",instance="%s:9100"}`,
	`node_disk_write_time_seconds_total{device="sda",instance="%s:9100"}`,
	`node_disk_reads_completed_total{device="sda",instance="%s:9100"}`,
	`node_disk_writes_completed_total{device="sda",instance="%s:9100"}`,
	`node_netstat_Tcp_RetransSegs{instance="%s:9100"}`,
	`node_netstat_Tcp_OutSegs{instance="%s:9100"}`,
	`http_server_requests_seconds_sum{instance="%s:8080",status="200",uri="/v"}`,
	`http_server_requests_seconds_count{instance="%s:8080",status="200",uri="/v"}`,
	`http_server_requests_seconds_count{instance="%s:8080",status="500",uri="/v"}`,
	`hikaricp_connections_acquire_seconds_sum{instance="%s:8080",pool="erp"}`,
	`hikaricp_connections_acquire_seconds_count{instance="%s:8080",pool="erp"}`,
	`jvm_gc_pause_seconds_sum{action="end of minor GC",instance="%s:8080"}`,
	`mysql_global_status_slow_queries{instance="%s:9104"}`,
	`mysql_global_status_innodb_row_lock_waits{instance="%s:9104"}`,
	`mysql_global_status_aborted_connects{instance="%s:9104"}`,
	`mysql_global_status_aborted_clients{instance="%s:9104"}`,
	`redis_keyspace_hits_total{instance="%s:9121"}`,
	`redis_keyspace_misses_total{instance="%s:9121"}`,
}

const (
	gaugesOf = 6
	// signalsOf is how many signals these are: one each of the gauges, cpu and iowait, disk latency, retransmissions, three of
	// requests, acquisition, collections, three counts of MySQL, Redis' hits.
	signalsOf = gaugesOf + 13
)

func newFleet(t testing.TB, hosts int) *fleet {
	t.Helper()
	f := &fleet{random: rand.New(rand.NewPCG(7, 7)), busy: make([]float64, hosts), slow: make([]float64, hosts)}
	for h := range hosts {
		var all []telemetry.TimeSeries
		for _, pattern := range habitsOf {
			labels, err := telemetry.ParseSeries(fmt.Sprintf(pattern, fmt.Sprintf("erp-%03d", h)))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, telemetry.TimeSeries{Series: telemetry.NewSeries(labels), Samples: make([]telemetry.Sample, 1)})
		}
		f.series = append(f.series, all)
		f.totals = append(f.totals, make([]float64, len(all)))
	}
	return f
}

// batch returns what a host sends at a time.
func (f *fleet) batch(h int, at time.Time) *telemetry.Batch {
	hour := float64(at.Hour()) + float64(at.Minute())/60
	day := math.Exp(-(hour - 14) * (hour - 14) / 18)
	if at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
		day *= 0.2
	}
	if f.busy[h] *= 0.8; f.random.Float64() < 1.0/200 { // one and a half a day
		f.busy[h] += f.random.ExpFloat64()
	}
	if f.slow[h] *= 0.8; f.random.Float64() < 1.0/600 { // one in two days
		f.slow[h] += f.random.ExpFloat64()
	}
	load := (1 + 8*day + 3*f.busy[h]) * math.Exp(0.2*f.random.NormFloat64())
	slow := (1 + f.slow[h]) * math.Exp(0.1*f.random.NormFloat64())
	requests := 20 + f.poisson(60*load)
	reads, writes := 10+f.poisson(30*load), 50+f.poisson(50*load)
	idle, waiting := math.Exp(-0.1*load), min(0.01*load*slow, 0.5)
	values := [...]float64{
		load, f.poisson(3 * load), f.poisson(0.3 * load), f.poisson(0.003 * load * load), 1 + f.poisson(load), f.poisson(2 * load),

		300 * idle * (1 - waiting), 300 * waiting, 300 * (1 - idle) * (1 - waiting),
		0.004 * reads * slow, 0.002 * writes * slow, reads, writes,
		f.poisson(0.2 * load), 100 + 400*load,
		requests * 0.1 * slow * (1 + 0.05*load), requests, f.poisson(0.001 * requests),
		requests * 0.0005 * slow, requests, 0.5 * load * math.Exp(0.3*f.random.NormFloat64()),
		f.poisson(0.02 * load * slow), f.poisson(0.05 * load * slow), f.poisson(0.01), f.poisson(0.02),
		f.poisson(300 * load), f.poisson(10 * load),
	}
	for i, v := range values {
		if f.totals[h][i] += v; i >= gaugesOf {
			v = f.totals[h][i]
		}
		f.series[h][i].Samples[0] = telemetry.Sample{TimeMillis: at.UnixMilli(), Value: v}
	}
	return &telemetry.Batch{Series: f.series[h]}
}

// poisson draws a number of a mean (Knuth, The Art of Computer Programming, 3.4.1).
func (f *fleet) poisson(mean float64) float64 {
	if mean > 30 { // near enough, and much faster
		return math.Round(max(0, mean+math.Sqrt(mean)*f.random.NormFloat64()))
	}
	limit, n := math.Exp(-mean), -1.0
	for p := 1.0; p > limit; n++ {
		p *= f.random.Float64()
	}
	return n
}

var hosts = flag.Int("hosts", 20, "hosts of the simulated fleet that is well")

// TestHealthyFleetWarnsOfNothing holds the budget: what people are told of 200 hosts that are well is at most one incident a
// week. Run it with -hosts 200 for the whole of it.
func TestHealthyFleetWarnsOfNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("it is arithmetic in one goroutine, which takes minutes under the race detector")
	}
	cat, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	const weeks = 8
	f, w := newFleet(t, *hosts), NewWatcher(DefaultConfig(), cat, nil)
	notes, warned, rules := 0, map[string]bool{}, map[string]int{}
	for i := range weeks * 7 * 288 {
		at := newYear.Add(time.Duration(i) * fiveMinutes)
		for h := range *hosts {
			for _, f := range w.Observe(at, f.batch(h, at)) {
				rule, _, _ := strings.Cut(f.Signal, "/")
				switch {
				case f.Action == finding.Opened:
					notes++
					rules[rule]++
				case f.Action == finding.Updated && f.Severity == finding.Warning && !warned[f.Episode]:
					warned[f.Episode] = true
					t.Logf("%s: %s", at.Format(time.DateTime), f.Message.En)
				}
			}
		}
	}
	if n, _ := w.Len(); n != *hosts*signalsOf {
		t.Fatalf("%d signals are judged, want %d of each host", n, signalsOf)
	}
	t.Logf("%d hosts, %d weeks: %d notes, %d warnings; of %v", *hosts, weeks, notes, len(warned), rules)
	if most := *hosts * weeks / 200; len(warned) > most {
		t.Errorf("%d warnings of %d hosts that are well in %d weeks, want at most %d", len(warned), *hosts, weeks, most)
	}
	if notes == 0 {
		t.Error("not one note: nothing was judged")
	}
}
