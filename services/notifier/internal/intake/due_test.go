package intake

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/notifier/internal/timer"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// TestCrashWhenDue stops after each write of reminders, or of closings, of three incidents. What the next process finds when it sweeps, and fires
// then, leaves the world as it is without a crash.
func TestCrashWhenDue(t *testing.T) {
	now := time.Now() // what was over before it could be planned is reckoned from now
	for name, c := range map[string]struct {
		user   func(*Clerk) timer.User
		timers func(*office) *alarms
		after  time.Duration
		story  finding.Action
	}{
		"reminder": {func(c *Clerk) timer.User { return NewReminders(c) }, func(o *office) *alarms { return o.reminders }, time.Hour, finding.Opened},
		"closing":  {func(c *Clerk) timer.User { return NewClosings(c) }, func(o *office) *alarms { return o.closings }, 100 * time.Hour, finding.Resolved},
	} {
		// prepare returns an office where three timers are due.
		prepare := func() (*office, []timer.Due) {
			o := newOffice(t)
			for k := range 3 {
				episode, signal := fmt.Sprint("e", k), fmt.Sprintf("space/volume:h%d:/", k)
				for n, a := range []finding.Action{finding.Opened, c.story} {
					if n == 0 || a == finding.Resolved {
						apply(t, o.Applier, say(10*k+n, a, finding.Critical, episode, signal))
					}
				}
			}
			o.now = now.Add(c.after)
			return o, c.timers(o).take(o.now)
		}
		fire := func(o *office) error { return c.user(o.clerk).Fire(t.Context(), c.timers(o).take(o.now)) }
		calm, due := prepare()
		if err := c.user(calm.clerk).Fire(t.Context(), due); err != nil || len(due) != 3 {
			t.Fatalf("%s: %d due, %v", name, len(due), err)
		}
		want := sorted(look(t, calm.bus, calm.Store))
		for n := 1; ; n++ {
			o, due := prepare()
			sound := o.clerk.Applier
			failing := *sound
			f := &fuse{left: n}
			kv, err := o.bus.KeyValue(t.Context(), bus.BucketIncident)
			if err != nil {
				t.Fatal(err)
			}
			failing.Store, failing.JS = incident.NewStore(crashingKV{kv, f}), crashingJS{o.JS, f}
			o.clerk.Applier = &failing
			err = c.user(o.clerk).Fire(t.Context(), due)
			if err == nil {
				if n < 3 {
					t.Errorf("%s: there are only %d writes", name, n-1)
				}
				break
			}
			if !errors.Is(err, errCrash) {
				t.Fatal(err)
			}
			o.clerk.Applier = sound
			c.timers(o).set = map[string]string{} // as in the next process
			if err := errors.Join(c.user(o.clerk).Sweep(t.Context(), nil), fire(o)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, sorted(look(t, o.bus, o.Store)), sameWorld); diff != "" {
				t.Errorf("%s: crash at write %d (-want +got):\n%s", name, n, diff)
			}
		}
	}
}

// sorted is w without the order of what concerns several incidents.
func sorted(w world) world {
	slices.Sort(w.Events)
	slices.Sort(w.Queue)
	return w
}

// take returns the timers that are due, which are no longer set then.
func (a *alarms) take(now time.Time) (due []timer.Due) {
	for key, payload := range a.set {
		if !a.at[key].After(now) {
			due = append(due, timer.Due{Key: key, Payload: []byte(payload)})
			delete(a.set, key)
		}
	}
	return due
}
