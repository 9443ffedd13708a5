package chart_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/chart"
	"github.com/forewarn/forewarn/shared/i18n"
)

// longHistory is a chart of 10^5 samples with noise, the worst that a picture is made of.
func longHistory() chart.Chart {
	random := rand.New(rand.NewPCG(5, 6))
	c := disk(i18n.Chinese)
	c.History = every(monday, 10*time.Second, 100_000, func(i int) float64 {
		return (150 + 60*float64(i)/1e5 + 8*random.NormFloat64() + 10*math.Sin(float64(i)/4000)) * gib
	})
	return c
}

func BenchmarkPNG(b *testing.B) {
	r := renderer(b)
	for name, c := range map[string]chart.Chart{"samples=432": disk(i18n.Chinese), "samples=100000": longHistory()} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				data, err := r.PNG(c)
				if err != nil {
					b.Fatal(err)
				}
				size = len(data)
			}
			b.ReportMetric(float64(size), "B/picture")
		})
	}
}

func BenchmarkSVG(b *testing.B) {
	r := renderer(b)
	for name, c := range map[string]chart.Chart{"samples=432": disk(i18n.Chinese), "samples=100000": longHistory()} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				data, err := r.SVG(c)
				if err != nil {
					b.Fatal(err)
				}
				size = len(data)
			}
			b.ReportMetric(float64(size), "B/picture")
		})
	}
}
