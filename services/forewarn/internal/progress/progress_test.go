package progress

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestBar(t *testing.T) {
	f := func(share float64, since time.Duration, note, want string) {
		t.Helper()
		if got := strings.Trim(bar(share, since, note), "\r\x1b[K"); got != want {
			t.Errorf("bar(%v, %v, %q) = %q, want %q", share, since, note, got, want)
		}
	}
	empty, full := strings.Repeat("░", 30), strings.Repeat("█", 30)
	f(0, time.Second, "", empty+"   0 %")
	f(-1, time.Second, "2 Jan", empty+"   0 %  2 Jan")
	f(0.5, time.Minute, "", full[:45]+empty[:45]+"  50 %  1m0s left")
	f(2, time.Minute, "done", full+" 100 %  0s left  done")
}

func TestNothingElsewhere(t *testing.T) {
	var out bytes.Buffer
	stop := Show(&out, func() float64 { t.Error("asked"); return 0 }, nil)
	stop()
	if out.Len() > 0 {
		t.Errorf("what is no terminal was shown %q", out.String())
	}
}
