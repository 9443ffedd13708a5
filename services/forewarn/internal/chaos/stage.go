package chaos

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// stage is what happens in a partition at a step.
type stage struct {
	feed      Feed
	step      int
	partition int
	now       int64            // Unix milliseconds
	of        func(string) int // the partition of a root
	rand      *rand.Rand
}

const (
	volumes  = 6
	diskSize = 1e12
	// strangers is how many steps pass between two hosts that are new in a partition, and whose database has no room.
	strangers = 2
)

// host returns a name that belongs to the partition.
func (s *stage) host(name string) string {
	for n := 0; ; n++ {
		if h := fmt.Sprintf("%s-%s-%d", s.feed.Name, name, n); s.of("host:"+h) == s.partition {
			return h
		}
	}
}

// random returns what is random at this step, the same in each life.
func (s *stage) random() *rand.Rand {
	if s.rand == nil {
		s.rand = rand.New(rand.NewPCG(s.feed.Seed, uint64(s.step*partitions+s.partition))) //nolint:gosec // it is to be repeatable
	}
	return s.rand
}

// metrics are volumes that fill in minutes, stay full for longer than a static rule wants, and are emptied; a host's
// memory, which goes up and down; and pools of which nothing is to be said.
func (s *stage) metrics() *telemetry.Batch {
	b := &telemetry.Batch{}
	host := s.host("disk")
	for v := range volumes {
		at := func(metric string, value float64) {
			b.Series = append(b.Series, telemetry.TimeSeries{
				Series: telemetry.NewSeries(telemetry.NewLabels(
					telemetry.Label{Name: telemetry.MetricName, Value: metric}, telemetry.Label{Name: "host", Value: host},
					telemetry.Label{Name: "device", Value: "sd" + string(rune('a'+v))}, telemetry.Label{Name: "fstype", Value: "xfs"},
					telemetry.Label{Name: "mountpoint", Value: fmt.Sprintf("/u%02d", v)})),
				Samples: []telemetry.Sample{{TimeMillis: s.now, Value: value}},
			})
		}
		at("node_filesystem_size_bytes", diskSize)
		at("node_filesystem_avail_bytes", diskSize*(1-s.filled(v)))
	}
	for metric, value := range map[string]float64{"node_memory_MemTotal_bytes": 64e9, "node_memory_MemAvailable_bytes": 32e9 + 8e9*s.random().NormFloat64()} {
		b.Series = append(b.Series, telemetry.TimeSeries{
			Series: telemetry.NewSeries(telemetry.NewLabels(
				telemetry.Label{Name: telemetry.MetricName, Value: metric}, telemetry.Label{Name: "host", Value: host})),
			Samples: []telemetry.Sample{{TimeMillis: s.now, Value: value}},
		})
	}
	for p := range s.feed.Pools {
		b.Series = append(b.Series, telemetry.TimeSeries{
			Series: telemetry.NewSeries(telemetry.NewLabels(
				telemetry.Label{Name: telemetry.MetricName, Value: "hikaricp_connections_active"}, telemetry.Label{Name: "host", Value: host},
				telemetry.Label{Name: "pool", Value: fmt.Sprintf("pool-%d", p)})),
			Samples: []telemetry.Sample{{TimeMillis: s.now, Value: 20 + s.random().NormFloat64()}},
		})
	}
	return b
}

// filled returns the share of a volume that is used: from 50 % to 99 %, where it stays, and back.
func (s *stage) filled(volume int) float64 {
	const filling, full = 90 * time.Second, 80 * time.Second
	period := filling + full + time.Duration(10*volume)*time.Second
	at := (time.Duration(s.step)*s.feed.Interval + time.Duration(volume)*31*time.Second) % period
	rise := min(1, at.Seconds()/filling.Seconds())
	return 0.5 + 0.485*rise + 0.005*s.random().Float64()
}

// logs are lines that say nothing, and now and then a host that was never heard of, whose database has no room.
func (s *stage) logs() []byte {
	out := s.entry(s.host("calm"), fmt.Sprintf("Thread 1 advanced to log sequence %d", s.step))
	if s.step%strangers == 0 {
		out = append(out, s.entry(s.host(fmt.Sprintf("new-%d", s.step)),
			"ORA-01653: unable to extend table NC.GL_DETAIL by 8192 in tablespace NNC_DATA01")...)
	}
	return out
}

// entry is one entry of a log; several after each other are one message, as OTLP has it.
func (s *stage) entry(host, text string) []byte {
	return telemetry.AppendLogs(nil, &telemetry.LogBatch{
		Origin: telemetry.NewLabels(telemetry.Label{Name: "host", Value: host},
			telemetry.Label{Name: "file", Value: "/u01/alert.log"}, telemetry.Label{Name: "service", Value: "oracle"}),
		Records: []telemetry.LogRecord{{TimeMillis: s.now, Body: text}},
	})
}
