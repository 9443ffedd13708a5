package storm

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"
)

// robot takes messages as DingTalk's does.
type robot struct {
	*httptest.Server
	mu    sync.Mutex
	times []time.Time
}

func newRobot() *robot {
	r := &robot{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.times = append(r.times, time.Now())
		fmt.Fprint(w, `{"errcode":0,"errmsg":"ok"}`) //nolint:errcheck // the client gave up in between
	}))
	return r
}

// count returns how many messages came, and how many at most in any minute.
func (r *robot) count() (all, busiest int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := 0
	for k, at := range r.times {
		for at.Sub(r.times[first]) >= time.Minute {
			first++
		}
		busiest = max(busiest, k-first+1)
	}
	return len(r.times), busiest
}
