package incident_test

import (
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/incident"
)

func FuzzDecodeRelease(f *testing.F) {
	data, err := incident.EncodeRelease(incident.Release{Incident: "01KFYV8M40AAAAAAAAAAAAAAAA", Version: 2, Time: time.Unix(1, 0)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"type":"release","incident":"x"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := incident.DecodeRelease(data)
		if err == nil && (!incident.ValidID(r.Incident) || r.Time.IsZero()) {
			t.Fatalf("%s: %+v", data, r)
		}
		again, err := incident.EncodeRelease(r)
		if err == nil && !incident.IsRelease(again) {
			t.Fatalf("%s is no release", again)
		}
	})
}
