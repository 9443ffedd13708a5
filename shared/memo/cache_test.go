package memo_test

import (
	"math/rand/v2"
	"testing"

	"github.com/forewarn/forewarn/shared/memo"
)

// TestRemembersWhatIsUsed: whatever is asked for, in whichever order, the answer is what was put last, or that it is not known; and
// what was used among the last half of the room is known.
func TestRemembersWhatIsUsed(t *testing.T) {
	for seed := range uint64(200) {
		dice := rand.New(rand.NewPCG(seed, 1))
		room := 2 + dice.IntN(20)
		c, truth, used := memo.New[int](room), map[uint64]int{}, []uint64{}
		for step := range 2000 {
			key := uint64(dice.IntN(1 + int(seed)%30))
			if dice.IntN(3) > 0 && len(used) > 0 { // mostly as before
				key = used[max(0, len(used)-1-dice.IntN(6))]
			}
			v, ok := c.Get(key)
			want, put := truth[key]
			switch {
			case ok && (!put || v != want):
				t.Fatalf("seed %d, step %d: %d is %d, want %d, %t", seed, step, key, v, want, put)
			case !ok && put && recently(used, key, room/2):
				t.Fatalf("seed %d, step %d: %d is forgotten though it was used just now", seed, step, key)
			}
			switch dice.IntN(20) {
			case 0:
				c.Drop(key)
				delete(truth, key)
			case 1:
				c.Put(key, step)
				truth[key] = step
			default:
				if !ok {
					c.Put(key, step)
					truth[key] = step
				}
			}
			used = append(used, key)
			if n := c.Len(); n > 2*room+2 {
				t.Fatalf("seed %d, step %d: %d are remembered, of a room of %d", seed, step, n, room)
			}
		}
	}
}

// recently tells whether a key is among the last distinct ones.
func recently(used []uint64, key uint64, distinct int) bool {
	seen := map[uint64]bool{}
	for i := len(used) - 1; i >= 0 && len(seen) < distinct; i-- {
		if used[i] == key {
			return true
		}
		seen[used[i]] = true
	}
	return false
}

func TestClear(t *testing.T) {
	c := memo.New[string](20)
	for key := range uint64(100) {
		c.Put(key, "some")
	}
	c.Clear()
	if _, ok := c.Get(99); ok || c.Len() != 0 {
		t.Error("something is left")
	}
}

func TestInOrderAllocatesNothing(t *testing.T) {
	c := memo.New[int](1000)
	for key := range uint64(100) {
		c.Put(key, int(key))
	}
	if n := testing.AllocsPerRun(100, func() {
		for key := range uint64(100) {
			if v, ok := c.Get(key); !ok || v != int(key) {
				t.Fatal("forgotten")
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkGet asks for 200,000 keys in the same order each time, as batches do, and at random.
func BenchmarkGet(b *testing.B) {
	const keys = 200_000
	c, order := memo.New[int](4*keys), rand.New(rand.NewPCG(1, 2)).Perm(keys)
	for name, key := range map[string]func(i int) uint64{
		"in order": func(i int) uint64 { return uint64(order[i%keys]) * 0x9e3779b97f4a7c15 },
		"random":   func(i int) uint64 { return uint64(order[i*7919%keys]) * 0x9e3779b97f4a7c15 },
	} {
		b.Run(name, func(b *testing.B) {
			for i := range keys {
				c.Put(key(i), i)
			}
			i := 0
			for b.Loop() {
				if _, ok := c.Get(key(i)); !ok {
					b.Fatal("forgotten")
				}
				i++
			}
		})
	}
}
