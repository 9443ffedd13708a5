package delivery

import (
	"fmt"
	"sync"
	"time"

	"github.com/forewarn/forewarn/shared/incident"
)

// Alarm says of a delivery that it tells, by another channel, of one that was given up.
type Alarm struct {
	// Channel is the one that gave up, and Why its reason, without addresses.
	Channel string `json:"channel"`
	Why     string `json:"why"`
}

// alarmEvery is the least time between two alarms about one channel.
const alarmEvery = time.Hour

// Alarms makes alarms of what is given up, at most one an hour for each channel. It forgets when the process ends. The zero value is
// ready; it is safe for concurrent use.
type Alarms struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// Of returns the alarm about a delivery that was given up, to be told by the channel to, and true if it is time for one. There is none
// about an alarm.
func (a *Alarms) Of(d *Delivery, why error, to string, now time.Time) (*Delivery, bool) {
	if d.Alarm != nil || to == "" || to == d.Channel {
		return nil, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if last, ok := a.last[d.Channel]; ok && now.Sub(last) < alarmEvery {
		return nil, false
	}
	if a.last == nil {
		a.last = map[string]time.Time{}
	}
	a.last[d.Channel] = now
	return &Delivery{
		Schema: SchemaVersion, Channel: to, Reason: incident.ReasonUndelivered, Incident: d.Incident, Alarm: &Alarm{Channel: d.Channel, Why: why.Error()},
	}, true
}

// mark is what tells the id of an alarm from that of the delivery of the same change by the same channel.
func (a *Alarm) mark() string { return fmt.Sprintf(".undelivered-by-%s", a.Channel) }
