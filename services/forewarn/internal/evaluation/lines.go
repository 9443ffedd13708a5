package evaluation

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/scenario"
	"github.com/forewarn/forewarn/services/forewarn/internal/score"
)

// lines keeps what was said, for other scorers: a file METHOD.jsonl for each method in the form that a back-test
// prints, and the series as series.csv.gz and series.truth.json. The zero folder keeps nothing.
type lines struct {
	dir     string
	methods []entry
	series  []*scenario.Series
	said    [][][]byte // by method and series
}

func newLines(dir string, methods []entry, n int) (*lines, error) {
	if dir == "" {
		return &lines{}, nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("folder for lines: %w", err)
	}
	l := &lines{dir: dir, methods: methods, series: make([]*scenario.Series, n), said: make([][][]byte, len(methods))}
	for m := range l.said {
		l.said[m] = make([][]byte, n)
	}
	return l, nil
}

// add keeps what a method said about series number i. Different numbers may be added at the same time.
func (l *lines) add(m, i int, s *scenario.Series, said *score.Said) {
	if l.dir == "" {
		return
	}
	l.series[i] = s
	l.said[m][i] = encode(&s.Truth, said)
}

// close writes the files.
func (l *lines) close() error {
	if l.dir == "" {
		return nil
	}
	var errs []error
	for m := range l.methods {
		errs = append(errs, l.write(l.methods[m].name+".jsonl", func(f *os.File) error {
			for _, text := range l.said[m] {
				if _, err := f.Write(text); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	errs = append(errs,
		l.write("series.csv.gz", func(f *os.File) error { return scenario.WriteCSV(f, l.series) }),
		l.write("series.truth.json", func(f *os.File) error { return scenario.WriteTruth(f, l.series) }))
	return errors.Join(errs...)
}

func (l *lines) write(name string, fill func(*os.File) error) error {
	f, err := os.Create(filepath.Join(l.dir, name))
	if err != nil {
		return fmt.Errorf("write lines: %w", err)
	}
	if err := errors.Join(fill(f), f.Close()); err != nil {
		return fmt.Errorf("write lines: %w", err)
	}
	return nil
}

type findingLine struct {
	Type     string    `json:"type"`
	Action   string    `json:"action"`
	Episode  string    `json:"episode"`
	Time     time.Time `json:"time"`
	Kind     string    `json:"kind"`
	Series   string    `json:"series"`
	Severity string    `json:"severity"`
}

type forecastLine struct {
	Type        string    `json:"type"`
	Time        time.Time `json:"time"`
	Series      string    `json:"series"`
	Probability *within   `json:"probability,omitempty"`
	ETA         quantiles `json:"eta"`
}

type within struct {
	H4  float64 `json:"4h"`
	H24 float64 `json:"24h"`
	D7  float64 `json:"7d"`
	D30 float64 `json:"30d"`
}

type quantiles struct {
	P10 *time.Time `json:"p10"`
	P50 *time.Time `json:"p50"`
	P90 *time.Time `json:"p90"`
}

func encode(t *scenario.Truth, said *score.Said) (out []byte) {
	line := func(v any) {
		if data, err := json.Marshal(v); err == nil { // times and finite numbers only
			out = append(append(out, data...), '\n')
		}
	}
	for _, f := range said.Findings {
		line(findingLine{"finding", f.Action, f.Episode, moment(f.Time), string(t.Kind), t.Series, f.Severity})
	}
	for _, f := range said.Forecasts {
		l := forecastLine{"forecast", moment(f.Time), t.Series, nil, quantiles{dateOf(f.P10), dateOf(f.P50), dateOf(f.P90)}}
		if !math.IsNaN(f.Within[0]) {
			l.Probability = &within{f.Within[0], f.Within[1], f.Within[2], f.Within[3]}
		}
		line(l)
	}
	return out
}

func moment(seconds float64) time.Time {
	return time.UnixMicro(int64(math.Round(seconds * 1e6))).UTC()
}

// dateOf returns nil for a date that was not given.
func dateOf(seconds float64) *time.Time {
	if math.IsNaN(seconds) {
		return nil
	}
	t := moment(seconds)
	return &t
}
