package rehearsal

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/forewarn/forewarn/models/calendar"
)

func china(t testing.TB) *calendar.Calendar {
	t.Helper()
	c, err := calendar.New(calendar.Config{Zone: time.FixedZone("UTC+8", 8*3600), Country: calendar.China})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestFaultGivesItsIncident: a volume that fills after a day of health gives one incident, which names it, before it is full.
func TestFaultGivesItsIncident(t *testing.T) {
	var out bytes.Buffer
	o := FaultOptions{Seed: 1, Seeds: 1, Scenarios: []string{"log-volume-full"}, Health: 24 * time.Hour, Calendar: china(t)}
	if err := Faults(t.Context(), o, &out); err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
	var said struct{ Cases []Verdict }
	if err := json.Unmarshal(lines[len(lines)-1], &said); err != nil {
		t.Fatal(err)
	}
	if v := said.Cases[0]; v.Incidents != 1 || v.Named != 1 || !v.Apart || v.Minutes < 0 || v.Minutes > 300 || v.Notices < 2 {
		t.Errorf("one fault came to %+v, want one incident that names it within five hours, and messages when it opened and ended", v)
	}
}
