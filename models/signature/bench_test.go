package signature

import "testing"

// typical returns the lines of the negative corpora: what a quiet hour logs.
func typical(b *testing.B) (all [][]byte, size int64) {
	for _, name := range []string{"negative_blind.txt", "negative_known.txt"} {
		for _, line := range lines(b, name) {
			all = append(all, []byte(line))
			size += int64(len(line))
		}
	}
	return all, size
}

// BenchmarkMatch reads the corpora once an iteration: MB/s, lines/s and no allocation.
func BenchmarkMatch(b *testing.B) {
	all, size := typical(b)
	m := load(b).Matcher()
	b.SetBytes(size)
	b.ReportAllocs()
	count := 0
	for b.Loop() {
		for _, line := range all {
			m.Match(line)
		}
		count += len(all)
	}
	b.ReportMetric(float64(count)/b.Elapsed().Seconds(), "lines/s")
}

// BenchmarkNew is what a start costs.
func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		load(b)
	}
}
