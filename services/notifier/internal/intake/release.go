package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/life"
	"github.com/forewarn/forewarn/shared/incident"
)

// ReleasedIncident says that an incident is not held any more.
const ReleasedIncident Result = "released"

// typeRelease is how a message of the stream of findings says that it is a release.
const typeRelease = "release"

// Release says that an incident may be told of again: what held it is over. It travels among the findings, so that the one writer of
// incidents applies it in its order.
type Release struct {
	Type     string    `json:"type"`
	Incident string    `json:"incident"`
	Version  int       `json:"version"` // of the incident when it was found to be free
	Time     time.Time `json:"time"`
}

// ID names the release: another one if it has to be said again, since something held the incident after all.
func (r *Release) ID() string {
	return fmt.Sprintf("release.%s.%d.%d", r.Incident, r.Version, r.Time.UnixMilli())
}

// EncodeRelease returns r as JSON.
func EncodeRelease(r Release) ([]byte, error) {
	r.Type = typeRelease
	return json.Marshal(&r)
}

// isRelease reports whether a message is a release, be it valid or not.
func isRelease(data []byte) bool {
	if !bytes.Contains(data, []byte(`"`+typeRelease+`"`)) {
		return false
	}
	var head struct {
		Type string `json:"type"`
	}
	return json.Unmarshal(data, &head) == nil && head.Type == typeRelease
}

// decodeRelease reads what [EncodeRelease] wrote.
func decodeRelease(data []byte) (Release, error) {
	var r Release
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fmt.Errorf("decode release: %w", err)
	}
	if !incident.ValidID(r.Incident) || r.Time.IsZero() {
		return r, fmt.Errorf("release of incident %q has no valid id or no time", r.Incident)
	}
	return r, nil
}

// Release tells people of an incident that was held, as far as there is something to tell, and returns when all of its effects are safe
// on the bus. Like [Applier.Apply] it is to be called again after an error, and may be called again at any time. What is still
// held, or held by something else, stays so.
func (a *Applier) Release(ctx context.Context, r Release) (Result, error) {
	for {
		result, err := a.tryRelease(ctx, r)
		if !errors.Is(err, incident.ErrConflict) || ctx.Err() != nil {
			return result, err
		}
	}
}

func (a *Applier) tryRelease(ctx context.Context, r Release) (Result, error) {
	cur, err := a.Store.Get(ctx, r.Incident)
	if errors.Is(err, incident.ErrNotFound) {
		return Ignored, nil
	}
	if err != nil {
		return "", err
	}
	if cur.Held == nil {
		if cur.Released != cur.Version {
			return Ignored, nil
		}
		if err := a.repeat(ctx, cur); err != nil {
			return "", err
		}
		return Repeated, a.enqueue(ctx, cur)
	}
	if a.Holder != nil {
		hold, err := a.Holder.Hold(ctx, cur, r.Time)
		if hold != nil || err != nil {
			return Ignored, err
		}
	}
	step := life.Release(cur, r.Time)
	step.Held = true
	if err := a.address(ctx, cur, step); err != nil {
		return "", err
	}
	if err := a.write(ctx, cur, step); err != nil {
		return "", err
	}
	return ReleasedIncident, a.emit(ctx, step)
}
