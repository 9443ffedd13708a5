package embedded

import (
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// FuzzAppend appends any samples: each is counted once, whatever is wrong with it, and honest ones go on to be taken.
func FuzzAppend(f *testing.F) {
	f.Add("a", "b", "c", int64(0), int64(15_000), 1.0)
	f.Add("", "", "", int64(-1), int64(1)<<62, 0.0)
	f.Add("\xff", "b", "c", -(int64(1) << 62), int64(48*3600_000), -1.0)
	f.Add("a", "__name__", "c\x00", int64(-25*3600_000), int64(-25*3600_000), 2.0)
	cfg := history.DefaultConfig()
	cfg.Reserve = 0
	s, err := Open(cfg, Settings{Logger: zap.NewNop(), Dir: f.TempDir()})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	f.Fuzz(func(t *testing.T, metric, name, v string, first, second int64, x float64) {
		now := time.Now().UnixMilli()
		odd := telemetry.NewSeries(telemetry.Labels{{Name: telemetry.MetricName, Value: metric}, {Name: name, Value: v}})
		b := &telemetry.Batch{Series: []telemetry.TimeSeries{
			{Series: odd, Samples: []telemetry.Sample{{TimeMillis: now + first, Value: x}, {TimeMillis: now + second, Value: -x}}},
		}}
		n, err := s.Append(t.Context(), b)
		if err != nil || n.Stored+n.Refused() != 2 {
			t.Fatalf("appended %+v, %v; want two samples counted", n, err)
		}
		n, err = s.Append(t.Context(), historytest.One(historytest.Series("honest"), telemetry.Sample{TimeMillis: time.Now().UnixMilli(), Value: 1}))
		if err != nil || n.Stored+n.Conflicts != 1 || n.TooOld > 0 {
			t.Fatalf("appended %+v, %v; want the honest one stored", n, err)
		}
	})
}
