package incident

import (
	"errors"
	"testing"
)

func FuzzDecodeReceipt(f *testing.F) {
	f.Add([]byte(`{"channel":"ops","version":3,"time":"2026-01-27T09:00:00Z","outcome":"delivered","attempts":2,"ref":"om_1"}`))
	f.Add([]byte(`{"version":"3"}`))
	f.Add([]byte(`{`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := decodeReceipt(data); err != nil && (!errors.Is(err, ErrUnreadable) || r != Receipt{}) {
			t.Errorf("decodeReceipt(%q) = %+v, %v", data, r, err)
		}
	})
}
