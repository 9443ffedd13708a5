package incident

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// typeRelease is how a message of the stream of findings says that it is a release.
const typeRelease = "release"

// Release says that people may be told of an incident again: what held it is over. It travels among the findings, so that the one writer
// of incidents applies it in its order.
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

// IsRelease reports whether a message of the stream of findings is a release, be it valid or not.
func IsRelease(data []byte) bool {
	if !bytes.Contains(data, []byte(`"`+typeRelease+`"`)) {
		return false
	}
	var head struct {
		Type string `json:"type"`
	}
	return json.Unmarshal(data, &head) == nil && head.Type == typeRelease
}

// DecodeRelease reads what [EncodeRelease] wrote.
func DecodeRelease(data []byte) (Release, error) {
	var r Release
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fmt.Errorf("decode release: %w", err)
	}
	if !ValidID(r.Incident) || r.Time.IsZero() {
		return r, fmt.Errorf("release of incident %q has no valid id or no time", r.Incident)
	}
	return r, nil
}
