package anomaly

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// fleet is hosts that are well: their load follows the working day, and what waits and runs follows the load, each by
// Poisson's law or heavier; busy moments, of minutes to an hour, come to all signals of a host at once.
type fleet struct {
	random *rand.Rand
	series [][]telemetry.TimeSeries // by host
	busy   []float64                // by host, what a busy moment adds to the load; it wears off
}

// habitsOf are the metrics of a host that the built-in catalogue judges.
var habitsOf = [...]string{
	`node_load1{instance="%s:9100"}`,
	`tomcat_threads_busy_threads{instance="%s:8080",name="http"}`,
	`hikaricp_connections_active{instance="%s:8080",pool="erp"}`,
	`mysql_global_status_threads_running{instance="%s:9104"}`,
	`oracledb_sessions_value{instance="%s:9161",status="ACTIVE",type="USER"}`,
}

func newFleet(t testing.TB, hosts int) *fleet {
	t.Helper()
	f := &fleet{random: rand.New(rand.NewPCG(7, 7)), busy: make([]float64, hosts)}
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
	load := (1 + 8*day + 3*f.busy[h]) * math.Exp(0.2*f.random.NormFloat64())
	for i, v := range [...]float64{
		load, f.poisson(3 * load), f.poisson(0.3 * load), 1 + f.poisson(load), f.poisson(2 * load),
	} {
		f.series[h][i].Samples[0] = telemetry.Sample{TimeMillis: at.UnixMilli(), Value: v}
	}
	return &telemetry.Batch{Series: f.series[h]}
}

// poisson draws a number of a mean (Knuth, The Art of Computer Programming, 3.4.1).
func (f *fleet) poisson(mean float64) float64 {
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
	cat, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	const weeks = 8
	f, w := newFleet(t, *hosts), NewWatcher(DefaultConfig(), cat, nil)
	said := map[finding.Severity]int{}
	for i := range weeks * 7 * 288 {
		at := newYear.Add(time.Duration(i) * fiveMinutes)
		for h := range *hosts {
			for _, f := range w.Observe(at, f.batch(h, at)) {
				if f.Action == finding.Opened {
					said[f.Severity]++
				}
			}
		}
	}
	if n, _ := w.Len(); n != *hosts*len(habitsOf) {
		t.Fatalf("%d signals are judged, want %d of each host", n, len(habitsOf))
	}
	t.Logf("%d hosts, %d weeks: %d notes, %d warnings", *hosts, weeks, said[finding.Info], said[finding.Warning])
	if most := *hosts * weeks / 200; said[finding.Warning] > most {
		t.Errorf("%d warnings of %d hosts that are well in %d weeks, want at most %d", said[finding.Warning], *hosts, weeks, most)
	}
	if said[finding.Info] == 0 {
		t.Error("not one note: nothing was judged")
	}
}
