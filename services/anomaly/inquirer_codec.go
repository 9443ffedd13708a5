package anomaly

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/forewarn/forewarn/shared/obs"
)

// inquirerVersion changes with the layout of an inquirer's snapshot.
const inquirerVersion = 1

// Snapshot writes the state: a version byte, the times of the pause, and the alerts in JSON. Equal states give equal bytes.
func (q *inquirer) Snapshot(w io.Writer) error {
	alerts, err := json.Marshal(q.book)
	if err != nil {
		return fmt.Errorf("encode alerts: %w", err)
	}
	_, err = w.Write(append(q.appendTo([]byte{inquirerVersion}), alerts...))
	return err
}

// Restore replaces the state by what Snapshot returned. What fired of rules that are gone ends.
func (q *inquirer) Restore(state []byte) error {
	if err := refuseNewer("snapshot of queries", state, inquirerVersion); err != nil {
		return err
	}
	if len(state) == 0 || state[0] != inquirerVersion {
		return fmt.Errorf("anomaly's snapshot of queries is not of version %d", inquirerVersion)
	}
	alerts, err := q.cut(state[1:])
	if err == nil {
		err = json.Unmarshal(alerts, q.book)
	}
	if err != nil {
		q.now, q.resume = time.Time{}, time.Time{}
		return errors.Join(err, json.Unmarshal([]byte("{}"), q.book))
	}
	return nil
}

// behind is how far the history may be behind before that is said.
const behind = 2 * time.Minute

// tell says what keeps rules from being evaluated.
func (q *inquirer) tell(now time.Time) {
	const name = Service + "/queries"
	say := func(format string, args ...any) { q.health.Set(name, obs.Degraded, fmt.Sprintf(format, args...)) }
	refused := q.book.Stats().Refused
	switch failing := q.failing.first(); {
	case len(q.groups) > 0 && q.query == nil:
		say("%d rules need the history, which this process cannot read; set history.historian.url, or write them so that "+
			"they can be evaluated from the stream (forewarn check says why they cannot)", len(q.rules))
	case len(q.groups) > 0 && q.late(now) > behind:
		say("rules wait for the history, which is %v behind; see the check of the historian", q.late(now).Round(time.Second))
	case failing != "":
		say("%d rules cannot be evaluated, such as %s; correct them, or take them out of anomaly.rules", len(q.failing), failing)
	case refused > q.refused:
		say("rules give more results than there is room for; raise anomaly.max_alerts, or write narrower selectors")
	default:
		q.health.Set(name, obs.OK, "")
	}
	q.refused = refused
}

// late returns how far the history is behind; where nobody tells, since it was told last.
func (q *inquirer) late(now time.Time) time.Duration { return now.Sub(q.reached) }
