package scorebook

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/models/calibration"
	"github.com/forewarn/forewarn/shared/outcome"
)

const (
	schema = 1
	// periodLength is after how long the counts of the period before the present one are forgotten.
	periodLength = 90 * 24 * time.Hour
	// fitEvery is how often a table is fitted, if at least enough more outcomes are known than at the last time.
	fitEvery = 24 * time.Hour
	enough   = 200
	// maxLeads bounds the lead times that are kept of a kind in a period, the newest ones.
	maxLeads = 200
)

// pages are what the book holds.
type pages struct {
	Schema int `json:"schema"`
	// Basis identifies the models that all of it is about.
	Basis string `json:"basis"`
	// Marks say how far each source has been counted.
	Marks map[string]mark `json:"marks"`
	Until time.Time       `json:"until"`
	Now   period          `json:"now"`
	// Before is the period before Now.
	Before period `json:"before"`
	// Table is the newest, nil before the first. Fitted is when it was last tried, FittedBy the summary after which that
	// was, and FittedOn how many outcomes were known then.
	Table    *calibration.Table `json:"table,omitempty"`
	Fitted   time.Time          `json:"fitted"`
	FittedBy string             `json:"fitted_by"`
	FittedOn uint64             `json:"fitted_on"`
}

// mark is the newest summary of a source.
type mark struct {
	Seq   uint64    `json:"seq"`
	Until time.Time `json:"until"`
}

// period is what was counted since a time.
type period struct {
	Since    time.Time           `json:"since"`
	Raw      *calibration.Ledger `json:"raw"`
	Told     *calibration.Ledger `json:"told"`
	Episodes []outcome.Episodes  `json:"episodes"` // sorted by kind
}

func newPeriod(since time.Time) period {
	return period{Since: since, Raw: new(calibration.Ledger), Told: new(calibration.Ledger)}
}

func newPages(basis string, since time.Time) *pages {
	return &pages{
		Schema: schema, Basis: basis, Marks: map[string]mark{}, Now: newPeriod(since), Before: newPeriod(since), Fitted: since,
	}
}

// add counts a summary. It reports false if that was counted before, or is about other models than those of the prior.
// After an error the pages are not to be used.
func (p *pages) add(s *outcome.Summary, prior *calibration.Prior) (changed bool, err error) {
	// Behind the mark in both: a stream that began anew counts from 1 again, a clock that was set back gives old times.
	if m, ok := p.Marks[s.Source]; ok && s.Seq <= m.Seq && !s.Until.After(m.Until) || s.Basis != prior.Basis {
		return false, nil
	}
	if p.Basis != s.Basis || p.Now.Since.IsZero() {
		marks := p.Marks
		*p = *newPages(s.Basis, s.Until)
		p.Marks = marks
	}
	p.Marks[s.Source] = mark{s.Seq, s.Until}
	if p.Until.Before(s.Until) {
		p.Until = s.Until
	}
	if p.Until.Sub(p.Now.Since) >= periodLength {
		p.Before, p.Now = p.Now, newPeriod(p.Until)
	}
	if err := p.Now.add(s); err != nil {
		return false, err
	}
	if p.Until.Sub(p.Fitted) >= fitEvery {
		p.Fitted, p.FittedBy = p.Until, s.ID
		return true, p.fit(prior)
	}
	return true, nil
}

// fit makes a new table if enough outcomes are new.
func (p *pages) fit(prior *calibration.Prior) error {
	raw, _, err := p.ledgers()
	if err != nil {
		return err
	}
	if known := raw.Resolved(); known < p.FittedOn+enough && known >= p.FittedOn {
		return nil
	}
	if p.Table != nil {
		raw.Published(p.Table.Version())
	}
	p.Table, p.FittedOn = raw.Fit(prior.Table), raw.Resolved()
	return nil
}

// ledgers returns those of both periods together.
func (p *pages) ledgers() (raw, told *calibration.Ledger, err error) {
	raw, told = new(calibration.Ledger), new(calibration.Ledger)
	for _, v := range [...]*period{&p.Before, &p.Now} {
		if err := errors.Join(raw.Merge(v.Raw), told.Merge(v.Told)); err != nil {
			return nil, nil, err
		}
	}
	return raw, told, nil
}

func (v *period) add(s *outcome.Summary) error {
	var raw, told calibration.Ledger
	if err := errors.Join(json.Unmarshal(s.Raw, &raw), json.Unmarshal(s.Told, &told)); err != nil {
		return err
	}
	if err := errors.Join(v.Raw.Merge(&raw), v.Told.Merge(&told)); err != nil {
		return err
	}
	for i := range s.Episodes {
		v.Episodes = addEpisodes(v.Episodes, &s.Episodes[i])
	}
	return nil
}

// addEpisodes adds e to those of its kind in a list that is sorted by kind.
func addEpisodes(list []outcome.Episodes, e *outcome.Episodes) []outcome.Episodes {
	i, found := slices.BinarySearchFunc(list, e.Kind, func(e outcome.Episodes, kind string) int { return strings.Compare(e.Kind, kind) })
	if !found {
		if len(list) >= calibration.MaxKinds {
			return list
		}
		list = slices.Insert(list, i, outcome.Episodes{Kind: e.Kind})
	}
	list[i].Add(e)
	if extra := len(list[i].LeadSeconds) - maxLeads; extra > 0 {
		list[i].LeadSeconds = slices.Delete(list[i].LeadSeconds, 0, extra)
	}
	return list
}

// encode returns pages as compressed JSON: counts of many bins, most of them small.
func encode(p *pages) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if err := json.NewEncoder(w).Encode(p); err != nil {
		return nil, fmt.Errorf("encode scorebook: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encode scorebook: %w", err)
	}
	return b.Bytes(), nil
}

// maxPages bounds what is decompressed.
const maxPages = 32 << 20

// decode reads what encode wrote.
func decode(data []byte) (*pages, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("scorebook: %w", err)
	}
	p := newPages("", time.Time{})
	if err := json.NewDecoder(io.LimitReader(r, maxPages)).Decode(p); err != nil {
		return nil, fmt.Errorf("scorebook: %w", err)
	}
	for _, v := range [...]*period{&p.Now, &p.Before} {
		if v.Raw == nil || v.Told == nil {
			return nil, errors.New("scorebook lacks a ledger")
		}
	}
	if p.Schema != schema || p.Marks == nil {
		return nil, fmt.Errorf("scorebook of schema %d is not known; this release reads %d", p.Schema, schema)
	}
	return p, nil
}
