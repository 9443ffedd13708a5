package backtest

import (
	"bytes"
	"fmt"

	"github.com/forewarn/forewarn/services/anomaly"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// book knows the series that the inputs name.
type book struct {
	catalogue *signal.Catalogue
	rules     *anomaly.Rules     // nil for none
	all       bool               // series that no rule reads are read, too
	known     map[string]*source // by the series as it is written
	sources   []*source
	series    int // how many of the sources are series
	// unread counts the samples of series that no rule reads and that were left out before they were sorted.
	unread int
}

// source is a series as an input names it.
type source struct {
	series *telemetry.Series // nil if the text is no series
	number int               // its place in book.sources
	read   bool              // something judges it, or it says what runs behind others
	lane   int               // -1 before its first sample
	window int               // the window in which it has samples
	at     int               // its place in that window's batch
}

func newBook(c *signal.Catalogue, rules *anomaly.Rules, all bool) *book {
	return &book{catalogue: c, rules: rules, all: all, known: map[string]*source{}}
}

// source returns the series of a text in Prometheus notation, perhaps in the quotes of CSV. Its series is nil if the
// text is none; the first time the error says why.
func (b *book) source(text []byte) (*source, error) {
	if s, ok := b.known[string(text)]; ok {
		return s, nil
	}
	s := &source{lane: -1, window: -1, number: len(b.sources)}
	b.known[string(text)] = s
	b.sources = append(b.sources, s)
	series, err := parseSeries(text)
	if err != nil {
		return s, err
	}
	s.series = series
	s.read = b.all || b.catalogue.Reads(series.Labels) || b.rules.Reads(series.Labels)
	b.series++
	return s, nil
}

// parseSeries reads a series in Prometheus notation, perhaps in the quotes of CSV.
func parseSeries(text []byte) (*telemetry.Series, error) {
	if n := len(text); n >= 2 && text[0] == '"' && text[n-1] == '"' {
		text = bytes.ReplaceAll(text[1:n-1], []byte(`""`), []byte(`"`))
	}
	labels, err := telemetry.ParseSeries(string(text))
	if err == nil {
		err = labels.Validate()
	}
	if err != nil {
		return nil, fmt.Errorf("series %.200q: %w", text, err)
	}
	return telemetry.NewSeries(labels), nil
}
