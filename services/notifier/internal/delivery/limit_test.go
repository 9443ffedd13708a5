package delivery

import (
	"testing"
	"time"
)

// TestLimiterInAnyMinute sends as fast as allowed for an hour: no minute has more than the limit, and criticals
// find room when the rest has used its share.
func TestLimiterInAnyMinute(t *testing.T) {
	for _, perMinute := range []int{3, 20, 600} {
		l := newLimiter(perMinute, 5)
		now := time.Unix(0, 0)
		var sent []time.Time
		for end := now.Add(time.Hour); now.Before(end); {
			critical := len(sent)%3 == 0
			if wait := l.take(now, critical); wait > 0 {
				now = now.Add(wait)
				continue
			}
			sent = append(sent, now)
		}
		for k, at := range sent {
			if k+perMinute < len(sent) && sent[k+perMinute].Sub(at) < time.Minute {
				t.Fatalf("limit %d: %d messages from %v to %v", perMinute, perMinute+1, at, sent[k+perMinute])
			}
		}
		for k, at := range sent {
			if k+5 < len(sent) && sent[k+5].Sub(at) < time.Second {
				t.Fatalf("limit %d: 6 messages from %v to %v", perMinute, at, sent[k+5])
			}
		}
		if len(sent) < 60*min(perMinute, 180)/2 {
			t.Errorf("limit %d: only %d messages in an hour", perMinute, len(sent))
		}
	}
}

func TestReserve(t *testing.T) {
	l, now := newLimiter(20, 0), time.Unix(0, 0)
	spend := func(critical bool) (n int) {
		for l.take(now, critical) == 0 {
			n++
		}
		return n
	}
	if n := spend(false); n != 4 {
		t.Errorf("%d ordinary messages at once, want 4", n)
	}
	if n := spend(true); n != 4 {
		t.Errorf("%d critical ones after them, want 4", n)
	}
}

func TestRetryWait(t *testing.T) {
	r := Retry{Min: time.Second, Max: time.Minute, GiveUpAfter: time.Hour}
	for attempt := 1; attempt < 100; attempt++ {
		most := min(time.Second<<min(attempt-1, 10), time.Minute)
		if w := r.wait(attempt); w < most/2 || w > most {
			t.Errorf("wait after attempt %d is %v, want %v to %v", attempt, w, most/2, most)
		}
	}
	if !r.over(1, time.Hour) || r.over(1000, time.Minute) || !(Retry{GiveUpAfter: time.Hour, MaxAttempts: 2}).over(2, 0) {
		t.Error("over does not know age from attempts")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"schema":1,"channel":"ops","reason":"opened","incident":{"schema":1,"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","state":"open","version":1,"severity":"info","worst":"info"}}`))
	f.Add([]byte(`{"schema":0}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if d, err := Decode(data); err == nil && (d.Incident.ID == "" || d.ID() == "") {
			t.Errorf("%q decodes to a delivery without an id", data)
		}
	})
}
