package scenario

import (
	"compress/gzip"
	"container/heap"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
)

// WriteCSV writes the samples of all series, compressed, as rows "series,timestamp,value" in time order; late samples
// stay where they arrived. Timestamps are Unix seconds.
func WriteCSV(w io.Writer, series []*Series) error {
	zw, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return fmt.Errorf("write samples: %w", err)
	}
	cw := csv.NewWriter(zw)
	if err := writeRows(cw, series); err != nil {
		return fmt.Errorf("write samples: %w", err)
	}
	if err := zw.Close(); err != nil {
		return fmt.Errorf("write samples: %w", err)
	}
	return nil
}

func writeRows(cw *csv.Writer, series []*Series) error {
	_ = cw.Write([]string{"series", "timestamp", "value"}) // Error tells
	var q queue
	for i, s := range series {
		if len(s.Samples) > 0 {
			q = append(q, cursor{s, i, 0, s.Samples[0].Time})
		}
	}
	heap.Init(&q)
	for len(q) > 0 {
		c := &q[0]
		writeSample(cw, c.Series, c.Samples[c.next])
		if c.next++; c.next == len(c.Samples) {
			heap.Pop(&q)
			continue
		}
		c.now = max(c.now, c.Samples[c.next].Time)
		heap.Fix(&q, 0)
	}
	cw.Flush()
	return cw.Error()
}

func writeSample(cw *csv.Writer, s *Series, x Sample) {
	at := strconv.FormatInt(x.Time, 10)
	for _, side := range [...]struct {
		name  string
		value float64
	}{{s.Series, x.Use}, {s.Limit, x.Limit}} {
		if !math.IsNaN(side.value) {
			_ = cw.Write([]string{side.name, at, strconv.FormatFloat(side.value, 'f', -1, 64)}) // Error tells
		}
	}
}

// cursor is how far a series is written; now is the arrival of its next sample.
type cursor struct {
	*Series

	place, next int
	now         int64
}

// queue is a heap of cursors, the earliest first.
type queue []cursor

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].now < q[j].now || q[i].now == q[j].now && q[i].place < q[j].place
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(cursor)) } //nolint:errcheck // holds nothing else
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
