package process

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// TestGarbage: whatever it costs at first, it comes to where it costs what it may, and stays there.
func TestGarbage(t *testing.T) {
	f := func(name string, from, want int, share func(percent int) float64) {
		t.Helper()
		percent := from
		for range 20 {
			percent = garbage(percent, share(percent))
		}
		if percent != want {
			t.Errorf("%s: %d, want %d", name, percent, want)
		}
	}
	f("nothing to do", mostGarbage, leastGarbage, func(int) float64 { return 0.001 })
	f("much to do", leastGarbage, mostGarbage, func(int) float64 { return 0.3 })
	f("something to do", mostGarbage, 51, func(percent int) float64 { return 1.25 / float64(percent) }) // twice as often at half of it
}

// TestCollecting: what a collection takes is seen after it, and nothing without one.
func TestCollecting(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	runtime.GC()
	before := collecting()
	if share := collecting().since(before); share != 0 {
		t.Errorf("without a collection it took %v of the time", share)
	}
	runtime.GC()
	if share := collecting().since(before); share <= 0 || share > 1 {
		t.Errorf("a collection took %v of the time", share)
	}
}
