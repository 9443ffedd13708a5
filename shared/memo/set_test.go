package memo_test

import (
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/forewarn/forewarn/shared/memo"
)

// TestSetRemembersWhatIsUsed: what was never added is not in it, what was used among the last half of the room is, and it is bounded.
func TestSetRemembersWhatIsUsed(t *testing.T) {
	for seed := range uint64(200) {
		dice := rand.New(rand.NewPCG(seed, 2))
		room := 2 + dice.IntN(20)
		s, added, used := memo.NewSet(room), map[uint64]bool{}, []uint64{}
		for step := range 2000 {
			key := uint64(dice.IntN(1 + int(seed)%30))
			switch ok := s.Has(key); {
			case ok && !added[key]:
				t.Fatalf("seed %d, step %d: %d is there and was never added", seed, step, key)
			case !ok && added[key] && recently(used, key, room/2):
				t.Fatalf("seed %d, step %d: %d is forgotten though it was used just now", seed, step, key)
			case !ok && s.Follows(key):
				t.Fatalf("seed %d, step %d: %d follows and is not there", seed, step, key)
			case !ok:
				s.Add(key)
				added[key] = true
			}
			used = append(used, key)
			if n := s.Len(); n > room+2 {
				t.Fatalf("seed %d, step %d: %d are remembered, of a room of %d", seed, step, n, room)
			}
		}
	}
}

// TestSetFollows: what comes in the order of before is found by that, over the end, too.
func TestSetFollows(t *testing.T) {
	s := memo.NewSet(100)
	for key := range uint64(10) {
		s.Add(key)
	}
	if s.Has(9); s.Follows(5) || s.Follows(12) {
		t.Error("something else follows the last one")
	}
	for n := range uint64(30) {
		if key := n % 10; !s.Follows(key) {
			t.Fatalf("%d is not what follows", key)
		}
	}
}

// BenchmarkUnwanted asks for the series of a partition of which nothing but the key is remembered, in the order in which they come, and tells
// what each takes: a set, and a cache of nothing.
func BenchmarkUnwanted(b *testing.B) {
	const keys = 60_000
	dice := rand.New(rand.NewPCG(1, 2))
	all := make([]uint64, keys)
	for i := range all {
		all[i] = dice.Uint64()
	}
	b.Run("set", func(b *testing.B) {
		before := heap()
		s := memo.NewSet(4 * keys)
		for _, key := range all {
			s.Add(key)
		}
		each := float64(heap()-before) / keys
		i := 0
		for b.Loop() {
			if !s.Has(all[i%keys]) {
				b.Fatal("it is forgotten")
			}
			i++
		}
		b.ReportMetric(each, "bytes/key")
	})
	b.Run("cache", func(b *testing.B) {
		before := heap()
		c := memo.New[*int](4 * keys)
		for _, key := range all {
			c.Put(key, nil)
		}
		each := float64(heap()-before) / keys
		i := 0
		for b.Loop() {
			if _, ok := c.Get(all[i%keys]); !ok {
				b.Fatal("it is forgotten")
			}
			i++
		}
		b.ReportMetric(each, "bytes/key")
	})
}

// heap returns how many bytes are in use.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
