package backtest_test

import (
	"bytes"
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest"
	"github.com/forewarn/forewarn/services/forewarn/internal/scenario"
)

// BenchmarkRun back-tests two series of every family that an evaluation makes, packed by gzip, and tells samples a
// second of the CPU, reading included, and of the clock.
func BenchmarkRun(b *testing.B) {
	var series []*scenario.Series
	for _, f := range scenario.Families(false) {
		series = append(series, f.Make(1, 1, scenario.Weekdays), f.Make(1, 2, scenario.Weekdays))
	}
	var packed bytes.Buffer
	if err := scenario.WriteCSV(&packed, series); err != nil {
		b.Fatal(err)
	}
	samples := bytes.Count(unpack(b, packed.Bytes()), []byte("\n")) - 1
	o := options(b, write(b, "fleet.csv.gz", packed.Bytes()))
	b.ReportAllocs()
	began := spent(b)
	for b.Loop() {
		if err := backtest.Run(b.Context(), o, io.Discard, io.Discard); err != nil {
			b.Fatal(err)
		}
	}
	total := float64(samples) * float64(b.N)
	b.ReportMetric(total/(spent(b)-began).Seconds(), "samples/CPU-s")
	b.ReportMetric(total/b.Elapsed().Seconds(), "samples/s")
}

// spent returns the CPU time of this process until now.
func spent(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
