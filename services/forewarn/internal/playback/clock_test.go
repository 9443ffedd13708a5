package playback

import (
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	past := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	c := NewClock(past)
	if got := c.Now(); !got.Equal(past) {
		t.Errorf("it says %v, want %v", got, past)
	}
	c.Release()
	if age := time.Since(c.Now()); age < 0 || age > time.Hour {
		t.Errorf("let go, it is %v behind", age)
	}
}
