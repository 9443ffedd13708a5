package timer

import (
	"container/heap"
	"time"
)

// waiting is a timer that has not been served.
type waiting struct {
	Due
	at        time.Time
	tries     int
	cancelled bool // while it was being served
}

// queue holds timers, the first one first, one for a key.
type queue struct {
	all    []*waiting
	places map[string]int
}

var _ heap.Interface = (*queue)(nil)

func (q *queue) first() *waiting {
	if len(q.all) == 0 {
		return nil
	}
	return q.all[0]
}

func (q *queue) put(w *waiting) {
	q.remove(w.Key)
	heap.Push(q, w)
}

func (q *queue) remove(key string) {
	if k, ok := q.places[key]; ok {
		heap.Remove(q, k)
	}
}

// Len is part of [heap.Interface], as are the others.
func (q *queue) Len() int           { return len(q.all) }
func (q *queue) Less(i, j int) bool { return q.all[i].at.Before(q.all[j].at) }

// Swap exchanges two timers.
func (q *queue) Swap(i, j int) {
	q.all[i], q.all[j] = q.all[j], q.all[i]
	q.places[q.all[i].Key], q.places[q.all[j].Key] = i, j
}

// Push adds a timer at the end.
func (q *queue) Push(x any) {
	w := x.(*waiting) //nolint:forcetypeassert,errcheck // ours
	q.places[w.Key] = len(q.all)
	q.all = append(q.all, w)
}

// Pop takes the last one.
func (q *queue) Pop() any {
	w := q.all[len(q.all)-1]
	q.all = q.all[:len(q.all)-1]
	delete(q.places, w.Key)
	return w
}
