package calibration

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// ledgerFormat changes whenever the meaning of a field or the bins do.
const ledgerFormat = 1

type ledgerJSON struct {
	Format  int           `json:"format"`
	Version uint64        `json:"version"`
	Kinds   []accountJSON `json:"kinds"`
}

type accountJSON struct {
	Kind     string                `json:"kind"`
	Horizons [Horizons]tallyJSON   `json:"horizons"`
	Bands    [Horizons][][3]uint64 `json:"bands"` // bin, reached, censored
}

type tallyJSON struct {
	Bins    [][5]uint64 `json:"bins"` // bin, n, reached, sum of predictions in billionths, censored
	Squares uint64      `json:"squares"`
}

// MarshalJSON returns the ledger as JSON, with empty bins left out: equal ledgers give equal bytes. It never fails.
func (l *Ledger) MarshalJSON() ([]byte, error) {
	out := ledgerJSON{Format: ledgerFormat, Version: l.version, Kinds: []accountJSON{}}
	for _, a := range l.kinds {
		out.Kinds = append(out.Kinds, a.json())
	}
	return json.Marshal(out)
}

func (a *account) json() accountJSON {
	out := accountJSON{Kind: a.kind}
	for h := range Horizons {
		t, to := &a.horizons[h], &out.Horizons[h]
		to.Bins, to.Squares = [][5]uint64{}, t.squares
		for i, b := range t.bins {
			if b.n+b.censored > 0 {
				to.Bins = append(to.Bins, [5]uint64{uint64(i), b.n, b.reached, b.sum, b.censored})
			}
		}
		out.Bands[h] = [][3]uint64{}
		for i, reached := range a.bands[h].reached {
			if censored := a.bands[h].censored[i]; reached+censored > 0 {
				out.Bands[h] = append(out.Bands[h], [3]uint64{uint64(i), reached, censored})
			}
		}
	}
	return out
}

// UnmarshalJSON restores what MarshalJSON wrote. On an error l is unchanged: the bytes are no JSON, of another release,
// or hold what no outcomes lead to; the error says where.
func (l *Ledger) UnmarshalJSON(data []byte) error {
	var in ledgerJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return fmt.Errorf("calibration ledger: %w", err)
	}
	if in.Format != ledgerFormat {
		return fmt.Errorf("calibration ledger has format %d, this release reads %d", in.Format, ledgerFormat)
	}
	out := Ledger{version: in.Version}
	for i := range in.Kinds {
		a, err := in.Kinds[i].account()
		if err != nil {
			return fmt.Errorf("calibration ledger, kind %.70q: %w", in.Kinds[i].Kind, err)
		}
		out.kinds = append(out.kinds, a)
	}
	if err := out.check(); err != nil {
		return fmt.Errorf("calibration ledger: %w", err)
	}
	*l = out
	return nil
}

var errBin = errors.New("a bin is out of range or comes twice")

func (in *accountJSON) account() (*account, error) {
	a := &account{kind: in.Kind}
	for h := range Horizons {
		t := &a.horizons[h]
		t.squares = in.Horizons[h].Squares
		for _, row := range in.Horizons[h].Bins {
			if row[0] >= bins || t.bins[row[0]] != (bin{}) {
				return nil, errBin
			}
			t.bins[row[0]] = bin{n: row[1], reached: row[2], sum: row[3], censored: row[4]}
		}
		s := &a.bands[h]
		for _, row := range in.Bands[h] {
			if row[0] >= scoreBins || s.reached[row[0]]+s.censored[row[0]] > 0 {
				return nil, errBin
			}
			s.reached[row[0]], s.censored[row[0]] = row[1], row[2]
		}
	}
	return a, nil
}

// check returns an error for counts that no outcomes lead to, or that could overflow when they are added up.
func (l *Ledger) check() error {
	if len(l.kinds) > MaxKinds {
		return fmt.Errorf("%d kinds are more than %d", len(l.kinds), MaxKinds)
	}
	for i, a := range l.kinds {
		if a.kind == "" || len(a.kind) > maxKindBytes || i > 0 && a.kind <= l.kinds[i-1].kind {
			return fmt.Errorf("kind %.70q is empty, too long or out of order", a.kind)
		}
		for h := range Horizons {
			if err := a.horizons[h].check(); err != nil {
				return fmt.Errorf("%s, horizon %d: %w", a.kind, h, err)
			}
			for j, reached := range a.bands[h].reached {
				if max(reached, a.bands[h].censored[j]) > maxCount {
					return fmt.Errorf("%s, dates of band %d: bin %d counts more than %d", a.kind, h, j, maxCount)
				}
			}
		}
	}
	return nil
}

func (t *tally) check() error {
	for i, b := range t.bins {
		least, most := billionths(edges[i]), billionths(edges[i+1])
		if max(b.n, b.censored) > maxCount || b.reached > b.n || b.sum < b.n*least || b.sum > b.n*most {
			return fmt.Errorf("bin %d: %d of %d reached, at a sum of %d, is impossible", i, b.reached, b.n, b.sum)
		}
	}
	if t.squares > t.resolved()*billion {
		return fmt.Errorf("squares %d are impossible", t.squares)
	}
	return nil
}

// billionths returns a share as a whole number of billionths.
func billionths(share float64) uint64 { return uint64(math.Round(share * billion)) }
