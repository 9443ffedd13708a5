package backtest

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// minutes is an input of rows at these minutes.
type minutes []int64

func (m *minutes) next(context.Context) (r row, ok bool, err error) {
	if len(*m) == 0 {
		return row{}, false, nil
	}
	r.source = &source{series: telemetry.NewSeries(telemetry.NewLabels(telemetry.Label{Name: telemetry.MetricName, Value: "up"}))}
	r.TimeMillis = (*m)[0] * 60_000
	*m = (*m)[1:]
	return r, true, nil
}

func (m *minutes) close() error { return nil }

func TestPatient(t *testing.T) {
	f := func(in, want []int64) {
		t.Helper()
		var bad complaints
		given := len(in)
		rows := minutes(in)
		p := newPatient(&rows, &bad)
		var got []int64
		for {
			r, ok, err := p.next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			got = append(got, r.TimeMillis/60_000)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if refused := given - len(want); bad.ahead != refused || (bad.firstAhead != "") != (refused > 0) {
			t.Errorf("%d refused (%q), want %d", bad.ahead, bad.firstAhead, refused)
		}
	}
	f(nil, nil)
	f([]int64{100}, []int64{100})
	f([]int64{100, 101, 102}, []int64{100, 101, 102})
	f([]int64{100, 101, 100, 102}, []int64{100, 101, 100, 102})                               // late is no leap
	f([]int64{100, 101, 900, 102, 103}, []int64{100, 101, 102, 103})                          // one ahead
	f([]int64{900, 900, 100, 101}, []int64{100, 101})                                         // the first scrape
	f([]int64{100, 900, 101, 901, 102, 902, 103}, []int64{100, 101, 102, 103})                // a sender whose clock is ahead
	f([]int64{100, 101, 900, 901, 902}, []int64{100, 101, 900, 901, 902})                     // a pause
	f([]int64{100, 900, 1900, 101, 102}, []int64{100, 101, 102})                              // two ahead
	f([]int64{100, 101, 900}, []int64{100, 101, 900})                                         // nobody contradicts
	f([]int64{100, 500, 900, 901, 501, 902}, []int64{100, 500, 900, 901, 501, 902})           // a pause, then a late row of after it
	f([]int64{100, 101, 109, 110, 111, 112, 102}, []int64{100, 101, 109, 110, 111, 112, 102}) // slowly is no leap
	long := []int64{100}
	for i := range int64(mostHeld) {
		long = append(long, 900+i/1000)
	}
	f(append(long, 905, 101, 906), append(long, 905, 101, 906)) // late rows long after a pause
}

func TestPatientNames(t *testing.T) {
	bad := complaints{}
	rows := minutes{100, 29535840, 101}
	p := newPatient(&rows, &bad)
	for {
		if _, ok, _ := p.next(t.Context()); !ok {
			break
		}
	}
	var told strings.Builder
	bad.tell(&told)
	if want := "refused: 1 samples more than 10 min ahead of those around them, such as up at 2026-02-27T00:00:00Z\n"; told.String() != want {
		t.Errorf("told %q, want %q", told.String(), want)
	}
}
