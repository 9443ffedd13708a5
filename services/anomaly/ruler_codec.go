package anomaly

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/forewarn/forewarn/shared/chunk"
)

// rulerVersion changes with the layout of a ruler's snapshot.
const rulerVersion = 1

// Snapshot writes the state: a version byte, the times of the pause, the alerts in JSON behind their length, and the samples. Equal states give equal bytes.
func (r *Ruler) Snapshot(w io.Writer) error {
	alerts, err := json.Marshal(r.book)
	if err != nil {
		return fmt.Errorf("encode alerts: %w", err)
	}
	state, err := r.window.AppendBinary(chunk.Append(r.appendTo([]byte{rulerVersion}), alerts))
	if err == nil {
		_, err = w.Write(state)
	}
	return err
}

// Restore replaces the state by what Snapshot returned. What no rule selects any more is left out, and what fired of rules that are
// gone ends; damaged bytes are an error, and then the ruler knows nothing.
func (r *Ruler) Restore(state []byte) error {
	err := r.fill(state)
	if err != nil {
		r.now, r.resume = time.Time{}, time.Time{}
		return errors.Join(err, r.window.UnmarshalBinary(nil), json.Unmarshal([]byte("{}"), r.book))
	}
	return nil
}

func (r *Ruler) fill(b []byte) error {
	r.next = time.Time{}
	if err := refuseNewer("snapshot of rules", b, rulerVersion); err != nil {
		return err
	}
	if len(b) == 0 || b[0] != rulerVersion {
		return fmt.Errorf("anomaly's snapshot of rules is not of version %d", rulerVersion)
	}
	rest, err := r.cut(b[1:])
	if err != nil {
		return err
	}
	alerts, samples, err := chunk.Cut(rest)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(alerts, r.book); err != nil {
		return err
	}
	return r.window.UnmarshalBinary(samples)
}
