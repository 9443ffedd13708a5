package pattern

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// feedAll adds all lines again and again until b ends.
func feedAll(b *testing.B, m *Miner, lines [][]byte) {
	b.Helper()
	bytes := 0
	for _, l := range lines {
		m.Add(l)
		bytes += len(l) + 1
	}
	b.SetBytes(int64(bytes / len(lines)))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		m.Add(lines[i])
		if i++; i == len(lines) {
			i = 0
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

// BenchmarkAdd: lines of patterns that are known, as nearly all are.
func BenchmarkAdd(b *testing.B) {
	feedAll(b, newMiner(b, DefaultConfig()), everything(b))
}

// BenchmarkMask: what of it is the scanner's.
func BenchmarkMask(b *testing.B) {
	lines, s, bytes := everything(b), scanner{}, 0
	for _, l := range lines {
		bytes += len(l) + 1
	}
	b.SetBytes(int64(bytes / len(lines)))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		s.mask(lines[i%len(lines)], 2048)
		i++
	}
}

// BenchmarkAdversarial: every line is new, and like many others.
func BenchmarkAdversarial(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	lines := make([][]byte, 1<<16)
	for i := range lines {
		lines[i] = randomWords(r, 8)
	}
	feedAll(b, newMiner(b, DefaultConfig()), lines)
}

// randomWords returns a line of n words without a meaning.
func randomWords(r *rand.Rand, n int) (line []byte) {
	for range n {
		var word [8]byte
		binary.LittleEndian.PutUint64(word[:], r.Uint64())
		for i := range word {
			word[i] = 'g' + word[i]%20
		}
		line = append(append(line, word[:3+r.IntN(6)]...), ' ')
	}
	return line
}
