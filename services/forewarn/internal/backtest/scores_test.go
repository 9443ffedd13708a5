package backtest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest"
)

// latencies are 30 days of three series that no rule reads, with a fault on the last day of the first.
func latencies() []byte {
	var b bytes.Buffer
	b.WriteString(header)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 30 * 288 {
		for k := range 3 {
			v := 20 + r.NormFloat64()
			if k == 0 && i >= 29*288 && i < 29*288+12 {
				v += 15
			}
			fmt.Fprintf(&b, "\"page_load_milliseconds{instance=\"\"web-%d\"\",path=\"\"/<a>\"\"}\",%d,%.4f\n", k, 1_767_225_600+300*i, v)
		}
	}
	return b.Bytes()
}

type scoreLine struct {
	Type, Time, Series, Action, Kind string
	Score                            float64
}

func TestScores(t *testing.T) {
	o := options(t, write(t, "latency.csv", latencies()))
	o.Scores, o.Workers = true, 1
	out, _ := run(t, o)
	scores, opened, highest := 0, []scoreLine{}, scoreLine{}
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, `{"type":"summary"`) {
			continue // its series is a number
		}
		var l scoreLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		switch {
		case l.Type == "score":
			scores++
			if l.Score < 0 || l.Score > 1 {
				t.Fatalf("%+v is outside of 0 to 1", l)
			}
			if l.Time > "2026-01-03" && l.Score > highest.Score {
				highest = l
			}
		case l.Type == "finding" && l.Action == "opened" && l.Kind == "anomaly":
			opened = append(opened, l)
		}
	}
	if want := 3 * 30 * 288; scores != want {
		t.Errorf("%d scores, want one for each of %d samples", scores, want)
	}
	const faulty, day = `page_load_milliseconds{instance="web-0",path="/<a>"}`, "2026-01-30"
	if highest.Series != faulty || !strings.HasPrefix(highest.Time, day) {
		t.Errorf("the highest score is %+v, want one of the fault", highest)
	}
	if len(opened) != 1 || opened[0].Series != faulty || !strings.HasPrefix(opened[0].Time, day) {
		t.Errorf("evidence %+v, want that of the fault alone", opened)
	}
}

func TestScoresAreTheSameWithAnyNumberOfWorkers(t *testing.T) {
	o := options(t, write(t, "latency.csv", latencies()))
	o.Scores, o.Workers = true, 1
	one, _ := run(t, o)
	o.Workers = 3
	if three, _ := run(t, o); three != one {
		t.Error("three workers write something else than one")
	}
}

func TestWithoutScoresNothingIsSaidOfBehaviour(t *testing.T) {
	out, _ := run(t, options(t, write(t, "latency.csv", latencies())))
	if n := strings.Count(out, "\n"); n != 1 {
		t.Errorf("%d lines without --scores, want the summary alone", n)
	}
}

func TestScoresNeedJSONLines(t *testing.T) {
	o := options(t, write(t, "latency.csv", latencies()))
	o.Scores, o.Output = true, backtest.Text
	err := backtest.Run(t.Context(), o, &bytes.Buffer{}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "choose --output jsonl") {
		t.Errorf("error %v, want one that says what to choose", err)
	}
}
