package telemetry_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/VictoriaMetrics/easyproto"
	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/telemetry"
)

var nan = math.NaN()

func newLogBatch() *telemetry.LogBatch {
	return &telemetry.LogBatch{
		Origin: telemetry.NewLabels(telemetry.Label{Name: "host", Value: "erp-01"}, telemetry.Label{Name: "file", Value: "/var/log/erp.log"}),
		Records: []telemetry.LogRecord{
			{TimeMillis: 1_790_000_000_123, Severity: telemetry.SeverityError, Body: "java.lang.OutOfMemoryError\n\tat 订单.java:17"},
			{TimeMillis: 1_790_000_000_124, Body: ""},
		},
	}
}

func TestLogsRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 200 {
		want := telemetry.LogBatch{Origin: randomLabels(r)}
		for range 1 + r.IntN(4) {
			want.Records = append(want.Records, telemetry.LogRecord{
				TimeMillis: r.Int64N(1 << 44), Severity: telemetry.Severity(r.IntN(25)), Body: randomLabels(r).String(),
			})
		}
		got, err := telemetry.DecodeLogs(telemetry.AppendLogs(nil, &want))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]telemetry.LogBatch{want}, got); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestLogTimesAreClamped(t *testing.T) {
	f := func(millis, want int64) {
		t.Helper()
		lb := &telemetry.LogBatch{Records: []telemetry.LogRecord{{TimeMillis: millis}}}
		got, err := telemetry.DecodeLogs(telemetry.AppendLogs(nil, lb))
		if err != nil {
			t.Fatal(err)
		}
		if got[0].Records[0].TimeMillis != want {
			t.Errorf("%d came back as %d, want %d", millis, got[0].Records[0].TimeMillis, want)
		}
	}
	const last = 18_446_744_073_709 // the year 2554
	f(0, 0)
	f(math.MinInt64, 0)
	f(last, last)
	f(math.MaxInt64, last)
}

func TestAppendLogsOfNothingAppendsNothing(t *testing.T) {
	if got := telemetry.AppendLogs(nil, &telemetry.LogBatch{Origin: newLogBatch().Origin}); len(got) != 0 {
		t.Errorf("got %d bytes", len(got))
	}
}

// nested returns a request whose body is n lists in each other.
func nested(n int) []byte {
	var m easyproto.Marshaler
	v := m.MessageMarshaler().AppendMessage(1).AppendMessage(2).AppendMessage(2).AppendMessage(5)
	for range n {
		v = v.AppendMessage(5).AppendMessage(1)
	}
	return m.Marshal(nil)
}

func TestDecodeLogsRefuses(t *testing.T) {
	f := func(want string, data []byte) {
		t.Helper()
		got, err := telemetry.DecodeLogs(data)
		if err == nil || !strings.Contains(err.Error(), want) || got != nil {
			t.Errorf("got %v and error %v, want one with %q", got, err, want)
		}
	}
	if _, err := telemetry.DecodeLogs(nested(32)); err != nil {
		t.Errorf("32 lists: %v", err)
	}
	f("too deep", nested(40))
	f("wire type", []byte{0x08, 1})
	f("cannot read", []byte{0x0a, 5, 1})
	data := telemetry.AppendLogs(nil, newLogBatch())
	for n := 1; n < len(data); n++ {
		f("decode logs: ", data[:n])
	}
}

func FuzzDecodeLogs(f *testing.F) {
	f.Add([]byte{})
	f.Add(telemetry.AppendLogs(nil, newLogBatch()))
	f.Add(nested(3))
	f.Fuzz(func(t *testing.T, data []byte) {
		batches, err := telemetry.DecodeLogs(data)
		if err != nil {
			return
		}
		clear(data)
		for _, lb := range batches {
			for _, r := range lb.Records {
				if !utf8.ValidString(r.Body) {
					t.Fatalf("body %q", r.Body)
				}
			}
			again, err := telemetry.DecodeLogs(telemetry.AppendLogs(nil, &lb))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]telemetry.LogBatch{lb}, again); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

func BenchmarkDecodeLogs(b *testing.B) {
	lb := newLogBatch()
	for len(lb.Records) < 1000 {
		lb.Records = append(lb.Records, lb.Records[0])
	}
	data := telemetry.AppendLogs(nil, lb)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := telemetry.DecodeLogs(data); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*len(lb.Records))/b.Elapsed().Seconds(), "records/s")
}
