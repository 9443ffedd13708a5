package embedded

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var set time.Duration // what somebody has put the clock ahead by
		c := newClock(func() time.Time { return time.Now().Add(set) })
		f := func(pass, ahead time.Duration, steady bool) {
			t.Helper()
			time.Sleep(pass)
			set = ahead
			if err := c.steady(); (err == nil) != steady {
				t.Errorf("after %v, %v ahead: %v, want steady %v", pass, ahead, err, steady)
			}
		}
		f(0, 0, true)
		f(48*time.Hour, 0, true) // nothing came for long
		f(time.Second, 48*time.Hour, false)
		f(time.Minute, 48*time.Hour, false)
		f(time.Minute, time.Second, true) // set right
		f(time.Second, 48*time.Hour, false)
		f(confirmed, 48*time.Hour, true) // it was wrong before
		f(time.Second, 48*time.Hour, true)
		f(time.Second, -48*time.Hour, true) // behind: the horizon and the store's window judge
		f(time.Second, 0, false)
	})
}
