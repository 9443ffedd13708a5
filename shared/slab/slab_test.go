package slab_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/forewarn/forewarn/shared/slab"
)

// TestOf: what is given out is zero, and no two things share memory, whatever their sizes.
func TestOf(t *testing.T) {
	var one slab.Of[[300]int]
	var all []*[300]int
	for i := range 100 {
		v := one.New()
		if *v != [300]int{} {
			t.Fatalf("value %d is not zero", i)
		}
		for k := range v {
			v[k] = i + 1
		}
		all = append(all, v)
	}
	for i, v := range all {
		if v[0] != i+1 || v[299] != i+1 {
			t.Fatalf("value %d became %d to %d", i, v[0], v[299])
		}
	}
	var empty slab.Of[struct{}]
	if empty.New() == nil {
		t.Error("nothing is given out")
	}
}

// TestCopy: a copy is equal, shares nothing, and cannot grow into its neighbour.
func TestCopy(t *testing.T) {
	var s slab.Of[int]
	source := []int{1, 2, 3}
	first, second := s.Copy(source), s.Copy(source)
	source[0] = 9
	first = append(first, 7)
	long := s.Copy(slices.Repeat([]int{5}, 5000))
	if !slices.Equal(first, []int{1, 2, 3, 7}) || !slices.Equal(second, []int{1, 2, 3}) || len(long) != 5000 || s.Copy(nil) != nil {
		t.Errorf("%v, %v, %d", first, second, len(long))
	}
}

func TestText(t *testing.T) {
	var s slab.Text
	var all []string
	want := func(i int) string { return strings.Repeat(string(rune('a'+i%26)), i*7%900) }
	for i := range 2000 {
		all = append(all, s.Copy(want(i)))
	}
	all = append(all, s.Copy(strings.Repeat("z", 100_000)), s.Copy("end"))
	for i := range 2000 {
		if all[i] != want(i) {
			t.Fatalf("string %d became %q", i, all[i])
		}
	}
	if len(all[2000]) != 100_000 || all[2001] != "end" {
		t.Errorf("%d bytes, %q", len(all[2000]), all[2001])
	}
}

// TestFewAllocations: that is what it is for.
func TestFewAllocations(t *testing.T) {
	var values slab.Of[[10]int]
	var text slab.Text
	if n := testing.AllocsPerRun(1000, func() { values.New(); text.Copy("some notation of a series") }); n > 0.1 {
		t.Errorf("%v allocations each", n)
	}
}
